import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { freePort } from "../support/free_port.ts";
import { Asker } from "./stage/asker.ts";
import { Generations } from "./stage/generations.ts";
import { echoOrigin } from "./stage/traffic.ts";
import { visit } from "./visit.ts";
import { WaitingOrigin } from "./stage/waiting_origin.ts";

let origin: ReturnType<typeof echoOrigin>;
let slow: WaitingOrigin;
beforeAll(async () => {
  origin = echoOrigin();
  slow = await WaitingOrigin.open();
});
afterAll(() => {
  origin.stop();
  slow.close();
});

const site = (...ports: number[]): string => `
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend fe
${ports.map((port) => `  bind 127.0.0.1:${port}`).join("\n")}
  use_backend slow if { path /slow }
  default_backend be
backend be
  server s 127.0.0.1:${origin.port}
backend slow
  server s 127.0.0.1:${slow.port}
`;

/** Why nobody can connect; "" when somebody can. */
function refusal(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code!));
    socket.on("connect", () => {
      socket.destroy();
      resolve("");
    });
  });
}

/** Whoever came waited in a queue that nobody looked at, for as long as the old process had clients. */
test(
  "a listener that is gone is served until connections move, and refused from then on",
  async () => {
    const [stays, goes] = [await freePort(), await freePort()];
    await using gateway = await new Generations(site(stays, goes), ["--instance", "test"]).ready();
    gateway.rewrite(site(stays));
    const door = { host: "127.0.0.1", port: goes };

    const failing = gateway.upgrade(["--probation", "60000"]);
    await gateway.said(": probation");
    expect(await visit(door)).toBe("/");
    process.kill(Number(/takeover by process (\d+)/.exec(gateway.output)![1]), "SIGKILL");
    expect((await failing).status).toBe(75);
    expect(await visit(door)).toBe("/");

    const last = new Asker(stays, "/slow");
    last.ask();
    await gateway.waitFor(() => slow.waiting.length === 1, "a request");
    const held = gateway.upgrade();
    await gateway.said(": moving");
    expect(await refusal(goes)).toBe("ECONNREFUSED");
    // It is taken up again when the new process dies even then.
    const pids = [...gateway.output.matchAll(/takeover by process (\d+) .*: moving/g)];
    process.kill(Number(pids.at(-1)![1]), "SIGKILL");
    expect((await held).status).toBe(75);
    expect(await visit(door)).toBe("/");

    const old = gateway.pid;
    const done = gateway.upgrade();
    await gateway.said(": moving", 2);
    expect(await refusal(goes)).toBe("ECONNREFUSED");
    slow.answer();
    expect((await done).status).toBe(0);
    await gateway.gone(old);
    expect(await refusal(goes)).toBe("ECONNREFUSED");
    expect(await visit({ host: "127.0.0.1", port: stays })).toBe("/");
    last.leave();
  },
  60_000,
);
