import { describe, expect, test } from "bun:test";
import { Buffer } from "node:buffer";
import type { Connection } from "../../src/net/connection.ts";
import { onFault } from "../../src/net/event_fault.ts";
import { flushOutbox, Outbox } from "../../src/net/outbox.ts";

/** A peer that takes `room` bytes; calls of `write` are kept. */
function peer(room = Infinity) {
  const writes: string[] = [];
  const connection = {
    room,
    write(bytes: Uint8Array, from: number, to: number): number {
      const taken = Math.min(to - from, this.room);
      this.room -= taken;
      if (taken > 0) {
        writes.push(Buffer.from(bytes.subarray(from, from + taken)).toString("latin1"));
      }
      return taken;
    },
  };
  return { writes, connection };
}

function outboxTo(to: ReturnType<typeof peer>) {
  let waits = 0;
  const out = new Outbox({ outputWaits: () => void waits++ });
  out.connection = to.connection as unknown as Connection;
  return { out, waits: () => waits };
}

const bytes = (text: string) => Buffer.from(text, "latin1");

describe("outboxes within one wake-up", () => {
  test("share the buffer, and each peer gets its own bytes in one write", () => {
    const [a, b] = [peer(), peer()];
    const [toA, toB] = [outboxTo(a).out, outboxTo(b).out];
    toA.text("one ");
    toA.bytes(bytes("-two-"), 1, 4);
    toB.text("three");
    expect([...a.writes, ...b.writes]).toEqual([]);
    flushOutbox();
    expect(a.writes).toEqual(["one two"]);
    expect(b.writes).toEqual(["three"]);
  });

  test("keep the order of a peer that is written to again", () => {
    const [a, b] = [peer(), peer()];
    const [toA, toB] = [outboxTo(a).out, outboxTo(b).out];
    toA.text("1");
    toB.text("x");
    toA.text("2");
    flushOutbox();
    expect(a.writes.join("")).toBe("12");
    expect(b.writes.join("")).toBe("x");
  });

  // The bytes of one were sent to another when the first one's write threw.
  test("send the others' bytes to the others when one fails", () => {
    const faults: unknown[] = [];
    onFault((error) => faults.push(error));
    const [a, b] = [peer(), peer()];
    const [toA, toB] = [outboxTo(a).out, outboxTo(b).out];
    let resets = 0;
    const broken = new Error("broken");
    Object.assign(a.connection, {
      write: () => {
        throw broken;
      },
      reset: () => void resets++,
    });
    toA.text("lost");
    toB.text("x");
    flushOutbox();
    toB.text("y");
    flushOutbox();
    expect(b.writes).toEqual(["x", "y"]);
    expect({ faults, resets }).toEqual({ faults: [broken], resets: 1 });
  });

  test("send what they hold before what does not fit beside it", () => {
    const [a, b] = [peer(), peer()];
    const [toA, toB] = [outboxTo(a).out, outboxTo(b).out];
    const large = "l".repeat(60_000);
    toA.text("head ");
    toB.text("b");
    toA.bytes(bytes(large), 0, large.length);
    toA.bytes(bytes(large), 0, large.length);
    flushOutbox();
    expect(a.writes.join("")).toBe("head " + large + large);
    expect(b.writes.join("")).toBe("b");
  });

  test("tell the owner when its peer does not take all, and send the rest on drain", () => {
    const a = peer(3);
    const { out, waits } = outboxTo(a);
    out.text("abcdef");
    expect(waits()).toBe(0);
    flushOutbox();
    expect(waits()).toBe(1);
    expect(out.pending).toBe(3);
    out.text("ghi");
    flushOutbox();
    expect(waits()).toBe(2);
    a.connection.room = Infinity;
    expect(out.drain()).toBe(true);
    expect(a.writes.join("")).toBe("abcdefghi");
  });

  test("forget what was meant for a connection that is gone, and no one else's", () => {
    const [a, b] = [peer(), peer()];
    const [toA, toB] = [outboxTo(a).out, outboxTo(b).out];
    toA.text("lost");
    toB.text("kept");
    toA.discard();
    flushOutbox();
    expect(a.writes).toEqual([]);
    expect(b.writes).toEqual(["kept"]);
  });
});
