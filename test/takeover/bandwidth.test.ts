import { afterEach, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "../support/free_port.ts";
import { Generations } from "./stage/generations.ts";
import { CheckedTunnel, invertingOrigin } from "./stage/traffic.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Counts what comes to one end of a stream. */
class Reader {
  readonly #pieces: Buffer[] = [];
  size = 0;

  constructor(readonly socket: Socket) {
    socket.on("data", (piece: Buffer) => {
      this.#pieces.push(piece);
      this.size += piece.length;
    });
    socket.on("error", () => {});
    closing.push(() => socket.destroy());
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

const numbered = (size: number) => Buffer.from(Uint8Array.from({ length: size }, (_, i) => i * 31));
const switching = "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
const upgrading = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";

/** A server's end of each stream, in the order in which they came. */
async function origin(begin: (socket: Socket) => void) {
  const readers: Reader[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    readers.push(new Reader(socket));
    begin(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => void server.close());
  return { port: (server.address() as { port: number }).port, readers };
}

async function serve(mode: "tcp" | "http", server: number, limit: string, rule: string) {
  const port = await freePort();
  const file = `
defaults
  mode ${mode}
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen fe
  bind 127.0.0.1:${port}
  filter bwlim-in up ${limit}
  filter bwlim-out down ${limit}
  ${rule} set-bandwidth-limit up
  ${rule} set-bandwidth-limit down
  server s 127.0.0.1:${server}
`;
  const gateway = await new Generations(file, ["--instance", "test"]).ready();
  const open = () => new Reader(connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
  return { gateway, port, open };
}

async function move(gateway: Generations, what: string): Promise<void> {
  const { status, output } = await gateway.upgrade();
  expect({ status, output }).toEqual({ status: 0, output });
  expect(output).toContain(`moved ${what}`);
}

const glacial = "default-limit 1000 default-period 1h";
/** Slower than its client sends. */
const brisk = "default-limit 20k default-period 10ms";

test("a TCP connection moves with what it may send yet, both ways", async () => {
  const sent = numbered(5000);
  const { port, readers } = await origin((socket) => socket.write(sent));
  const { gateway, open } = await serve("tcp", port, glacial, "tcp-request content");
  await using _ = gateway;
  const client = open();
  client.socket.write(sent);
  const both = () => [client.size, readers[0]?.size];
  const passed = (bytes: number) => both().every((size) => size === bytes);
  await gateway.waitFor(() => passed(1000), "the limit, both ways");
  for (let i = 1; i <= 2; i++) {
    await move(gateway, `${i} tcp-pipe`);
    // Another one gets its share meanwhile, and this one nothing.
    const other = open();
    await gateway.waitFor(() => other.size === 1000, "what another one may get");
    expect(both()).toEqual([1000, 1000]);
  }
  expect(client.bytes.equals(sent.subarray(0, 1000))).toBe(true);
}, 60_000);

test(
  "every byte under a limit comes through upgrades in order, and the end behind it",
  async () => {
    const inverting = await invertingOrigin();
    closing.push(inverting.stop);
    const { gateway, port } = await serve("tcp", inverting.port, brisk, "tcp-request content");
    await using _ = gateway;
    const tunnel = new CheckedTunnel(port, 1);
    for (let i = 0; i < 2; i++) {
      const { received } = tunnel;
      await gateway.waitFor(() => tunnel.received > received, "bytes");
      await move(gateway, "1 tcp-pipe");
    }
    await tunnel.end();
    const { sent, received, wrong, closes } = tunnel;
    expect({ received, wrong, closes }).toEqual({ received: sent, wrong: 0, closes: 0 });
  },
  60_000,
);

test("a tunnel moves with what it may send yet", async () => {
  const sent = numbered(5000);
  const { port, readers } = await origin((socket) => {
    socket.once("data", () => socket.write(Buffer.concat([Buffer.from(switching), sent])));
  });
  const { gateway, open } = await serve("http", port, glacial, "http-request");
  await using _ = gateway;
  const client = open();
  const head = () => client.bytes.indexOf("\r\n\r\n") + 4;
  client.socket.write(upgrading);
  await gateway.waitFor(() => client.size === head() + 1000, "the limit");
  const { size } = readers[0]!;
  client.socket.write(sent);
  await gateway.waitFor(() => readers[0]!.size === size + 1000, "the limit, upwards");
  await move(gateway, "1 tunnel");
  await move(gateway, "1 tunnel");
  expect([client.size, readers[0]!.size]).toEqual([head() + 1000, size + 1000]);
}, 60_000);
