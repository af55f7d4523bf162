import { afterAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { freePort } from "../support/free_port.ts";
import { Runtimes } from "./stage/runtimes.ts";
import {
  CheckedTunnel,
  echoOrigin,
  invertingOrigin,
  KeepAliveClient,
  NewConnections,
} from "./stage/traffic.ts";

const runtimes = new Runtimes();
afterAll(() => runtimes.remove());

const orders = [["Bun", "Deno", "Bun"], ["Deno", "Bun", "Deno", "Deno"]] as const;

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

for (const [first, ...others] of orders) {
  describe([first, ...others].join(" to "), () => {
    test("keep-alive and new clients: none lost, none closed", async () => {
      const origin = echoOrigin();
      const port = await freePort();
      await using gateway = await runtimes.start(web([port], origin.port), first);
      const clients = Array.from({ length: 40 }, (_, i) => new KeepAliveClient(port, `c${i}`, i));
      const fresh = new NewConnections(port);
      for (const on of others) {
        const before = fresh.opened;
        expect(await runtimes.next(gateway, on)).toContain("moved 40 idle-client");
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
      await using gateway = await runtimes.start(configuration, first);
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
        const output = await runtimes.next(gateway, on);
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
      await using gateway = await runtimes.start(web(ports, origin.port), first);
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
        expect(await runtimes.next(gateway, on)).toContain("moved 21 idle-client");
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
    await using gateway = await runtimes.start(web([port], origin.port), first);
    const clients = Array.from({ length: 20 }, (_, i) => new KeepAliveClient(port, `c${i}`, i));
    const upgrade = gateway.upgrade(["--probation", "20000", "--to", runtimes.programs[second]]);
    await gateway.said(": probation");
    process.kill(Number(/takeover by process (\d+)/.exec(gateway.output)![1]), "SIGKILL");
    expect((await upgrade).status).toBe(75);
    const fresh = new NewConnections(port);
    await runtimes.next(gateway, second);
    await Promise.all([...clients.map((client) => client.stop()), fresh.stop()]);
    for (const { lost, wrong, closes } of clients) {
      expect({ lost, wrong, closes }).toEqual({ lost: 0, wrong: 0, closes: 0 });
    }
    expect(fresh.failed).toBe(0);
    origin.stop();
  }, 120_000);
}

test("Deno replaces itself, and takes over by 'run --takeover'", async () => {
  const origin = echoOrigin();
  const port = await freePort();
  await using gateway = await runtimes.start(web([port], origin.port), "Bun");
  const client = new KeepAliveClient(port, "c", 5);
  const old = gateway.pid;
  const args = ["run", "-f", gateway.file, "--instance", "test", "--probation", "50"];
  const taking = gateway.run([...args, "--takeover=require"], undefined, [runtimes.programs.Deno]);
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
