import { Buffer } from "node:buffer";

/** A prime: no buffer or packet is a multiple of it, so that none can be lost unnoticed. */
const periodBytes = 65_521;
/** More than what is written or read at once. */
const sliceBytesMax = 1 << 20;

const table = makeTable();
const invertedTable = Buffer.from(table.map((byte) => byte ^ 255));

/** Numbers that look random and are the same each time. */
function makeTable(): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(periodBytes + sliceBytesMax);
  let state = 1;
  for (let i = 0; i < periodBytes; i++) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
    bytes[i] = state >>> 24;
  }
  for (let i = periodBytes; i < bytes.length; i++) bytes[i] = bytes[i - periodBytes]!;
  return bytes;
}

function place(stream: number, at: number): number {
  return (stream * 7919 + at) % periodBytes;
}

/** What a stream has to say from byte `at` on; each stream says something else. */
export function patternOf(stream: number, at: number, length: number): Buffer<ArrayBuffer> {
  const from = place(stream, at);
  return table.subarray(from, from + Math.min(length, sliceBytesMax));
}

/** The same, each byte inverted. */
export function invertedPatternOf(stream: number, at: number, length: number): Uint8Array {
  const from = place(stream, at);
  return invertedTable.subarray(from, from + Math.min(length, sliceBytesMax));
}

/** Whether these are the bytes of a stream from `at` on, each of them inverted. */
export function isInverted(stream: number, at: number, bytes: Uint8Array): boolean {
  for (let done = 0; done < bytes.length; done += sliceBytesMax) {
    const some = bytes.subarray(done, done + sliceBytesMax);
    const from = place(stream, at + done);
    if (!invertedTable.subarray(from, from + some.length).equals(some)) return false;
  }
  return true;
}

export function invert(bytes: Uint8Array): Buffer {
  const inverted = Buffer.allocUnsafe(bytes.length);
  for (let i = 0; i < bytes.length; i++) inverted[i] = bytes[i]! ^ 255;
  return inverted;
}
