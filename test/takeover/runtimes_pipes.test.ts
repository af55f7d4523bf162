import { afterAll, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import type { StoryOrigin } from "../scenario/stage/origin.ts";
import type { Peer } from "../scenario/stage/peer.ts";
import { Stage } from "../scenario/stage/stage.ts";
import { Runtimes } from "./stage/runtimes.ts";

const runtimes = new Runtimes();
afterAll(() => runtimes.remove());

/** Both ends of a stream through the gateway. */
interface Stream {
  readonly client: Peer;
  readonly server: Peer;
}

/** More than both kernels hold of a peer that reads nothing. */
const size = 12 << 20;
const numbered = Buffer.from(Uint8Array.from({ length: size }, (_, i) => i * 11 + (i >>> 9)));

/** A stream that waits for the peer that reads nothing, `to`, whose own side may have ended before. */
async function stuck(from: Peer, to: Peer, ended: boolean): Promise<() => Promise<void>> {
  if (ended) {
    to.send("all I have").halfClose();
    expect(await from.end()).toBe("all I have");
  }
  to.socket.pause();
  from.send(numbered);
  return async () => {
    to.socket.resume();
    from.halfClose();
    const received = Buffer.from(await to.end(), "latin1");
    expect([received.length, received.equals(numbered)]).toEqual([size, true]);
    if (ended) return;
    to.send("thanks").halfClose();
    expect(await from.end()).toBe("thanks");
  };
}

/** Puts a stream into some state; what is returned sees that nothing of it was lost. */
type Situation = (stream: Stream) => Promise<() => Promise<void>>;

const situations: readonly Situation[] = [
  ({ client, server }) => stuck(server, client, false),
  ({ client, server }) => stuck(client, server, false),
  ({ client, server }) => stuck(server, client, true),
  ({ client, server }) => stuck(client, server, true),
];

/** The header of a masked frame of 300 bytes, and of an unmasked one (RFC 6455 §5.2). */
const masked = "\x82\xfe\x01\x2c\x01\x02\x03\x04";
const unmasked = "\x82\x7e\x01\x2c";
const payload = "0123456789".repeat(30);

/** Either side has sent the header of a frame, and half of the next one's. */
async function cutFrames({ client, server }: Stream): Promise<() => Promise<void>> {
  client.send(masked);
  server.send(unmasked);
  expect(await server.bytes(masked.length)).toBe(masked);
  expect(await client.bytes(unmasked.length)).toBe(unmasked);
  return async () => {
    client.send(payload);
    server.send(payload);
    expect(await server.bytes(payload.length)).toBe(payload);
    expect(await client.bytes(payload.length)).toBe(payload);
  };
}

const upgrade = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const upgraded = "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

async function openStream(stage: Stage, port: number, origin: StoryOrigin): Promise<Stream> {
  const client = await stage.client(port);
  return { client, server: await origin.accept() };
}

async function openWebSocket(stage: Stage, port: number, origin: StoryOrigin): Promise<Stream> {
  const client = (await stage.client(port)).send(upgrade);
  const server = await origin.accept();
  await server.until("\r\n\r\n");
  server.send(upgraded);
  await client.until("\r\n\r\n");
  return { client, server };
}

const orders = [["Bun", "Deno", "Bun", "Deno"], ["Deno", "Deno", "Bun", "Deno"]] as const;

for (const [first, ...others] of orders) {
  test(
    `${[first, ...others].join(" to ")}: every stream moves at once, and comes through whole`,
    async () => {
      await using stage = new Stage();
      const origin = await stage.origin();
      const [tcp, http] = [await freePort(), await freePort()];
      const listening = (mode: string, port: number) => `
listen ${mode}
  mode ${mode}
  bind 127.0.0.1:${port}
  server s 127.0.0.1:${origin.port}
`;
      await using gateway = await runtimes.start(
        listening("tcp", tcp) + listening("http", http),
        first,
      );
      const finish: (() => Promise<void>)[] = [];
      for (const situation of situations) {
        finish.push(await situation(await openStream(stage, tcp, origin)));
        finish.push(await situation(await openWebSocket(stage, http, origin)));
      }
      const talk = [await openStream(stage, tcp, origin), await openWebSocket(stage, http, origin)];
      for (const on of others) {
        const goOn = await Promise.all(talk.map(cutFrames));
        const output = await runtimes.next(gateway, on);
        expect(output).toContain(`${situations.length + 1} tcp-pipe`);
        expect(output).toContain(`${situations.length + 1} tunnel`);
        await Promise.all(goOn.map((goesOn) => goesOn()));
      }
      for (const finished of finish) await finished();
    },
    120_000,
  );
}
