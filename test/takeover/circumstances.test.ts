import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, lstatSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { libc } from "../../ffi/mod.ts";
import { openControl } from "../../src/takeover/control_connect.ts";
import { isTrusted } from "../../src/takeover/fd_gate.ts";
import { capabilities, type Says } from "../../src/takeover/message.ts";
import { freePort } from "../support/free_port.ts";
import { sluiceCommand } from "../support/sluice.ts";
import { descriptorsOf, Generations } from "./stage/generations.ts";
import { echoOrigin, KeepAliveClient, NewConnections } from "./stage/traffic.ts";
import { isAlive, stateOf } from "../support/process_state.ts";

const native = await libc();
const instance = ["--instance", "test"];

let origin: ReturnType<typeof echoOrigin>;
beforeAll(() => {
  origin = echoOrigin();
});
afterAll(() => origin.stop());

const site = (...binds: string[]): string => `
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend fe
${binds.map((bind) => `  bind ${bind}`).join("\n")}
  http-request return status 200 content-type text/plain string ok if { path /ok }
  default_backend be
backend be
  server s 127.0.0.1:${origin.port}
`;

/** Names that nobody else has: those of another test have another number. */
const abstracts = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `abns@sluice-many-${process.pid}-${count}-${i}`);

/** Resolves to what comes back, or to why nothing does. */
function ask(door: { port: number; host: string } | { path: string }): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(door as { path: string });
    socket.on("data", (bytes) => text += String(bytes));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code!));
    socket.on("close", () => resolve(text.slice(-2)));
    socket.write("GET /ok HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  });
}

const tcp = (port: number) => ({ port, host: "127.0.0.1" });

function script(gateway: Generations, name: string, prefix: string): string {
  const path = join(gateway.folder, name);
  const command = sluiceCommand().map((word) => `'${word}'`).join(" ");
  writeFileSync(path, `#!/bin/sh\nexec ${prefix} ${command} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

describe.concurrent("listeners", () => {
  for (const count of [1, 250, 251, 253, 1000]) {
    test(`${count} of them go over, in batches of what a message carries`, async () => {
      const port = await freePort();
      const file = site(`127.0.0.1:${port}`, ...abstracts(count - 1));
      await using gateway = await new Generations(file, instance).ready();
      const visitors = new NewConnections(port, 5);
      const { status, output } = await gateway.upgrade();
      expect({ status, output }).toEqual({ status: 0, output });
      await visitors.stop();
      expect(visitors.failures).toEqual([]);
      const sockets = await Bun.file("/proc/net/unix").text();
      const mine = sockets.split("\n").filter((line) =>
        line.includes(`@sluice-many-${process.pid}-${count - 1}-`)
      );
      expect(mine).toHaveLength(count - 1);
    }, 120_000);
  }
});

test(
  "a listener that is gone is refused, a new one serves, one that can't be bound changes nothing",
  async () => {
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    const file = site(`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[1]}`);
    await using gateway = await new Generations(file, instance).ready();
    gateway.rewrite(site(`127.0.0.1:${ports[0]}`, `127.0.0.1:${origin.port}`));
    expect((await gateway.upgrade()).status).toBe(75);
    expect(await Promise.all([ask(tcp(ports[0])), ask(tcp(ports[1]))])).toEqual(["ok", "ok"]);
    gateway.rewrite(site(`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[2]}`));
    const old = gateway.pid;
    expect((await gateway.upgrade()).status).toBe(0);
    await gateway.gone(old);
    expect(await Promise.all(ports.map((port) => ask(tcp(port))))).toEqual([
      "ok",
      "ECONNREFUSED",
      "ok",
    ]);
  },
  60_000,
);

test("a path serves through three generations, and is the same all the time", async () => {
  const path = join("/tmp", `sluice-many-${process.pid}.sock`);
  await using gateway = await new Generations(site(path), instance).ready();
  const { ino } = lstatSync(path);
  for (let i = 0; i < 3; i++) {
    const old = gateway.pid;
    expect((await gateway.upgrade()).status).toBe(0);
    await gateway.gone(old);
    expect([await ask({ path }), lstatSync(path).ino]).toEqual(["ok", ino]);
  }
}, 60_000);

/** Says a hello of the test's own; resolves to what is said back. */
async function hello(gateway: Generations, changed: Partial<Says<"hello">>) {
  const opening = await openControl(native, gateway.endpoint.control, isTrusted);
  if (opening.kind !== "open") throw new Error(opening.kind);
  const usual = { build: "test", pid: process.pid, mode: "takeover" as const };
  opening.channel.say("hello", {
    protocol: [1, 1],
    capabilities: [...capabilities],
    ...usual,
    ...changed,
  });
  const said = await opening.channel.next(10_000);
  opening.channel.close();
  return said;
}

describe("a process of another version", () => {
  test("older or newer than can be spoken with is refused, and told why", async () => {
    const port = await freePort();
    await using gateway = await new Generations(site(`127.0.0.1:${port}`), instance).ready();
    const refused = {
      kind: "told off",
      reason: "version",
      text: "this process speaks versions 1 to 1",
    };
    expect(await hello(gateway, { protocol: [0, 0] })).toEqual(refused as never);
    expect(await hello(gateway, { protocol: [2, 9] })).toEqual(refused as never);
    // What both know is spoken, and what only one of them can do stays out of it.
    const said = await hello(gateway, {
      protocol: [0, 7],
      capabilities: ["listeners/1", "magic/3"],
    });
    expect(said).toMatchObject({
      name: "welcome",
      says: { protocol: 1, capabilities: ["listeners/1"] },
    });
    await gateway.said("not taken over");
    expect((await gateway.upgrade()).status).toBe(0);
    expect(await ask(tcp(port))).toBe("ok");
  }, 60_000);
});

describe("a process that can't", () => {
  test("open so many files gives up, or leaves connections where they are", async () => {
    const port = await freePort();
    const file = site(`127.0.0.1:${port}`, ...abstracts(100));
    await using gateway = await new Generations(file, instance).ready();
    const few = script(gateway, "few", "prlimit --nofile=64:64");
    const { status, output } = await gateway.upgrade(["--to", few]);
    expect([status, output]).toEqual([
      75,
      expect.stringContaining("too few descriptors left here (RLIMIT_NOFILE)"),
    ]);
    expect(await ask(tcp(port))).toBe("ok");
    expect((await gateway.upgrade()).status).toBe(0);
  }, 60_000);

  test.skipIf(process.getuid!() !== 0)("talk to another user's asks in vain", async () => {
    const port = await freePort();
    await using gateway = await new Generations(site(`127.0.0.1:${port}`), instance).ready();
    const { control } = gateway.endpoint;
    // Even where the folder's rights would let it in.
    for (const open of [gateway.folder, join(control, "../.."), join(control, "..")]) {
      chmodSync(open, 0o755);
    }
    chmodSync(control, 0o666);
    const stranger = Bun.spawn(
      ["setpriv", "--reuid=65534", "--clear-groups", "socat", "-u", `UNIX-CONNECT:${control}`, "-"],
      { stdout: "pipe", stderr: "pipe" },
    );
    expect(await new Response(stranger.stdout).text()).toBe("");
    await gateway.said("a connection to the takeover socket was refused");
    chmodSync(join(control, ".."), 0o700);
    expect((await gateway.upgrade()).status).toBe(0);
  }, 60_000);
});

/** Holds the answer to its one request until it is told to give it. */
async function slowOrigin() {
  let asked: (socket: Socket) => void = () => {};
  const request = new Promise<Socket>((resolve) => asked = resolve);
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => asked(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { port, request, stop: () => void server.close() };
}

test("a second upgrade while the old process waits for its last client: busy", async () => {
  const slow = await slowOrigin();
  const port = await freePort();
  const file = site(`127.0.0.1:${port}`).replace(`:${origin.port}`, `:${slow.port}`);
  await using gateway = await new Generations(file, instance).ready();
  const client = connect(port, "127.0.0.1");
  client.on("error", () => {});
  client.write("GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const held = await slow.request;
  const first = gateway.upgrade();
  await gateway.said(": moving");
  const busy = "another takeover is under way";
  expect(await gateway.upgrade()).toEqual({ status: 75, output: `no upgrade: ${busy}\n` });
  expect(await hello(gateway, {})).toEqual(
    { kind: "told off", reason: "busy", text: busy } as never,
  );
  held.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  expect((await first).status).toBe(0);
  expect((await gateway.upgrade()).status).toBe(0);
  slow.stop();
}, 60_000);

test(
  "SIGSTOP from outside in the probation: the old process serves, and so does the next",
  async () => {
    const port = await freePort();
    await using gateway = await new Generations(site(`127.0.0.1:${port}`), instance).ready();
    const client = new KeepAliveClient(port, "c", 5);
    const upgrade = gateway.upgrade(["--probation", "60000"]);
    await gateway.said(": probation");
    const successor = Number(/takeover by process (\d+)/.exec(gateway.output)![1]);
    process.kill(successor, "SIGSTOP");
    await gateway.waitFor(() => stateOf(successor) === "T", "its stop");
    expect((await upgrade).output).toContain("did not answer in time");
    expect(await ask(tcp(port))).toBe("ok");
    process.kill(successor, "SIGCONT");
    await gateway.gone(successor);
    expect((await gateway.upgrade()).status).toBe(0);
    await client.stop();
    expect([client.lost, client.wrong, client.closes]).toEqual([0, 0, 0]);
  },
  60_000,
);

test("an upgrade is not begun for someone who was told that nobody answers", async () => {
  const port = await freePort();
  await using gateway = await new Generations(site(`127.0.0.1:${port}`), instance).ready();
  const { pid } = gateway;
  process.kill(pid, "SIGSTOP");
  await gateway.waitFor(() => stateOf(pid) === "T", "its stop");
  expect(await gateway.upgrade()).toMatchObject({ status: 75 });
  process.kill(pid, "SIGCONT");
  // The one that asked before has its turn first.
  expect((await gateway.upgrade(["--dry-run"])).output).toContain("an upgrade would work");
  expect(await ask(tcp(port))).toBe("ok");
  expect(isAlive(pid)).toBe(true);
}, 60_000);

test(
  "thousands of connections to the endpoint, noise, and peers that say nothing: all closed",
  async () => {
    const port = await freePort();
    await using gateway = await new Generations(site(`127.0.0.1:${port}`), instance).ready();
    const { control } = gateway.endpoint;
    const before = descriptorsOf(gateway.pid);
    const visitors = new NewConnections(port, 1);
    const began = Date.now();
    const bother = (i: number) =>
      new Promise<void>((resolve) => {
        const socket = connect(control);
        socket.on("error", () => {});
        socket.on("close", () => resolve());
        socket.resume();
        // A few hold their places as long as they may.
        if (i >= 6) socket.write(Buffer.alloc(8 + i % 200, i));
      });
    for (let round = 0; round < 40; round++) {
      await Promise.all(Array.from({ length: 50 }, (_, i) => bother(round * 50 + i)));
    }
    const seconds = (Date.now() - began) / 1000;
    await gateway.waitFor(() => descriptorsOf(gateway.pid) <= before + 3, "closed files");
    await visitors.stop();
    expect(visitors.failures).toEqual([]);
    expect(gateway.output.split("takeover socket").length - 1).toBeLessThanOrEqual(seconds + 2);
    expect((await gateway.upgrade()).status).toBe(0);
  },
  120_000,
);
