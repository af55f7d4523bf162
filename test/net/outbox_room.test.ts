import { afterEach, describe, expect, test } from "bun:test";
import type { Connection, ConnectionHandler } from "../../src/net/connection.ts";
import { flushOutbox, Outbox } from "../../src/net/outbox.ts";

const scratchBytes = 65536;

/** A connection that takes no more bytes than there is room for. */
class FakeConnection implements Connection {
  readonly fd = -1;
  readonly ended = false;
  readonly remote = undefined;
  readonly remotePort = 0;
  readonly local = undefined;
  readonly localPort = 0;
  handler!: ConnectionHandler;
  taken = "";
  /** Arguments of every call, as they came. */
  readonly calls: { readonly bytes: Uint8Array; readonly length: number }[] = [];

  constructor(public room = Infinity) {}

  write(bytes: Uint8Array, from: number, to: number): number {
    const count = Math.min(this.room, to - from);
    this.calls.push({ bytes, length: to - from });
    this.room -= count;
    this.taken += Buffer.from(bytes.subarray(from, from + count)).toString("latin1");
    return count;
  }

  shutdown(): void {}
  close(): void {}
  drop(): void {}
  reset(): void {}
  pause(): void {}
  resume(): void {}
  letGo(): void {}
}

function made(room?: number): { out: Outbox; connection: FakeConnection } {
  const out = new Outbox({ outputWaits() {} });
  const connection = new FakeConnection(room);
  out.connection = connection;
  return { out, connection };
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

afterEach(flushOutbox);

describe("what is gathered", () => {
  test("goes out in one write, at the end of the wake-up", () => {
    const { out, connection } = made();
    out.text("head\r\n\r\n");
    out.bytes(bytesOf("xbodyx"), 1, 5);
    out.bytes(Buffer.from("tail"), 0, 4);
    out.text("");
    expect(connection.calls).toEqual([]);
    flushOutbox();
    expect(connection.taken).toBe("head\r\n\r\nbodytail");
    expect(connection.calls.length).toBe(1);
    expect(out.written).toBe(16);
    expect(out.pending).toBe(0);
    flushOutbox();
    expect(connection.calls.length).toBe(1);
  });

  test("is latin1, byte for byte", () => {
    const { out, connection } = made();
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
    out.text(all);
    out.flush();
    expect(connection.taken).toBe(all);
  });

  // What was left of an overflow once belonged to nobody: it could reach the next one's peer.
  test("beyond the buffer is still its own, and goes to nobody else", () => {
    const a = made();
    const b = made();
    const piece = "a".repeat(20_000);
    for (let i = 0; i < 4; i++) a.out.bytes(bytesOf(piece), 0, piece.length);
    b.out.text("b");
    flushOutbox();
    expect(b.connection.taken).toBe("b");
    expect(a.connection.taken === piece.repeat(4)).toBe(true);
    for (let i = 0; i < 4; i++) a.out.text(piece);
    flushOutbox();
    expect(a.connection.taken === piece.repeat(8)).toBe(true);
  });

  test("of more than the buffer holds keeps its order", () => {
    const { out, connection } = made();
    let expected = "";
    for (let i = 0; i < 40; i++) {
      const text = `${i}:`.padEnd(5000, String.fromCharCode(65 + i % 26));
      if (i % 2 === 0) out.text(text);
      else out.bytes(bytesOf(text), 0, text.length);
      expected += text;
    }
    flushOutbox();
    expect(connection.taken === expected).toBe(true);
    expect(out.written).toBe(expected.length);
  });
});

describe("a big piece", () => {
  test("of bytes goes out as it is, behind what was gathered", () => {
    const { out, connection } = made();
    const big = bytesOf("y".repeat(3 * scratchBytes));
    out.text("head");
    out.bytes(big, 0, big.length);
    out.text("tail");
    flushOutbox();
    expect(connection.taken === "head" + "y".repeat(big.length) + "tail").toBe(true);
    expect(connection.calls[1]!.bytes).toBe(big);
  });

  test("of which only a part is wanted goes out uncopied, too", () => {
    const { out, connection } = made();
    const big = bytesOf("a" + "y".repeat(2 * scratchBytes) + "b");
    out.bytes(big, 1, big.length - 1);
    flushOutbox();
    expect(connection.taken === "y".repeat(2 * scratchBytes)).toBe(true);
    expect(connection.calls[0]!.bytes.buffer).toBe(big.buffer);
  });

  test("of text", () => {
    const { out, connection } = made();
    out.text("head");
    out.text("z".repeat(scratchBytes + 1));
    out.text("tail");
    flushOutbox();
    expect(connection.taken === "head" + "z".repeat(scratchBytes + 1) + "tail").toBe(true);
  });
});

describe("what the kernel does not take", () => {
  test("waits, and goes out in order as there is room", () => {
    const { out, connection } = made(3);
    out.text("012345");
    out.flush();
    expect([connection.taken, out.pending]).toEqual(["012", 3]);
    out.text("6789");
    const big = "b".repeat(scratchBytes);
    out.bytes(bytesOf(big), 0, big.length);
    flushOutbox();
    // Nothing may overtake what waits.
    connection.room = 2;
    expect(out.drain()).toBe(false);
    expect([connection.taken, out.pending]).toEqual(["01234", 5 + big.length]);
    connection.room = 5 + 10;
    expect(out.drain()).toBe(false);
    expect(connection.taken).toBe("0123456789" + "b".repeat(10));
    connection.room = Infinity;
    expect(out.drain()).toBe(true);
    expect(connection.taken === "0123456789" + big).toBe(true);
    expect(out.pending).toBe(0);
  });

  test("is not asked of it again before it has drained", () => {
    const { out, connection } = made(0);
    out.text("a");
    out.flush();
    out.text("b");
    out.flush();
    expect(connection.calls.length).toBe(1);
    expect(out.pending).toBe(2);
  });

  test("is a copy: the shared buffer goes on to others", () => {
    const slow = made(0);
    const quick = made();
    slow.out.text("slow bytes");
    quick.out.text("quick bytes");
    flushOutbox();
    slow.connection.room = Infinity;
    slow.out.drain();
    expect([slow.connection.taken, quick.connection.taken]).toEqual(["slow bytes", "quick bytes"]);
  });

  test("of a whole piece of bytes", () => {
    const { out, connection } = made(100);
    const big = "x".repeat(scratchBytes + 5);
    out.bytes(bytesOf(big), 0, big.length);
    expect(out.pending).toBe(big.length - 100);
    out.text("tail");
    connection.room = Infinity;
    // Draining sends what is gathered behind it, too.
    expect(out.drain()).toBe(true);
    expect(connection.taken === big + "tail").toBe(true);
  });
});

describe("discarding", () => {
  test("drops what was gathered and what waits", () => {
    const { out, connection } = made(1);
    out.text("ab");
    out.flush();
    out.text("cd");
    out.discard();
    flushOutbox();
    connection.room = Infinity;
    expect(out.drain()).toBe(true);
    expect([connection.taken, out.pending]).toEqual(["a", 0]);
    out.text("late");
    out.bytes(new Uint8Array(2 * scratchBytes), 0, 2 * scratchBytes);
    flushOutbox();
    expect([connection.taken, out.pending]).toEqual(["a", 0]);
  });

  test("drops nothing of another one", () => {
    const a = made();
    const b = made();
    a.out.text("a");
    b.out.discard();
    flushOutbox();
    expect(a.connection.taken).toBe("a");
  });

  test("without a connection yet, nothing is kept", () => {
    const out = new Outbox({ outputWaits() {} });
    out.text("early");
    flushOutbox();
    expect(out.pending).toBe(0);
  });
});
