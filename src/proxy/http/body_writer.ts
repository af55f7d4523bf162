import type { Outbox } from "../../net/outbox.ts";

/** How a body is written on the way out. */
export type BodyCoding = "plain" | "chunked";

/** Writes bytes `from`..`to` of a body. */
export function writeBody(
  out: Outbox,
  coding: BodyCoding,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  if (coding === "plain") out.bytes(bytes, from, to);
  else {
    out.text((to - from).toString(16) + "\r\n");
    out.bytes(bytes, from, to);
    out.text("\r\n");
  }
}

/** Ends a body; trailers are lines with their ends, "" without any. */
export function endBody(out: Outbox, coding: BodyCoding, trailers: string): void {
  if (coding === "chunked") out.text("0\r\n" + trailers + "\r\n");
}
