import type { Context, StreamBuffer } from "../context.ts";
import type { FetchSpec } from "../spec.ts";
import type { Value } from "../value.ts";
import type { Reading } from "./reading.ts";
import { plain } from "./row.ts";

/** Bytes of HAProxy's buffer: what would lie beyond never comes. */
export const bufferBytesDefault = 16384;

/**
 * Which bytes a fetch reads. An HTTP stream has none of either, and rules over what a server sends
 * see no longer what the client sent.
 */
export type BufferOf = (cx: Context) => StreamBuffer | undefined;

export const requestBufferOf: BufferOf = (cx) => cx.requestBuffer;
export const responseBufferOf: BufferOf = (cx) => cx.responseBuffer;
/** The bytes that pass: the server's while they are inspected, else the client's. */
export const passingBufferOf: BufferOf = (cx) => cx.responseBuffer ?? cx.requestBuffer;

/** What was read; notes that more bytes may show it. */
export function settle<T>(cx: Context, buffer: StreamBuffer, reading: Reading<T>): T | undefined {
  if (reading === "incomplete") {
    if (!buffer.closed) cx.mayChange = true;
    return undefined;
  }
  return reading === "absent" ? undefined : reading.value;
}

/** `make` of a fetch without arguments that reads something off the bytes. */
export function reads(
  bufferOf: BufferOf,
  reader: (bytes: string) => Reading<Value>,
): FetchSpec["make"] {
  return plain((cx) => {
    const buffer = bufferOf(cx);
    return buffer && settle(cx, buffer, reader(buffer.text));
  });
}
