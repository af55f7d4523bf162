import { expect, test } from "bun:test";
import { connect as connectClient, createServer, type Socket } from "node:net";
import { duplicate, libc } from "../../ffi/mod.ts";
import { plainSocket } from "../../src/config/bind_plan.ts";
import type { Connection, ConnectionHandler, Target } from "../../src/net/connection.ts";
import { EpollConnection } from "../../src/net/epoll/epoll_connection.ts";
import { openedTurns } from "../../src/net/epoll/turns.ts";
import { onFault } from "../../src/net/event_fault.ts";
import { bind, connect, type Listener } from "../../src/net/open.ts";

const native = await libc();

/** What a connection has told, in order; bytes as text. */
class Told implements ConnectionHandler {
  readonly events: string[] = [];
  #changed = Promise.withResolvers<void>();

  constructor(readonly connection?: Connection) {}

  onOpen(): void {
    this.#note("open");
  }

  onData(bytes: Uint8Array): void {
    this.#note(Buffer.from(bytes).toString("latin1"));
  }

  onDrain(): void {
    this.#note("drain");
  }

  onEnd(): void {
    this.#note("end");
  }

  onClose(error?: string): void {
    this.#note(`close${error ? ` ${error}` : ""}`);
  }

  /** Resolves when as many events were told. */
  async count(count: number): Promise<readonly string[]> {
    while (this.events.length < count) await this.#changed.promise;
    return this.events;
  }

  #note(event: string): void {
    this.events.push(event);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

type Handling = (connection: Connection) => ConnectionHandler | undefined;

async function listening(accept: Handling, inherited?: number): Promise<Listener> {
  const address = { kind: "tcp", host: "127.0.0.1", port: 0, v6only: false } as const;
  const options = { backlog: 64, reusePort: false, socket: plainSocket, address, inherited };
  const listener = await bind(options, accept);
  await listener.accept();
  return listener;
}

/** One accepted connection, what it tells, and its client. */
async function pair(): Promise<{ told: Told; client: Socket; stop(): void }> {
  const accepted = Promise.withResolvers<Told>();
  const listener = await listening((connection) => {
    const told = new Told(connection);
    accepted.resolve(told);
    return told;
  });
  const client = connectClient({ port: listener.port, host: "127.0.0.1", allowHalfOpen: true });
  client.on("error", () => {});
  const told = await accepted.promise;
  const stop = () => {
    client.destroy();
    told.connection!.reset();
    listener.stop();
  };
  return { told, client, stop };
}

test("the runtime's event loop is woken by sockets that are not its own", async () => {
  const { told, stop } = await pair();
  expect(openedTurns()).toBeDefined();
  expect(told.connection).toBeInstanceOf(EpollConnection);
  stop();
});

test("the last bytes and the end come in order, once", async () => {
  const { told, client, stop } = await pair();
  client.end("last");
  expect(await told.count(2)).toEqual(["last", "end"]);
  const answer = Buffer.from("answer");
  const received = new Promise((resolve) => client.once("data", (bytes) => resolve(String(bytes))));
  expect(told.connection!.write(answer, 0, answer.length)).toBe(answer.length);
  expect(await received).toBe("answer");
  told.connection!.close();
  expect(await told.count(3)).toEqual(["last", "end", "close"]);
  stop();
});

test("nothing is read while it is paused, and all of it afterwards", async () => {
  const { told, client, stop } = await pair();
  told.connection!.pause();
  await new Promise<void>((resolve) => client.write("one", () => resolve()));
  const other = await pair();
  other.client.write("x");
  await other.told.count(1);
  expect(told.events).toEqual([]);
  client.end("two");
  told.connection!.resume();
  await told.count(2);
  while (told.events.at(-1) !== "end") await told.count(told.events.length + 1);
  expect(told.events.slice(0, -1).join("")).toBe("onetwo");
  stop();
  other.stop();
});

test("a peer that resets is told of while nothing is read: whoever waits for it may stop", async () => {
  const { told, client, stop } = await pair();
  client.write("first");
  await told.count(1);
  told.connection!.pause();
  await new Promise<void>((resolve) => client.write("unread", () => resolve()));
  client.resetAndDestroy();
  expect(await told.count(2)).toEqual(["first", "close reset"]);
  stop();
});

test("a connection ends when both sides have ended it", async () => {
  const { told, client, stop } = await pair();
  told.connection!.shutdown();
  client.resume();
  client.end();
  expect((await told.count(1)).at(-1)).toBe("close");
  stop();
});

test("what the peer does not take is taken once it reads, and not a byte is lost", async () => {
  const { told, client, stop } = await pair();
  const bytes = Buffer.alloc(8_000_000);
  for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE(i, i);
  let sent = 0;
  let drains = 0;
  const { connection } = told;
  const send = () => {
    while (sent < bytes.length) {
      const taken = connection!.write(bytes, sent, bytes.length);
      if (taken === 0) return;
      sent += taken;
    }
    connection!.shutdown();
  };
  connection!.handler = {
    onData() {},
    onEnd() {},
    onClose() {},
    onDrain: () => {
      drains++;
      send();
    },
  };
  send();
  expect(sent).toBeLessThan(bytes.length);
  const received: Buffer[] = [];
  client.on("data", (piece) => received.push(piece as Buffer));
  await new Promise((resolve) => client.once("end", resolve));
  expect(Buffer.concat(received).equals(bytes)).toBe(true);
  expect(drains).toBeGreaterThan(0);
  stop();
});

test("more than one read takes is read in turns", async () => {
  const { told, client, stop } = await pair();
  const bytes = Buffer.alloc(3_000_000, "0123456789");
  client.end(bytes);
  while (told.events.at(-1) !== "end") await told.count(told.events.length + 1);
  expect(told.events.slice(0, -1).join("") === bytes.toString()).toBe(true);
  stop();
});

test("connecting: open, or the reason why not, and neither before the call returns", async () => {
  const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const target: Target = { kind: "tcp", host: "127.0.0.1", port };
  const reached = new Told();
  const connection = connect(target, reached);
  expect(connection).toBeInstanceOf(EpollConnection);
  expect(reached.events).toEqual([]);
  expect((await reached.count(3)).slice(0, 3)).toEqual(["open", "hello", "end"]);
  expect(connection.remotePort).toBe(port);
  connection.close();
  await new Promise((resolve) => server.close(resolve));
  const refused = new Told();
  connect(target, refused);
  expect(refused.events).toEqual([]);
  expect(await refused.count(1)).toEqual(["close refused"]);
  const nowhere = new Told();
  connect({ kind: "unix", path: "/nowhere/at.sock" }, nowhere);
  expect(await nowhere.count(1)).toEqual(["close refused"]);
});

test("a connection that was let go of lives on elsewhere, and tells nothing here", async () => {
  const { told, client, stop } = await pair();
  const elsewhere = duplicate(native, told.connection!.fd);
  told.connection!.letGo();
  await new Promise<void>((resolve) => client.write("for the other", () => resolve()));
  // Who has the number now must not be told of what was another's.
  const next = await pair();
  next.client.write("own");
  expect(await next.told.count(1)).toEqual(["own"]);
  expect(told.events).toEqual([]);
  const bytes = new Uint8Array(new ArrayBuffer(64));
  expect(native.recv(elsewhere, bytes, 64, 0)).toBe("for the other".length);
  native.close(elsewhere);
  next.stop();
  stop();
});

test("a listener that stops between two connections of one turn accepts no more of them", async () => {
  let accepted = 0;
  const listener = await listening(() => {
    accepted++;
    listener.rest();
    return new Told();
  });
  const clients = [1, 2, 3].map(() => connectClient(listener.port, "127.0.0.1"));
  await Promise.all(clients.map((client) => new Promise((r) => client.once("connect", r))));
  const other = await pair();
  other.client.write("x");
  await other.told.count(1);
  expect(accepted).toBe(1);
  await listener.accept();
  await (await pair()).told.count(0);
  expect(accepted).toBe(2);
  for (const client of clients) client.destroy();
  other.stop();
  listener.stop();
});

test("a socket that waits for its clients does not stop the event loop", async () => {
  const first = await listening(() => undefined);
  const [getFlags, setFlags, nonBlocking] = [3, 4, 0o4000];
  const fd = duplicate(native, first.fd);
  first.stop();
  native.fcntl(fd, setFlags, native.fcntl(fd, getFlags, 0) & ~nonBlocking);
  const accepted = Promise.withResolvers<void>();
  const listener = await listening(() => {
    accepted.resolve();
    return undefined;
  }, fd);
  const client = connectClient(listener.port, "127.0.0.1");
  client.on("error", () => {});
  await accepted.promise;
  client.destroy();
  listener.stop();
});

test("an exception in a handler costs its connection, and nobody else's", async () => {
  const faults: unknown[] = [];
  onFault((error) => faults.push(error));
  const { told, client, stop } = await pair();
  const other = await pair();
  const closed = Promise.withResolvers<void>();
  told.connection!.handler = {
    onData() {
      throw new Error("a defect");
    },
    onDrain() {},
    onEnd() {},
    onClose: () => closed.resolve(),
  };
  client.write("x");
  other.client.write("y");
  await closed.promise;
  expect(await other.told.count(1)).toEqual(["y"]);
  expect(faults).toHaveLength(1);
  stop();
  other.stop();
});
