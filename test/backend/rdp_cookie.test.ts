import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBalancer } from "../../src/backend/balance/catalog.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { rdpPacket } from "../language/raw_bytes.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import { makeBackend } from "./plans.ts";

const weights = [5, 3, 2];
const packets = [
  ...Array.from({ length: 40 }, (_, i) => `Cookie: mstshash=user${i * 7919}\r\n`),
  "Cookie: MSTSHASH=U\xff\x80\r\n",
].map(rdpPacket);

function balancer(name: string) {
  const backend = makeBackend({
    servers: weights.map((weight, i) => ({ name: `s${i}`, weight })),
    plan: { balance: { kind: "rdp-cookie", name } },
  });
  const balancer = makeBalancer({ kind: "rdp-cookie", name }, backend.state, backend.state.servers);
  return (text: string | undefined) => {
    const cx = text === undefined
      ? offlineContext()
      : offlineContext({ requestBuffer: { text, closed: false } });
    return backend.state.servers.indexOf(balancer.choose(cx, undefined)!);
  };
}

test("who has no cookie of that name takes turns", () => {
  const choose = balancer("mstshash");
  const turns = (text: string | undefined) => weights.map(() => choose(text));
  expect(new Set(turns(rdpPacket("Cookie: other=a\r\n"))).size).toBeGreaterThan(1);
  expect(new Set(turns(rdpPacket("Cookie: mstshash=\r\n"))).size).toBeGreaterThan(1);
  expect(new Set(turns(undefined)).size).toBeGreaterThan(1);
  expect(new Set(turns(packets[0])).size).toBe(1);
});

const haproxy = haproxyAvailable();

describe.skipIf(!haproxy.available)("cookies lead where haproxy sends them", () => {
  const folder = mkdtempSync(join(tmpdir(), "rdp-cookie-"));
  const servers: Server[] = [];
  let port = 0;
  let stop: () => unknown;

  /** Servers that answer with their index. */
  async function serverPort(index: number): Promise<number> {
    const server = createServer((socket) => socket.end(`${index}`));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as { port: number }).port;
  }

  beforeAll(async () => {
    port = await freePort();
    const lines = [
      "defaults\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s",
      `listen l\n  bind 127.0.0.1:${port}\n  balance rdp-cookie`,
      "  tcp-request inspect-delay 5s\n  tcp-request content accept if RDP_COOKIE",
    ];
    for (const [i, weight] of weights.entries()) {
      lines.push(`  server s${i} 127.0.0.1:${await serverPort(i)} weight ${weight}`);
    }
    const file = join(folder, "haproxy.cfg");
    writeFileSync(file, lines.join("\n") + "\n");
    const running = await startHaproxy(file, { host: "127.0.0.1", port });
    stop = () => running.stop();
  });
  afterAll(async () => {
    await stop();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  test("by hash and weight", async () => {
    const theirs = await Promise.all(packets.map((packet) => choiceOf(port, packet)));
    expect(packets.map(balancer("mstshash"))).toEqual(theirs);
  });
});

function choiceOf(port: number, packet: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.from(packet, "latin1")));
    let answer = "";
    socket.on("data", (bytes: Buffer) => answer += bytes.toString("latin1"));
    socket.on("end", () => resolve(Number(answer)));
    socket.on("error", reject);
  });
}
