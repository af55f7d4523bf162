import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { freePort } from "../support/free_port.ts";
import { denoCommand, sluiceCommand } from "../support/sluice.ts";
import { Generations } from "./stage/generations.ts";
import {
  CheckedTunnel,
  echoOrigin,
  invertingOrigin,
  KeepAliveClient,
  NewConnections,
} from "./stage/traffic.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-runtimes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An executable that is the gateway on one runtime. */
function program(name: string, command: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(" ")} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

const programs = { Deno: program("deno", denoCommand()), Bun: program("bun", sluiceCommand()) };
const orders = [["Bun", "Deno", "Bun"], ["Deno", "Bun", "Deno", "Deno"]] as const;

const times = `
defaults
  timeout connect 5s
  timeout client 60s
  timeout server 60s
`;
const web = (ports: readonly number[], origin: number): string => `
frontend fe
  mode http
  ${ports.map((port) => `bind 127.0.0.1:${port}`).join("\n  ")}
  bind unix@fe.sock
  default_backend be
backend be
  mode http
  server s 127.0.0.1:${origin}
`;
const tunnel = (port: number, origin: number): string => `
listen tunnel
  mode tcp
  bind 127.0.0.1:${port}
  server t 127.0.0.1:${origin}
`;

const connecting = (port: number, origin: number): string => `
listen connecting
  mode http
  bind 127.0.0.1:${port}
  server c 127.0.0.1:${origin}
`;

const start = (configuration: string, on: keyof typeof programs): Promise<Generations> =>
  new Generations(times + configuration, ["--instance", "test"], [programs[on]]).ready();

async function next(gateway: Generations, on: keyof typeof programs): Promise<string> {
  const { status, output } = await gateway.upgrade(["--probation", "50", "--to", programs[on]]);
  expect({ status, output }).toEqual({ status: 0, output });
  expect(gateway.output).toContain(`takeover by process ${gateway.pid} (sluice`);
  const runtime = process.env.SLUICE_BIN && on === "Bun" ? "" : on;
  expect(gateway.output.split(`takeover by process ${gateway.pid} (`).at(-1)).toContain(runtime);
  return output;
}

for (const [first, ...others] of orders) {
  describe([first, ...others].join(" to "), () => {
    test("keep-alive and new clients: none lost, none closed", async () => {
      const origin = echoOrigin();
      const port = await freePort();
      await using gateway = await start(web([port], origin.port), first);
      const clients = Array.from({ length: 40 }, (_, i) => new KeepAliveClient(port, `c${i}`, i));
      const fresh = new NewConnections(port);
      for (const on of others) {
        const before = fresh.opened;
        expect(await next(gateway, on)).toContain("moved 40 idle-client");
        await gateway.waitFor(() => fresh.opened > before + 20, "new clients");
      }
      await Promise.all([...clients.map((client) => client.stop()), fresh.stop()]);
      for (const { lost, wrong, closes } of clients) {
        expect({ lost, wrong, closes }).toEqual({ lost: 0, wrong: 0, closes: 0 });
      }
      expect(fresh.failed).toBe(0);
      origin.stop();
    }, 120_000);

    test("tunnels: every byte comes through, in order", async () => {
      const plain = await invertingOrigin();
      const upgraded = await invertingOrigin(
        "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
      );
      const connected = await invertingOrigin("HTTP/1.1 200 Established\r\n\r\n");
      const [tcp, http, proxy] = [await freePort(), await freePort(), await freePort()];
      const configuration = tunnel(tcp, plain.port) + web([http], upgraded.port) +
        connecting(proxy, connected.port);
      await using gateway = await start(configuration, first);
      const request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
      const connect = "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n";
      const tunnels = Array.from({ length: 10 }, (_, i) => [
        new CheckedTunnel(tcp, i),
        new CheckedTunnel(http, i, request),
        new CheckedTunnel(proxy, i, connect),
      ]).flat();
      for (const on of others) {
        const counts = tunnels.map(({ received }) => received);
        await gateway.waitFor(
          () => tunnels.every(({ received }, i) => received > counts[i]!),
          "bytes through each tunnel",
        );
        const output = await next(gateway, on);
        expect(output).toContain("10 tcp-pipe");
        expect(output).toContain("20 tunnel");
      }
      await Promise.all(tunnels.map((one) => one.end()));
      for (const { sent, received, wrong, closes } of tunnels) {
        expect({ received, wrong, closes }).toEqual({ received: sent, wrong: 0, closes: 0 });
      }
      plain.stop();
      upgraded.stop();
      connected.stop();
    }, 120_000);

    test("half a head, a unix socket, and many listeners", async () => {
      const origin = echoOrigin();
      const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
      await using gateway = await start(web(ports, origin.port), first);
      const places = [...ports.map((port) => ({ port, host: "127.0.0.1" })), {
        path: join(gateway.folder, "fe.sock"),
      }];
      const sockets = places.map((place) => connect(place));
      for (const socket of sockets) socket.write("GET /one HT");
      for (const on of others) {
        await Promise.all(sockets.map(async (socket) => {
          const answered = answer(socket);
          socket.write("TP/1.1\r\nHost: a\r\n\r\nGET /one HT");
          expect(await answered).toBe("/one");
        }));
        expect(await next(gateway, on)).toContain("moved 21 idle-client");
      }
      const newcomers = places.map((place) => connect(place));
      for (const socket of newcomers) socket.write("GET /one HT");
      await Promise.all([...sockets, ...newcomers].map(async (socket) => {
        const answered = answer(socket);
        socket.write("TP/1.1\r\nHost: a\r\n\r\n");
        expect(await answered).toBe("/one");
        socket.destroy();
      }));
      origin.stop();
    }, 120_000);
  });
}

/** The body of the answer that comes next. */
function answer(socket: ReturnType<typeof connect>): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const take = (bytes: Uint8Array) => {
      text += Buffer.from(bytes).toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      if (end < 0 || text.length < end + 4 + length) return;
      socket.off("data", take);
      resolve(text.slice(end + 4));
    };
    socket.on("data", take);
    socket.once("close", () => reject(new Error(`closed after '${text}'`)));
    socket.once("error", reject);
  });
}

for (const [first, second] of [["Bun", "Deno"], ["Deno", "Bun"]] as const) {
  test(`a ${second} process that dies in its probation: ${first} accepts again`, async () => {
    const origin = echoOrigin();
    const port = await freePort();
    await using gateway = await start(web([port], origin.port), first);
    const clients = Array.from({ length: 20 }, (_, i) => new KeepAliveClient(port, `c${i}`, i));
    const upgrade = gateway.upgrade(["--probation", "20000", "--to", programs[second]]);
    await gateway.said(": probation");
    process.kill(Number(/takeover by process (\d+)/.exec(gateway.output)![1]), "SIGKILL");
    expect((await upgrade).status).toBe(75);
    const fresh = new NewConnections(port);
    await next(gateway, second);
    await Promise.all([...clients.map((client) => client.stop()), fresh.stop()]);
    for (const { lost, wrong, closes } of clients) {
      expect({ lost, wrong, closes }).toEqual({ lost: 0, wrong: 0, closes: 0 });
    }
    expect(fresh.failed).toBe(0);
    origin.stop();
  }, 120_000);
}

/**
 * Deno's sockets take more than the kernel does, and what they have taken can't be had back. It must be
 * a copy: what was a view of the shared output buffer changed before it was sent.
 */
test("from Deno, a slow reader gets every byte, though it moves late", async () => {
  const size = 12 << 20;
  const origin = await invertingOrigin();
  const port = await freePort();
  await using gateway = await start(tunnel(port, origin.port), "Deno");
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.pause();
  const sent = Buffer.alloc(size, "0123456789abcdefghi");
  socket.end(sent);
  const upgrade = gateway.upgrade(["--probation", "50", "--to", programs.Bun]);
  await gateway.said(": moving");
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece);
  const back = Buffer.concat(pieces);
  expect([back.length, back.every((byte, i) => (byte ^ 255) === sent[i])]).toEqual([size, true]);
  const { status, output } = await upgrade;
  expect({ status, output }).toEqual({ status: 0, output });
  origin.stop();
}, 120_000);

test("Deno replaces itself, and takes over by 'run --takeover'", async () => {
  const origin = echoOrigin();
  const port = await freePort();
  await using gateway = await start(web([port], origin.port), "Bun");
  const client = new KeepAliveClient(port, "c", 5);
  const old = gateway.pid;
  const args = ["run", "-f", gateway.file, "--instance", "test", "--probation", "50"];
  const taking = gateway.run([...args, "--takeover=require"], undefined, [programs.Deno]);
  await gateway.gone(old);
  const itself = await gateway.upgrade();
  expect(itself.output).toContain("upgraded");
  // It has the streams of the one that it took over from.
  await client.stop();
  process.kill(gateway.pid, "SIGTERM");
  const { status, output } = await taking;
  expect(status).toBe(0);
  expect(output).toMatch(/takeover by process \d+ \(sluice \S+ \(Deno /);
  expect([client.lost, client.wrong, client.closes]).toEqual([0, 0, 0]);
  origin.stop();
}, 120_000);
