import { expect, setDefaultTimeout, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { hellos } from "../language/raw_bytes.ts";
import type { StoryGateway } from "./stage/gateway.ts";
import { Stage } from "./stage/stage.ts";

setDefaultTimeout(120_000);

const connectionsMax = 10_000;
/** As many again come first, so that what a process keeps for good is there before it is measured. */
const warmUpConnections = 2_000;
const concurrency = 200;
/** What memory may grow by: pages that an allocator keeps; a leak of 10 kB a connection is more. */
const growthBytesMax = 64 << 20;
/** More than is ever held of what nobody reads. */
const endlessBytes = 200_000;

/** A pseudo-random sequence that is the same in every run. */
function* bytes(seed: number): Generator<number> {
  for (let state = seed | 1;;) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    yield state >>> 24;
  }
}

function rubbish(seed: number, length: number): Uint8Array {
  const source = bytes(seed);
  return Uint8Array.from({ length }, () => source.next().value!);
}

/** A record and a handshake as long as they can be, and no end of it. */
const endless = Uint8Array.from(
  { length: endlessBytes },
  (_, n) => [0x16, 3, 1, 0xff, 0xff, 1, 0, 0xff, 0xfb, 3, 3][n] ?? 0x61,
);
const hello = Buffer.from(hellos.tls13, "latin1");

type Socket = import("bun").Socket<unknown>;

/** What a hostile client does once it is connected. It waits for the gateway to end the connection. */
type Trick = (socket: Socket, seed: number) => void;

/** One byte a turn, as long as somebody listens. */
const drip: Trick = (socket, seed) => {
  const source = bytes(seed);
  let left = 30;
  const timer = setInterval(() => {
    if (left-- === 0 || socket.readyState !== 1) return clearInterval(timer);
    socket.write(Uint8Array.of(source.next().value!));
  }, 2);
};

const tricks: Readonly<Record<string, Trick>> = {
  "random bytes": (socket, seed) => void socket.write(rubbish(seed, 1 + (seed % 3000))),
  "slow single bytes": drip,
  "immediate close": (socket) => void socket.end(),
  "immediate reset": (socket) => void socket.terminate(),
  "silence": () => {},
  "a hello that never ends": (socket) => void socket.write(endless),
  "the beginning of a hello": (socket, seed) =>
    void socket.write(hello.subarray(0, 1 + (seed % (hello.length - 1)))),
  "a whole hello, and gone": (socket) => {
    socket.write(hello);
    socket.terminate();
  },
};

/** Connects and plays a trick; resolves when the connection is over. */
function play(port: number, trick: Trick, seed: number): Promise<void> {
  return new Promise((resolve, reject) => {
    Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) => trick(socket, seed),
        data() {},
        end: (socket) => void socket.end(),
        close: () => resolve(),
        error: () => resolve(),
        connectError: (_socket, error) => reject(error),
      },
    }).catch(reject);
  });
}

/** Plays all tricks in turn, a bounded number of them at once. */
async function flood(port: number, count: number): Promise<void> {
  const all = Object.values(tricks);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const seed = next++;
      await play(port, all[seed % all.length]!, seed);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

/** Waits until the gateway has no more descriptors open than it had. */
async function settled(gateway: StoryGateway, descriptors: number): Promise<number> {
  const deadline = Date.now() + 10_000;
  while (gateway.descriptors() > descriptors && Date.now() < deadline) await Bun.sleep(20);
  return gateway.descriptors();
}

function configuration(port: number, origin: number, ...lines: readonly string[]): string {
  return [
    "defaults",
    "  timeout connect 5s",
    "  timeout client 60s",
    "  timeout server 60s",
    "frontend fe",
    `  bind 127.0.0.1:${port}`,
    ...lines.map((line) => `  ${line}`),
    "  tcp-request content accept if { req.ssl_hello_type 1 } { req.ssl_sni -m found }",
    "  tcp-request content reject",
    "  default_backend be",
    "backend be",
    `  server s 127.0.0.1:${origin}`,
    "",
  ].join("\n");
}

test("ten thousand hostile connections leave nothing behind", async () => {
  await using stage = new Stage();
  const origin = await stage.origin(async (peer) => {
    await peer.end();
    peer.close();
  });
  const port = await freePort();
  const gateway = await stage.gateway(
    configuration(port, origin.port, "tcp-request inspect-delay 100ms"),
    { file: "haproxy.cfg" },
  );
  const atFirst = gateway.descriptors();
  await flood(port, warmUpConnections);
  expect(await settled(gateway, atFirst)).toBeLessThanOrEqual(atFirst);
  const before = gateway.residentBytes();
  await flood(port, connectionsMax);
  expect(await settled(gateway, atFirst)).toBeLessThanOrEqual(atFirst);
  expect(gateway.residentBytes() - before).toBeLessThan(growthBytesMax);
  // And it serves as before: a whole hello reaches the server.
  const seen = origin.accepted;
  const client = await stage.client(port);
  client.send(hello).halfClose();
  await client.end();
  expect(origin.accepted).toBe(seen + 1);
});

test("a hello that never ends is decided on when the buffer is full, long before its time", async () => {
  await using stage = new Stage();
  const origin = await stage.origin();
  const port = await freePort();
  await stage.gateway(
    configuration(port, origin.port, "tcp-request inspect-delay 1h", "timeout client 1h"),
    { file: "haproxy.cfg" },
  );
  await play(port, tricks["a hello that never ends"]!, 0);
  expect(origin.accepted).toBe(0);
});

test("a PROXY header that never ends is refused at its longest", async () => {
  await using stage = new Stage();
  const origin = await stage.origin();
  const port = await freePort();
  const text = configuration(port, origin.port, "timeout client 1h")
    .replace(`:${port}\n`, `:${port} accept-proxy\n`);
  const gateway = await stage.gateway(text, { file: "haproxy.cfg" });
  const atFirst = gateway.descriptors();
  const headers = [
    "PROXY TCP4 " + "1".repeat(endlessBytes),
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff" + "x".repeat(endlessBytes),
  ];
  for (const header of headers) {
    await play(port, (socket) => void socket.write(Buffer.from(header, "latin1")), 0);
  }
  expect(await settled(gateway, atFirst)).toBeLessThanOrEqual(atFirst);
  expect(origin.accepted).toBe(0);
});
