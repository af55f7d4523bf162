import { afterEach, describe, expect, test } from "bun:test";
import { queuesOf } from "../support/peer_queue.ts";
import { closeEnds, type End, numbered, open } from "./stage/ends.ts";

afterEach(closeEnds);

const ask = "GET /chat HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n" +
  "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const agreed = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n" +
  "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nconnection: upgrade\r\n\r\n";

const key = [0x37, 0xfa, 0x21, 0x3d];

/** A binary frame with a length of 64 bits (RFC 6455 §5.2): 10 bytes of header, 14 when it is masked. */
function frame(payload: Buffer, sender: "client" | "server"): Buffer {
  const header = Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeBigUInt64BE(BigInt(payload.length), 2);
  if (sender === "server") return Buffer.concat([header, payload]);
  header[1] = 0x80 | 127;
  const masked = payload.map((byte, i) => byte ^ key[i % 4]!);
  return Buffer.concat([header, Buffer.from(key), masked]);
}

describe("a frame of which each process passes on a piece, in either direction", () => {
  const payload = numbered(70_000);
  const cuts = [
    ["within its header, and at its end", 1, 14],
    ["within its length, and within its payload", 5, 40_000],
    ["within its mask, and before its last byte", 12, 70_009],
  ] as const;

  test.each(cuts)("cut %s", async (_, first, second) => {
    const { gateway, client, servers } = await open("http");
    await using _gateway = gateway;
    client.socket.write(ask);
    await gateway.waitFor(() => servers[0]?.text.endsWith("\r\n\r\n") ?? false, "the request");
    const server = servers[0]!;
    const asked = server.size;
    server.socket.write(agreed);
    await gateway.waitFor(() => client.text.endsWith("\r\n\r\n"), "the answer");
    const answered = client.size;

    const [up, down] = [frame(payload, "client"), frame(payload, "server")];
    const pass = async (from: number, to: number) => {
      client.socket.write(up.subarray(from, to));
      server.socket.write(down.subarray(from, to));
      const isThere = () =>
        server.size === asked + Math.min(to, up.length) &&
        client.size === answered + Math.min(to, down.length);
      await gateway.waitFor(isThere, `the bytes from ${from} on`);
    };
    await pass(0, first);
    expect((await gateway.upgrade()).output).toContain("moved 1 tunnel");
    await pass(first, second);
    expect((await gateway.upgrade()).output).toContain("moved 1 tunnel");
    await pass(second, up.length);
    expect(server.bytes.subarray(asked).equals(up)).toBe(true);
    expect(client.bytes.subarray(answered).equals(down)).toBe(true);
  }, 60_000);

  test("and more of them comes while it stands still", async () => {
    const { gateway, client, servers } = await open("http");
    await using _ = gateway;
    client.socket.write(ask);
    await gateway.waitFor(() => servers[0]?.text.endsWith("\r\n\r\n") ?? false, "the request");
    const server = servers[0]!;
    const asked = server.size;
    server.socket.write(agreed);
    await gateway.waitFor(() => client.text.endsWith("\r\n\r\n"), "the answer");
    const answered = client.size;

    const large = numbered(12 * 1024 * 1024);
    const [up, down] = [frame(large, "client"), frame(large, "server")];
    const upgrade = gateway.upgrade(["--probation", "0"]);
    await gateway.said(": listeners");
    client.socket.write(up);
    server.socket.write(down);
    expect((await upgrade).output).toContain("moved 1 tunnel");
    const isThere = () =>
      server.size === asked + up.length && client.size === answered + down.length;
    await gateway.waitFor(isThere, "both frames");
    expect(server.bytes.subarray(asked).equals(up)).toBe(true);
    expect(client.bytes.subarray(answered).equals(down)).toBe(true);
  }, 60_000);
});

/** Bytes that the gateway has got rid of: the client has them, or its runtime, or the kernel. */
function gone({ size, socket }: End): number {
  const [own, peer] = [queuesOf(socket, "its own"), queuesOf(socket, "its peer's")];
  return size + socket.readableLength + (own?.unread ?? 0) + (peer?.unsent ?? 0);
}

/** Whether the gateway has read all that a server has sent. */
function isRead({ socket }: End): boolean {
  return socket.writableLength === 0 && queuesOf(socket, "its own")?.unsent === 0 &&
    queuesOf(socket, "its peer's")?.unread === 0;
}

/** Resolves when a number stays what it is for a while. */
async function settled(now: () => number): Promise<number> {
  let [last, same] = [now(), 0];
  while (same < 10) {
    await Bun.sleep(20);
    const value = now();
    same = value === last ? same + 1 : 0;
    last = value;
  }
  return last;
}

const hint = `HTTP/1.1 103 Early Hints\r\nlink: </${"x".repeat(990)}>; rel=preload\r\n\r\n`;
const hints = hint.repeat(46);

/**
 * A client that reads nothing has its kernel's buffers filled with early hints, so that the answer behind
 * the last of them waits in the gateway. How much they take is found by trying.
 */
test("an answer 101 that waits in the gateway itself moves with its tunnel", async () => {
  const { gateway, servers, enter, client: idle } = await open("http");
  await using _ = gateway;
  idle.socket.destroy();
  const attempt = async (room: number) => {
    const client = enter();
    client.socket.pause();
    const known = servers.length;
    client.socket.write(ask);
    await gateway.waitFor(() => servers[known]?.text.endsWith("\r\n\r\n") ?? false, "the request");
    const server = servers[known]!;
    let sent = "";
    const say = async (text: string) => {
      server.socket.write(text);
      sent += text;
      const done = () => isRead(server) && gone(client) === sent.length;
      for (let i = 0; i < 20 && !done(); i++) await Bun.sleep(5);
      return done() ? sent.length : await settled(() => gone(client));
    };
    while (sent.length + hints.length < room) {
      const taken = await say(hints);
      if (taken < sent.length) return { client, server, sent, taken, kind: "full before" as const };
    }
    const taken = await say(hints + agreed);
    const waits = isRead(server) && taken < sent.length - agreed.length;
    return { client, server, sent, taken, kind: waits ? "waits" as const : "passed" as const };
  };

  let room = Infinity;
  for (let tries = 0;; tries++) {
    expect(tries).toBeLessThan(20);
    const { client, server, sent, taken, kind } = await attempt(room);
    if (kind !== "waits") {
      client.socket.destroy();
      server.socket.destroy();
      room = taken < sent.length ? taken : room + hints.length / 2;
      continue;
    }
    await gateway.waitFor(
      () => servers.filter(({ closed }) => !closed).length === 1,
      "the others' ends",
    );
    for (let i = 0; i < 2; i++) {
      expect((await gateway.upgrade()).output).toContain("moved 1 tunnel");
    }
    expect(client.size).toBeLessThan(sent.length - agreed.length);
    const [up, down] = [frame(numbered(70_000), "client"), frame(numbered(70_000), "server")];
    client.socket.resume();
    const asked = server.size;
    client.socket.write(up);
    server.socket.write(down);
    await gateway.waitFor(() => client.size === sent.length + down.length, "all for the client");
    await gateway.waitFor(() => server.size === asked + up.length, "all for the server");
    expect(client.bytes.equals(Buffer.concat([Buffer.from(sent, "latin1"), down]))).toBe(true);
    expect(server.bytes.subarray(asked).equals(up)).toBe(true);
    return;
  }
}, 120_000);
