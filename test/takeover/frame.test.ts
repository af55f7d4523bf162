import { expect, test } from "bun:test";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { type Frame, frameBytesMax, FrameReader, writeFrame } from "../../src/takeover/frame.ts";
import { messages, readMessage } from "../../src/takeover/message.ts";

const frames = fc.record({
  type: fc.integer({ min: 0, max: 255 }),
  optional: fc.boolean(),
  descriptors: fc.integer({ min: 0, max: 65535 }),
  number: fc.integer({ min: 0, max: 0xffffffff }),
  text: fc.string({ unit: "grapheme" }),
  bytes: fc.uint8Array({ maxLength: 200 }),
});

function readAll(reader: FrameReader): Frame[] {
  const read: Frame[] = [];
  for (;;) {
    const next = reader.next();
    if (next.kind !== "frame") return read;
    read.push({ ...next.frame, bytes: Uint8Array.from(next.frame.bytes) });
  }
}

test("frames come out as they went in, wherever the stream is cut", () => {
  fc.assert(fc.property(
    fc.array(frames, { maxLength: 5 }),
    fc.array(fc.nat(600), { maxLength: 10 }),
    (written, cuts) => {
      const stream = Buffer.concat(written.map((frame) => writeFrame(frame)!));
      const at = [0, ...cuts.map((cut) => Math.min(cut, stream.length)), stream.length];
      at.sort((a, b) => a - b);
      const reader = new FrameReader();
      const read: Frame[] = [];
      for (let i = 1; i < at.length; i++) {
        reader.add(stream.subarray(at[i - 1]!, at[i]!));
        read.push(...readAll(reader));
      }
      expect(read).toEqual(written);
    },
  ));
});

test("rubbish is a frame of unknown meaning, incomplete, or refused: never an exception", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (pieces) => {
    const reader = new FrameReader();
    for (const piece of pieces) {
      reader.add(piece);
      for (;;) {
        const next = reader.next();
        if (next.kind !== "frame") break;
        readMessage(next.frame);
      }
    }
  }));
});

test("a frame that says it is longer than any is refused before its bytes are waited for", () => {
  const reader = new FrameReader();
  const header = Buffer.alloc(4);
  header.writeUInt32LE(frameBytesMax);
  reader.add(header);
  expect(reader.next()).toEqual({ kind: "invalid", why: "a frame is too long" });
});

test("what would be too long is not written", () => {
  const frame = { type: 1, optional: false, descriptors: 0, number: 1, text: "" };
  expect(writeFrame({ ...frame, bytes: new Uint8Array(frameBytesMax) })).toBeUndefined();
  expect(writeFrame({ ...frame, bytes: new Uint8Array(frameBytesMax - 16) })).toBeDefined();
});

test("a message has to say what its name promises", () => {
  const frame = (type: number, text: string, optional = false): Frame => ({
    type,
    optional,
    text,
    descriptors: 0,
    number: 1,
    bytes: new Uint8Array(0),
  });
  const { number } = messages.took;
  expect(readMessage(frame(number, '{"batch":3}'))).toMatchObject({ kind: "message" });
  expect(readMessage(frame(number, '{"batch":-1}')).kind).toBe("invalid");
  expect(readMessage(frame(number, "{")).kind).toBe("invalid");
  expect(readMessage(frame(250, "{}")).kind).toBe("invalid");
  expect(readMessage(frame(250, "{}", true)).kind).toBe("passed over");
});
