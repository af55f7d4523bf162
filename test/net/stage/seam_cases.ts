import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect as connectClient, createServer } from "node:net";
import { duplicate, sendFds } from "../../../ffi/mod.ts";
import type { Connection, Target } from "../../../src/net/connection.ts";
import { onFault } from "../../../src/net/event_fault.ts";
import { connect } from "../../../src/net/open.ts";
import { bytesOf, listening, native, pair, rawPair, Told, unixServer } from "./told.ts";

/** Lets the tests of a file have these sockets. Processes that other tests start have their own. */
export function useSockets(sockets: "epoll" | "runtime"): void {
  const usual = process.env.SLUICE_SOCKETS;
  beforeAll(() => {
    process.env.SLUICE_SOCKETS = sockets;
  });
  afterAll(() => {
    if (usual === undefined) delete process.env.SLUICE_SOCKETS;
    else process.env.SLUICE_SOCKETS = usual;
  });
}

/** What all sockets do, whoever reads and writes them; theirs are of this kind. */
export function seamCases(kind: new (...args: never[]) => Connection): void {
  test("the last bytes and the end come in order, once", async () => {
    const { told, client, stop } = await pair();
    client.end("last");
    expect(await told.count(2)).toEqual(["last", "end"]);
    const answer = Buffer.from("answer");
    const received = new Promise((resolve) =>
      client.once("data", (bytes) => resolve(String(bytes)))
    );
    expect(told.connection!.write(answer, 0, answer.length)).toBe(answer.length);
    expect(await received).toBe("answer");
    told.connection!.close();
    expect(await told.count(3)).toEqual(["last", "end", "close"]);
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
    expect(connection).toBeInstanceOf(kind);
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

  test("bytes behind one out of band are read: a read ends before it", async () => {
    const outOfBand = 1;
    const { told, fd, listener } = await rawPair();
    // All of it waits when the first read comes: nothing is told of again.
    native.send(fd, bytesOf("before"), 6, 0);
    native.send(fd, bytesOf("!"), 1, outOfBand);
    native.send(fd, bytesOf("behind"), 6, 0);
    while (told.events.join("") !== "beforebehind") await told.count(told.events.length + 1);
    native.close(fd);
    listener.stop();
  });

  test("bytes behind descriptors are read: a read ends behind what they came with", async () => {
    const server = unixServer();
    const told = new Told();
    const connection = connect({ kind: "unix", path: server.path }, told);
    const fd = server.accept();
    await told.count(1);
    // All of it waits when the first read comes: nothing is told of again.
    native.send(fd, bytesOf("before"), 6, 0);
    expect(sendFds(native, fd, [fd], bytesOf("with")).kind).toBe("sent");
    native.send(fd, bytesOf("behind"), 6, 0);
    while (told.events.join("") !== "openbeforewithbehind") {
      await told.count(told.events.length + 1);
    }
    connection.close();
    native.close(fd);
    server.stop();
  });

  test("a connection that its acceptor closes at once costs no fault", async () => {
    const faults: unknown[] = [];
    onFault((error) => faults.push(error));
    const listener = await listening((connection) => {
      const told = new Told(connection);
      connection.close();
      return told;
    });
    const client = connectClient(listener.port, "127.0.0.1");
    await new Promise((resolve) => client.once("close", resolve));
    expect(faults).toEqual([]);
    listener.stop();
  });
}
