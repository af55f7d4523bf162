import { invertedPatternOf } from "../byte_pattern.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { Dice } from "./dice.ts";

const pieceBytesMax = 65_536;
const pauseMsMax = 20;

/** How bytes are sent. */
export interface Manner {
  readonly dice: Dice;
  readonly pace: "at once" | "slow";
  readonly framing: "length" | "chunked" | "close";
}

/**
 * Sends bytes `0`..`to` of a stream, inverted, of a body that has `length` of them: only who sends
 * the last one ends a body in chunks.
 *
 * @returns how many were sent
 */
export async function sendBody(
  into: ByteStream,
  stream: number,
  to: number,
  length: number,
  { dice, pace, framing }: Manner,
): Promise<number> {
  let sent = 0;
  while (sent < to) {
    const most = pace === "slow" ? dice.from(1, Math.max(1, Math.ceil(to / 8))) : pieceBytesMax;
    const piece = invertedPatternOf(stream, sent, Math.min(to - sent, most));
    const framed = framing === "chunked" ? chunk(piece, dice) : piece;
    if (!await into.write(framed)) return sent;
    sent += piece.length;
    if (pace === "slow") await Bun.sleep(dice.from(0, pauseMsMax));
  }
  if (framing === "chunked" && to === length) {
    await into.text(dice.oneIn(4) ? "0\r\nX-Trailer: t\r\n\r\n" : "0\r\n\r\n");
  }
  return sent;
}

function chunk(piece: Uint8Array, dice: Dice): Uint8Array {
  const length = piece.length.toString(16).padStart(dice.from(1, 6), "0");
  return Buffer.concat([Buffer.from(`${length}\r\n`), piece, Buffer.from("\r\n")]);
}

/** Sends text in pieces that end anywhere. */
export async function sendText(into: ByteStream, text: string, dice: Dice): Promise<boolean> {
  let at = 0;
  while (at < text.length) {
    const to = dice.oneIn(2) ? text.length : at + dice.from(1, text.length - at);
    if (!await into.text(text.slice(at, to))) return false;
    at = to;
    if (at < text.length) await Bun.sleep(dice.from(0, 2));
  }
  return true;
}
