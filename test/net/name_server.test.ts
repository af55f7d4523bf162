import { afterEach, expect, test } from "bun:test";
import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import type { NameServerLink } from "../../src/dns/name_server.ts";
import { openNameServer } from "../../src/net/name_server.ts";

const message = Uint8Array.from({ length: 20 }, (_, i) => i);
const links: NameServerLink[] = [];
const sockets: Socket[] = [];
const servers: Server[] = [];

afterEach(() => {
  for (const link of links.splice(0)) link.close();
  for (const socket of sockets.splice(0)) socket.close();
  for (const server of servers.splice(0)) server.close();
});

/** Messages in order, as they come. */
class Inbox {
  readonly messages: number[][] = [];
  #wake: (() => void) | undefined;

  readonly take = (bytes: Uint8Array): void => {
    this.messages.push([...bytes]);
    this.#wake?.();
  };

  async until(count: number): Promise<void> {
    while (this.messages.length < count) await new Promise<void>((wake) => this.#wake = wake);
  }
}

function open(over: "udp" | "tcp", port: number, inbox: Inbox, host = "127.0.0.1"): NameServerLink {
  const link = openNameServer({ name: "ns", over, host, port }, inbox.take);
  links.push(link);
  return link;
}

async function udp(port = 0): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(port, "127.0.0.1", done));
  sockets.push(socket);
  return socket;
}

function nextSender(socket: Socket): Promise<number> {
  return new Promise((done) => socket.once("message", (_, { port }) => done(port)));
}

test("nobody but the name server answers over UDP", async () => {
  const server = await udp();
  const stranger = await udp();
  const inbox = new Inbox();
  const link = open("udp", server.address().port, inbox);
  const asked = nextSender(server);
  link.send(message);
  const port = await asked;
  await new Promise<void>((done) => stranger.send("forged", port, "127.0.0.1", () => done()));
  server.send("true", port, "127.0.0.1");
  await inbox.until(1);
  expect(inbox.messages).toEqual([[...Buffer.from("true")]]);
});

test("a name server that was not there is found once it is", async () => {
  const early = await udp();
  const { port } = early.address();
  sockets.pop();
  await new Promise<void>((done) => early.close(done));
  const link = open("udp", port, new Inbox());
  for (let i = 0; i < 3; i++) {
    expect(link.send(message)).toBe(true);
    await Bun.sleep(1);
  }
  const server = await udp(port);
  const found = nextSender(server);
  // The socket may still have to learn that nobody listened.
  let isFound = false;
  void found.then(() => isFound = true);
  for (let tries = 0; tries < 1000 && !isFound; tries++) {
    link.send(message);
    await Bun.sleep(5);
  }
  expect(isFound).toBe(true);
});

// The callback of a connect that fails is called as well: sending there threw, and ended the process.
test("a host that has no address is asked in vain, again and again", async () => {
  const link = open("udp", 53, new Inbox(), "nothing.invalid");
  for (let i = 0; i < 3; i++) {
    expect(link.send(message)).toBe(true);
    await Bun.sleep(5);
  }
});

test("messages over TCP are cut apart wherever they arrive", async () => {
  const inbox = new Inbox();
  const server = createServer((stream) => {
    stream.on("error", () => {});
    stream.once("data", async () => {
      const answers = Buffer.from([0, 3, 1, 2, 3, 0, 0, 0, 2, 4, 5]);
      for (const byte of answers) {
        stream.write(Uint8Array.of(byte));
        await new Promise((done) => setImmediate(done));
      }
    });
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  open("tcp", port, inbox).send(message);
  await inbox.until(3);
  expect(inbox.messages).toEqual([[1, 2, 3], [], [4, 5]]);
});

// What was left of a read was copied behind each message: a read full of empty ones held everything
// else up for seconds, and this test for minutes.
test("a name server may send empty messages without an end", async () => {
  const bytes = 4 << 20;
  const server = createServer((stream) => {
    stream.on("error", () => {});
    stream.once("data", () => stream.write(new Uint8Array(bytes)));
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  let left = bytes / 2;
  await new Promise<void>((done) => {
    const count = () => --left === 0 && done();
    const link = openNameServer({ name: "ns", over: "tcp", host: "127.0.0.1", port }, count);
    links.push(link);
    link.send(message);
  });
  expect(left).toBe(0);
});

test("a connection over TCP that is gone is made again", async () => {
  const connected = new Inbox();
  const server = createServer((stream) => {
    stream.on("error", () => {});
    stream.once("data", (bytes: Buffer) => {
      connected.take(bytes);
      stream.end(Buffer.from([0, 1, 7]));
    });
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const inbox = new Inbox();
  const link = open("tcp", port, inbox);
  link.send(message);
  await inbox.until(1);
  for (let tries = 0; tries < 1000 && connected.messages.length < 2; tries++) {
    link.send(message);
    await Bun.sleep(5);
  }
  expect(connected.messages[1]!.slice(0, 22)).toEqual([0, 20, ...message]);
});

test("what a name server does not take is not kept without a limit", async () => {
  const server = createServer((stream) => stream.on("error", () => {}).pause());
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const link = open("tcp", port, new Inbox());
  let taken = 0;
  while (taken < 100_000 && link.send(message)) taken++;
  expect(taken).toBe(Math.floor(65_536 / 22));
});
