import { Buffer } from "node:buffer";
import { latin1 } from "../../http/latin1.ts";
import type { StreamBuffer } from "../../lang/context.ts";

/** Bytes that one side has sent and that wait: for rules to look at them, or for the other side. */
export class ReceivedBytes implements StreamBuffer {
  #pieces: Uint8Array[] = [];
  #text: string | undefined;
  size = 0;
  /** No more will come. */
  ended = false;

  /** @param bytesMax from here on rules decide on what there is (`tune.bufsize` - `tune.maxrewrite`) */
  constructor(readonly bytesMax: number) {}

  get text(): string {
    return this.#text ??= this.#pieces.map((piece) => latin1(piece, 0, piece.length)).join("");
  }

  get full(): boolean {
    return this.size >= this.bytesMax;
  }

  get closed(): boolean {
    return this.ended || this.full;
  }

  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    // Put together anew with every byte of a client that sends them singly, it would cost their square.
    if (this.#text !== undefined) this.#text += latin1(bytes, 0, bytes.length);
    this.size += bytes.length;
  }

  /** Gives all of it to `next`, in order, and forgets it. */
  release(next: (piece: Uint8Array) => void): void {
    const pieces = this.#pieces;
    this.#clear();
    for (const piece of pieces) next(piece);
  }

  /** All of it as one piece, which is then forgotten; undefined when there is nothing. */
  take(): Uint8Array | undefined {
    const [first] = this.#pieces;
    const whole = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : first;
    this.#clear();
    return whole;
  }

  #clear(): void {
    this.#pieces = [];
    this.#text = undefined;
    this.size = 0;
  }
}
