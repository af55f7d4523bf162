import { describe, expect, test } from "bun:test";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { HeldBody } from "../../src/proxy/http/held_body.ts";

const length = { kind: "length", length: 0 } as const;

describe("a held body", () => {
  test("is what was added, whatever the pieces", () => {
    const piece = fc.tuple(fc.uint8Array({ maxLength: 1500 }), fc.nat(), fc.nat());
    fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const held = new HeldBody();
      let all = "";
      for (const [bytes, a, b] of pieces) {
        const read = Buffer.from(bytes);
        const [from, to] = [a % (read.length + 1), b % (read.length + 1)].sort((x, y) => x - y);
        held.add(read, from!, to!);
        all += read.toString("latin1", from, to);
      }
      expect(held.size).toBe(all.length);
      expect(held.facts(length, true).text).toBe(all);
      expect(Buffer.from(held.take()).toString("latin1")).toBe(all);
    }));
  });

  // A chunk of one byte came with 4 kB of extension, and kept them: 60 MB for a body of 16 kB.
  test("keeps no read alive of which it needs a little", async () => {
    const held = new HeldBody();
    const reads: WeakRef<Buffer>[] = [];
    for (let i = 0; i < 100; i++) {
      const read = Buffer.allocUnsafeSlow(4096);
      reads.push(new WeakRef(read));
      held.add(read, 10, 11);
    }
    // A reference is kept until its turn of the event loop is over.
    await new Promise((resolve) => setTimeout(resolve));
    Bun.gc(true);
    expect(held.size).toBe(100);
    expect(reads.filter((read) => read.deref()).length).toBeLessThan(10);
  });
});
