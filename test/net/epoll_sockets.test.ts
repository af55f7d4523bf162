import { expect, test } from "bun:test";
import { duplicate, socketPair } from "../../ffi/mod.ts";
import { adoptSocket } from "../../src/net/adopted_socket.ts";
import { EpollConnection } from "../../src/net/epoll/epoll_connection.ts";
import { openedTurns } from "../../src/net/epoll/turns.ts";
import { connect } from "../../src/net/open.ts";
import { seamCases, useSockets } from "./stage/seam_cases.ts";
import { bytesOf, listening, native, pair, rawPair, Told, unixServer } from "./stage/told.ts";

useSockets("epoll");
seamCases(EpollConnection);

test("the runtime's event loop is woken by sockets that are not its own", async () => {
  const { told, stop } = await pair();
  expect(openedTurns()).toBeDefined();
  expect(told.connection).toBeInstanceOf(EpollConnection);
  stop();
});

test("more sockets than the kernel tells of at once are all told of", async () => {
  const count = 700;
  const ends = Array.from({ length: count }, () => socketPair(native));
  const all = await Promise.all(ends.map(([fd]) => adopted(fd)));
  for (const [, other] of ends) native.send(other, bytesOf("x"), 1, 0);
  for (const told of all) expect(await told.count(1)).toEqual(["x"]);
  for (const [, other] of ends) native.close(other);
  for (const told of all) expect(await told.count(2)).toEqual(["x", "end"]);
  for (const told of all) told.connection!.close();
  for (const told of all) expect(await told.count(3)).toEqual(["x", "end", "close"]);
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

/** Ends with a reset what `fd` leads to. */
function resetNow(fd: number): void {
  native.setsockopt(fd, 1, 13, new Uint8Array(Int32Array.of(1, 0).buffer), 8);
  native.close(fd);
}

test("a reset that a write has found first is told as a reset, not as an end", async () => {
  const { told, fd, listener } = await rawPair();
  native.send(fd, bytesOf("half"), 4, 0);
  await told.count(1);
  // The write, before the event loop turns, takes the socket's error away.
  resetNow(fd);
  expect(told.connection!.write(bytesOf("x"), 0, 1)).toBe(0);
  expect(await told.count(2)).toEqual(["half", "close reset"]);
  listener.stop();
});

test("a reset that a write has found first is told while nothing is read", async () => {
  const { told, fd, listener } = await rawPair();
  told.connection!.pause();
  resetNow(fd);
  expect(told.connection!.write(bytesOf("x"), 0, 1)).toBe(0);
  expect(await told.count(1)).toEqual(["close reset"]);
  listener.stop();
});

test("a unix server that has answered and closed before the event loop turns was reached", async () => {
  const server = unixServer();
  const told = new Told();
  const connection = connect({ kind: "unix", path: server.path }, told);
  const fd = server.accept();
  native.send(fd, bytesOf("hello"), 5, 0);
  native.close(fd);
  expect(await told.count(3)).toEqual(["open", "hello", "end"]);
  connection.close();
  expect((await told.count(4)).at(-1)).toBe("close");
  server.stop();
});

test("a unix peer that has closed takes nothing: whoever writes is told", async () => {
  const server = unixServer();
  const told = new Told();
  const connection = connect({ kind: "unix", path: server.path }, told);
  const fd = server.accept();
  await told.count(1);
  native.close(fd);
  expect(await told.count(2)).toEqual(["open", "end"]);
  expect(connection.write(bytesOf("x"), 0, 1)).toBe(0);
  expect(await told.count(3)).toEqual(["open", "end", "close reset"]);
  server.stop();
});

function adopted(fd: number): Promise<Told> {
  return new Promise((resolve, reject) => {
    adoptSocket(fd, "reading", (connection) => {
      const told = new Told(connection);
      connection.handler = told;
      resolve(told);
    }, () => reject(new Error("The peer is gone already")));
  });
}

// The kernel knew the closed one yet, and refused the next one of the same number.
test("of one socket, a descriptor after the other is adopted and closed", async () => {
  await listening(() => undefined).then((listener) => listener.stop());
  const [kept, other] = socketPair(native);
  const numbers: number[] = [];
  for (const word of ["one", "two", "three"]) {
    const fd = duplicate(native, kept);
    numbers.push(fd);
    const told = await adopted(fd);
    native.send(other, bytesOf(word), word.length, 0);
    expect(await told.count(1)).toEqual([word]);
    told.connection!.close();
    expect(await told.count(2)).toEqual([word, "close"]);
  }
  expect(new Set(numbers).size).toBe(1);
  native.close(kept);
  native.close(other);
});

// Somebody was served who had left already: the end of a unix peer was told of a turn later than its last bytes.
test("the last bytes and the end of a unix peer are told of in one turn", async () => {
  const server = unixServer();
  const told = new Told();
  const connection = connect({ kind: "unix", path: server.path }, told);
  const fd = server.accept();
  await told.count(1);
  native.send(fd, bytesOf("last"), 4, 0);
  native.close(fd);
  await told.count(2);
  expect(told.events).toEqual(["open", "last", "end"]);
  connection.close();
  server.stop();
});
