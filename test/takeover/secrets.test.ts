import { expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { libc } from "../../ffi/mod.ts";
import { freePort } from "../support/free_port.ts";
import { sluiceCommand } from "../support/sluice.ts";
import { Generations } from "./stage/generations.ts";
import { Relay } from "./stage/relay.ts";
import { echoOrigin, invertingOrigin } from "./stage/traffic.ts";

const native = await libc();

/** What only the configuration, its files, the environment or a client that is through with it knows. */
const secrets = {
  userlist: "wolpertinger-userlist",
  hash: "$5$wolpertinger$MHh4wolpertingerhash",
  environment: "wolpertinger-environment",
  header: "wolpertinger-header",
  served: "wolpertinger-served",
  passed: "wolpertinger-passed",
};
/** What goes on has to be known by who goes on with it. */
const needed = {
  unread: "hippogriff-unread",
  session: "hippogriff-session",
  process: "hippogriff-process",
};

const site = (ports: readonly [number, number], web: number, tcp: number): string => `
userlist people
  user ada insecure-password ${secrets.userlist}
  user bob password ${secrets.hash}
defaults
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend fe
  mode http
  bind 127.0.0.1:${ports[0]}
  http-request set-var(proc.token) str(${needed.process})
  http-request set-var(sess.key) req.hdr(x-key)
  http-request set-header X-Secret ${secrets.header}
  http-request set-header X-Token "\${WOLPERTINGER}"
  http-request auth realm here unless { http_auth(people) } || { path /open }
  default_backend be
backend be
  mode http
  server s 127.0.0.1:${web}
listen tunnel
  mode tcp
  bind 127.0.0.1:${ports[1]}
  server s 127.0.0.1:${tcp}
`;

/** Resolves to as much as was wanted. */
function answerOf(socket: Socket, ends: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const take = (bytes: Buffer) => {
      text += bytes.toString("latin1");
      if (text.endsWith(ends)) socket.off("data", take), resolve(text);
    };
    socket.on("data", take);
  });
}

const inverted = (text: string): Buffer =>
  Buffer.from(text, "latin1").map((byte) => byte ^ 255) as Buffer;

test(
  "a takeover tells what goes on has to know, and nothing of what the configuration holds",
  async () => {
    const [web, tcp] = [echoOrigin(), await invertingOrigin()];
    const ports = [await freePort(), await freePort()] as const;
    const program = ["env", `WOLPERTINGER=${secrets.environment}`, ...sluiceCommand()];
    const file = site(ports, web.port, tcp.port);
    await using gateway = await new Generations(file, ["--instance", "test"], program).ready();

    const client = connect(ports[0], "127.0.0.1");
    const ada = btoa(`ada:${secrets.userlist}`);
    const head = `GET /one HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${ada}\r\n`;
    client.write(`${head}Cookie: ${secrets.served}\r\nX-Key: ${needed.session}\r\n\r\n`);
    expect(await answerOf(client, "/one")).toStartWith("HTTP/1.1 200 ");
    client.write(`GET /open HTTP/1.1\r\nHost: a\r\nCookie: ${needed.unread}\r\n`);
    const tunnel = connect(ports[1], "127.0.0.1");
    tunnel.write(secrets.passed);
    const back = inverted(secrets.passed).toString("latin1");
    expect(await answerOf(tunnel, back)).toBe(back);

    const folder = join(gateway.folder, "relay");
    const relay = await Relay.between(
      native,
      join(folder, "test"),
      join(gateway.folder, "run", "test"),
    );
    const old = gateway.pid;
    const said = { text: "" };
    const environment = [
      "env",
      `WOLPERTINGER=${secrets.environment}`,
      `RUNTIME_DIRECTORY=${folder}`,
    ];
    const args = ["run", "-f", gateway.file, "--instance", "test", "--takeover=require"];
    const next = gateway.run(
      [...args, "--probation", "50"],
      (text) => void (said.text += text),
      [...environment, ...sluiceCommand()],
    );
    await gateway.waitFor(() => said.text.includes("taken over; moved"), "a takeover");
    await gateway.gone(old);
    expect(said.text).toContain("1 idle-client, 1 tcp-pipe");
    // Two listeners, the endpoint of two, a client, a tunnel of two, and a connection to a server.
    expect(relay.descriptors).toBe(8);

    client.write("\r\n");
    expect(await answerOf(client, "/open")).toStartWith("HTTP/1.1 200 ");
    tunnel.write(secrets.passed);
    expect(await answerOf(tunnel, back)).toBe(back);

    const { heard } = relay;
    const tells = (text: string) =>
      [text, btoa(text), Buffer.from(text).toString("hex"), inverted(text).toString("latin1")]
        .some((form) => heard.includes(form));
    const told = (all: Record<string, string>) =>
      Object.fromEntries(Object.entries(all).map(([name, text]) => [name, tells(text)]));
    expect(told(needed)).toEqual({ unread: true, session: true, process: true });
    expect(told({ ...secrets, credentials: ada })).toEqual(
      Object.fromEntries([...Object.keys(secrets), "credentials"].map((name) => [name, false])),
    );
    // No part of them, either.
    expect(heard.toLowerCase()).not.toContain("wolpertinger");

    for (const socket of [client, tunnel]) socket.destroy();
    relay.close();
    const successor = Number(/takeover by process (\d+)/.exec(gateway.output)![1]);
    process.kill(successor, "SIGTERM");
    expect((await next).status).toBe(0);
    web.stop();
    tcp.stop();
  },
  60_000,
);
