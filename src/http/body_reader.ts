import { ChunkReader } from "./chunk_reader.ts";
import { type Framing, noBody } from "./framing.ts";

/**
 * `data`: `dataStart`..`dataEnd` belong to the body. `more`: all bytes were read. `done`: the body
 * ended before `at`. `invalid`: the framing is broken at `at`.
 */
export type BodyStep = "data" | "more" | "done" | "invalid";

/** Cuts one message's body out of pieces of a stream, whatever its framing. */
export class BodyReader {
  dataStart = 0;
  dataEnd = 0;
  at = 0;
  framing: Framing = noBody;
  #left = 0;
  #chunks: ChunkReader | undefined;

  constructor(framing: Framing) {
    this.start(framing);
  }

  /** Begins another body. */
  start(framing: Framing): void {
    this.framing = framing;
    this.#left = framing.kind === "length"
      ? framing.length
      : framing.kind === "none"
      ? 0
      : Infinity;
    this.#chunks = framing.kind === "chunked" ? new ChunkReader() : undefined;
  }

  /** Trailer fields as received, after `done`. */
  get trailers(): string {
    return this.#chunks?.trailers ?? "";
  }

  /** Bytes that are known to follow; Infinity when only the end will tell. */
  get left(): number {
    return this.#left;
  }

  step(bytes: Uint8Array, from: number): BodyStep {
    const chunks = this.#chunks;
    if (chunks) {
      const step = chunks.step(bytes, from);
      this.dataStart = chunks.dataStart;
      this.dataEnd = chunks.dataEnd;
      this.at = chunks.at;
      if (step === "done") this.#left = 0;
      return step;
    }
    if (this.#left === 0) {
      this.at = from;
      return "done";
    }
    if (from >= bytes.length) {
      this.at = from;
      return "more";
    }
    this.dataStart = from;
    this.dataEnd = this.at = Math.min(bytes.length, from + this.#left);
    this.#left -= this.dataEnd - from;
    return "data";
  }
}
