import type { Buffer } from "node:buffer";

/** Buffer's own conversion, which the types of Bun leave out: several times `toString`'s speed. */
interface Latin1Slice {
  latin1Slice(from: number, to: number): string;
}

/** Bytes `from`..`to` as text, one code unit a byte. The bytes must be a Buffer. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return (bytes as Buffer & Latin1Slice).latin1Slice(from, to);
}
