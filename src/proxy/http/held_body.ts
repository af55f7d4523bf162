import { Buffer } from "node:buffer";
import { latin1 } from "../../http/latin1.ts";
import type { Framing } from "../../http/framing.ts";
import type { BodyFacts } from "../../lang/context.ts";
import type { Outbox } from "../../net/outbox.ts";
import { type BodyCoding, writeBody } from "./body_writer.ts";

/** Most bytes of a body that are held while it is waited for (`tune.bufsize`). */
export const heldBodyBytesMax = 16384;

/**
 * Smaller pieces are copied together, as are those of reads that hold little else: a piece kept as it
 * is keeps its whole read alive, and a chunk of one byte may come with thousands of framing.
 */
const gatheredBytesMax = 512;

interface Piece {
  readonly bytes: Uint8Array;
  readonly from: number;
  to: number;
  /** Our own copy: more may be put behind `to`. */
  readonly gathered: boolean;
}

/** Body bytes that arrived and wait to be sent on: until a server is there, or a rule has looked. */
export class HeldBody {
  #pieces: Piece[] = [];
  size = 0;

  add(bytes: Uint8Array, from: number, to: number): void {
    this.size += to - from;
    if (to - from >= gatheredBytesMax && to - from >= bytes.length / 2) {
      this.#pieces.push({ bytes, from, to, gathered: false });
    } else this.#gather(bytes.subarray(from, to));
  }

  #gather(bytes: Uint8Array): void {
    const last = this.#pieces.at(-1);
    if (last?.gathered && last.bytes.length - last.to >= bytes.length) {
      last.bytes.set(bytes, last.to);
      last.to += bytes.length;
      return;
    }
    const copy = Buffer.allocUnsafe(Math.max(gatheredBytesMax, bytes.length));
    copy.set(bytes);
    this.#pieces.push({ bytes: copy, from: 0, to: bytes.length, gathered: true });
  }

  /** What rules may read of it. */
  facts(framing: Framing, complete: boolean): BodyFacts {
    const pieces = this.#pieces;
    const { size } = this;
    return {
      get text() {
        return pieces.map((p) => latin1(p.bytes, p.from, p.to)).join("");
      },
      size: framing.kind === "length" ? framing.length : size,
      complete,
    };
  }

  /** Sends all of it and forgets it. */
  release(out: Outbox, coding: BodyCoding): void {
    for (const piece of this.#pieces) writeBody(out, coding, piece.bytes, piece.from, piece.to);
    this.#pieces = [];
    this.size = 0;
  }

  /** Sends all of it and keeps it, in case the request must be sent again. */
  copyTo(out: Outbox, coding: BodyCoding): void {
    for (const piece of this.#pieces) writeBody(out, coding, piece.bytes, piece.from, piece.to);
  }

  /** All of it as one piece. */
  whole(): Uint8Array {
    return Buffer.concat(this.#pieces.map((p) => p.bytes.subarray(p.from, p.to)));
  }

  /** All of it as one piece, which is then forgotten. */
  take(): Uint8Array {
    const whole = this.whole();
    this.#pieces = [];
    this.size = 0;
    return whole;
  }
}
