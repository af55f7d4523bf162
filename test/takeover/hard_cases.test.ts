import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { libc } from "../../ffi/mod.ts";
import { adoptSocket } from "../../src/net/adopted_socket.ts";
import type { ControlChannel } from "../../src/takeover/control_channel.ts";
import { defaultLimits } from "../../src/takeover/limits.ts";
import { freePort } from "../support/free_port.ts";
import { Generations } from "./stage/generations.ts";
import { takeOverWith } from "./stage/own_successor.ts";
import { statistics } from "./stage/statistics.ts";
import { CheckedTunnel, echoOrigin, invertingOrigin, KeepAliveClient } from "./stage/traffic.ts";

const native = await libc();
const instance = ["--instance", "test"];

let http: ReturnType<typeof echoOrigin>;
let tcp: Awaited<ReturnType<typeof invertingOrigin>>;
beforeAll(async () => {
  http = echoOrigin();
  tcp = await invertingOrigin();
});
afterAll(() => {
  http.stop();
  tcp.stop();
});

const configuration = (ports: readonly [number, number], more = ""): string => `
defaults
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend fe
  mode http
  bind 127.0.0.1:${ports[0]} ${more}
  http-request return status 200 content-type text/plain lf-string "%[src]:%[src_port]" if { path /src }
  http-request set-var(sess.first) path if !{ var(sess.first) -m found }
  http-request return status 200 content-type text/plain lf-string "%[var(sess.first)]" if { path /first }
  default_backend be
backend be
  mode http
  server s 127.0.0.1:${http.port}
listen tunnel
  mode tcp
  bind 127.0.0.1:${ports[1]}
  server t 127.0.0.1:${tcp.port}
`;

async function made(more = "") {
  const ports = [await freePort(), await freePort()] as const;
  const gateway = await new Generations(configuration(ports, more), instance).ready();
  return { gateway, ports };
}

/** Reads until `length` bytes are there, or the other side ends. */
function bytesOf(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve) => {
    let all = Buffer.alloc(0);
    const look = () => {
      if (all.length < length && !socket.readableEnded) return;
      socket.off("data", take);
      resolve(all);
    };
    const take = (bytes: Buffer) => {
      all = Buffer.concat([all, bytes]);
      look();
    };
    socket.on("data", take);
    socket.once("end", look);
    socket.resume();
  });
}

async function answer(socket: Socket, request: string): Promise<string> {
  socket.write(request);
  let text = "";
  for (;;) {
    text += String(await bytesOf(socket, 1));
    const end = text.indexOf("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
    if (end >= 0 && text.length >= end + 4 + length) return text.slice(end + 4);
  }
}

describe("what moves with a connection", () => {
  test(
    "half a head, variables of the session, and where a PROXY header said it comes from",
    async () => {
      const { gateway, ports } = await made("accept-proxy");
      await using _ = gateway;
      const socket = connect(ports[0], "127.0.0.1");
      const head = "PROXY TCP4 192.0.2.7 198.51.100.1 4711 80\r\n";
      expect(await answer(socket, `${head}GET /one HTTP/1.1\r\nHost: a\r\n\r\n`)).toBe("/one");
      socket.write("GET /src HTT");
      expect((await gateway.upgrade()).output).toContain("moved 1 idle-client");
      expect(await answer(socket, "P/1.1\r\nHost: a\r\n\r\n")).toBe("192.0.2.7:4711");
      expect(await answer(socket, "GET /first HTTP/1.1\r\nHost: a\r\n\r\n")).toBe("/one");
      socket.destroy();
    },
    60_000,
  );

  test("bytes that a slow reader has not taken, and the end behind them", async () => {
    const { gateway, ports } = await made();
    await using _ = gateway;
    const size = 12 * 1024 * 1024;
    const socket = connect({ port: ports[1], host: "127.0.0.1", allowHalfOpen: true });
    socket.pause();
    const sent = Buffer.alloc(size);
    for (let i = 0; i < size; i++) sent[i] = (i * 11 + (i >>> 9)) & 255;
    socket.end(sent);
    await new Promise((resolve) => socket.once("connect", resolve));
    expect((await gateway.upgrade()).output).toContain("moved 1 tcp-pipe");
    expect((await gateway.upgrade()).output).toContain("moved 1 tcp-pipe");
    const back = await bytesOf(socket, size + 1);
    expect(back.length).toBe(size);
    expect(back.every((byte, i) => (byte ^ 255) === sent[i])).toBe(true);
    socket.destroy();
  }, 60_000);

  test("what its client or its server does while it moves: an end, a reset", async () => {
    const { gateway, ports } = await made();
    await using _ = gateway;
    const ending = new CheckedTunnel(ports[1], 1);
    const cut = connect(ports[1], "127.0.0.1");
    await new Promise((resolve) => cut.once("connect", resolve));
    const upgrade = gateway.upgrade(["--probation", "0"]);
    await gateway.said(": listeners");
    const ended = ending.end();
    cut.resetAndDestroy();
    expect((await upgrade).status).toBe(0);
    await ended;
    expect([ending.received, ending.wrong]).toEqual([ending.sent, 0]);
  }, 60_000);
});

/** A request that is under way ends where it began; its connection moves afterwards. */
test("an answer that takes its time comes, and the connection lives on", async () => {
  const slow = createServer((socket) => {
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
      finish.promise.then(() => socket.write("rest"));
    });
    socket.on("error", () => {});
  });
  const finish = Promise.withResolvers<void>();
  await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
  const port = await freePort();
  const { port: origin } = slow.address() as { port: number };
  const file = `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen fe
  bind 127.0.0.1:${port}
  http-request return status 200 content-type text/plain string here if { path /here }
  server s 127.0.0.1:${origin}
`;
  await using gateway = await new Generations(file, instance).ready();
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  let text = "";
  while (!text.endsWith("half")) text += String(await bytesOf(socket, 1));
  const old = gateway.pid;
  const upgrade = gateway.upgrade();
  await gateway.said(": moving");
  finish.resolve();
  text = "";
  while (!text.endsWith("rest")) text += String(await bytesOf(socket, 1));
  expect((await upgrade).output).toContain("moved 1 idle-client");
  await gateway.gone(old);
  expect(await answer(socket, "GET /here HTTP/1.1\r\nHost: a\r\n\r\n")).toBe("here");
  socket.destroy();
  slow.close();
}, 60_000);

test("a server's maxconn holds over both processes while they serve", async () => {
  let active = 0;
  let most = 0;
  const finish = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.once("data", async () => {
      most = Math.max(most, ++active);
      await finish.promise;
      active--;
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone");
    });
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = await freePort();
  const { port: origin } = server.address() as { port: number };
  const file = `
global
  stats socket unix@run.sock level admin
defaults
  mode http
  timeout connect 5s
  timeout queue 30s
  timeout client 30s
  timeout server 30s
listen fe
  bind 127.0.0.1:${port}
  server s 127.0.0.1:${origin} maxconn 1
`;
  await using gateway = await new Generations(file, instance).ready();
  const first = answer(connect(port, "127.0.0.1"), "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  await gateway.waitFor(() => active === 1, "the first request");
  const upgrade = gateway.upgrade();
  await gateway.said(": moving");
  const second = answer(connect(port, "127.0.0.1"), "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  // Waits for its place in the new process, though that has no connection to the server itself.
  const control = join(gateway.folder, "run.sock");
  for (let asked = 0, queued = ""; queued !== "1"; asked++) {
    expect([asked < 1000, most]).toEqual([true, 1]);
    queued = (await statistics(control, "fe", "BACKEND")).qcur!;
  }
  finish.resolve();
  expect(await Promise.all([first, second])).toEqual(["done", "done"]);
  expect([(await upgrade).status, most]).toEqual([0, 1]);
  server.close();
}, 60_000);

describe("a fault with connections in the air", () => {
  // The first offer holds all of them.
  const half = defaultLimits.batchConnectionsMin / 2;
  for (
    const [name, fault] of [
      ["dies", (channel: ControlChannel) => channel.connection.close()],
      ["says nothing", (channel: ControlChannel) => void (channel.say = () => {})],
    ] as const
  ) {
    test(`the new process ${name} at an offer: everything goes on in the old one`, async () => {
      const { gateway, ports } = await made();
      await using _ = gateway;
      const clients = Array.from(
        { length: half },
        (_, i) => new KeepAliveClient(ports[0], `c${i}`, i),
      );
      const tunnels = Array.from({ length: half }, (_, i) => new CheckedTunnel(ports[1], i));
      await gateway.waitFor(() => tunnels.every(({ received }) => received > 0), "first bytes");
      const { moved, fds } = await takeOverWith(gateway, fault);
      // All tunnels, and those of the clients that were between two requests.
      expect(moved.filter(({ kind }) => kind === "tcp-pipe")).toHaveLength(half);
      for (const fd of fds) native.close(fd);
      await gateway.said("not taken over");
      expect((await gateway.upgrade()).status).toBe(0);
      await Promise.all([...clients.map((one) => one.stop()), ...tunnels.map((one) => one.end())]);
      for (const { lost, wrong, closes } of clients) {
        expect({ lost, wrong, closes }).toEqual({ lost: 0, wrong: 0, closes: 0 });
      }
      for (const { sent, received, wrong, closes } of tunnels) {
        expect({ received, wrong, closes }).toEqual({ received: sent, wrong: 0, closes: 0 });
      }
    }, 60_000);
  }

  test("the old process is killed at an offer: what it had offered lives", async () => {
    const { gateway, ports } = await made();
    await using _ = gateway;
    const socket = connect(ports[0], "127.0.0.1");
    expect(await answer(socket, "GET /one HTTP/1.1\r\nHost: a\r\n\r\n")).toBe("/one");
    const got = await takeOverWith(gateway, () => process.kill(gateway.pid, "SIGKILL"));
    expect(got).toMatchObject({
      active: true,
      moved: [{ kind: "idle-server" }, { kind: "idle-client" }],
    });
    const [server, client] = got.fds;
    native.close(server!);
    const heard = Promise.withResolvers<string>();
    adoptSocket(client!, "reading", (connection) => {
      connection.handler = {
        onData(bytes) {
          heard.resolve(Buffer.from(bytes).toString("latin1"));
          connection.write(Buffer.from("still here"), 0, 10);
        },
        onDrain() {},
        onEnd: () => connection.close(),
        onClose() {},
      };
    }, () => heard.reject(new Error("gone")));
    socket.write("anybody?");
    expect(await heard.promise).toBe("anybody?");
    expect(String(await bytesOf(socket, 10))).toBe("still here");
    socket.destroy();
  }, 60_000);
});
