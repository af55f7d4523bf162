import { readTrailers } from "./head_reader.ts";

/** Longest chunk-size line with its extensions, and longest trailer section, in bytes. */
export const chunkLineBytesMax = 4096;
export const trailerBytesMax = 15360;
/**
 * Chunks up to this size are moved together in the read they came in: who sends a byte a chunk must not
 * cost a step of everything behind the reader for each.
 */
const movedBytesMax = 4096;
/** Sizes from 2^52 on are refused (HAProxy's limit). */
const chunkSizeMax = 2 ** 52;

const enum State {
  Size,
  SizeBlank,
  Extension,
  SizeLf,
  Data,
  DataCr,
  DataLf,
  Trailers,
  Done,
}

/** What one step of the reader found; see {@link ChunkReader.step}. */
export type ChunkStep = "data" | "more" | "done" | "invalid";

/**
 * Reads the chunked coding (RFC 9112 §7.1) from pieces split anywhere. Extensions are dropped; a
 * chunk-size line ends with CRLF and nothing else.
 */
export class ChunkReader {
  #state: State = State.Size;
  #size = 0;
  #digits = 0;
  #lineBytes = 0;
  #trailers = "";
  /** Told once the data in front of the offending byte is. */
  #broken = false;
  /** After `data`: the piece's bounds. After any step: where the next step starts. */
  dataStart = 0;
  dataEnd = 0;
  at = 0;
  /** Trailer fields, each line ended by CRLF, after `done`; "" without any. */
  trailers = "";

  /** Bytes left of the chunk being read. */
  get left(): number {
    return this.#state === State.Data ? this.#size : 0;
  }

  /**
   * Goes on at `from`. `data`: `dataStart`..`dataEnd` of `bytes` belong to the body. `more`: all
   * was read. `done`: the body has ended before `at`. `invalid`: the coding is broken at `at`.
   * Small chunks are moved together: what is in front of `at` is not what was received any more.
   */
  step(bytes: Uint8Array, from: number): ChunkStep {
    let i = from;
    this.dataStart = this.dataEnd = -1;
    while (i < bytes.length && !this.#broken) {
      if (this.#state === State.Data) {
        const taken = this.#takeData(bytes, i);
        if (taken === 0) break;
        i += taken;
      } else if (this.#state === State.Trailers) {
        if (this.dataEnd >= 0) break;
        return this.#takeTrailers(bytes, i);
      } else if (this.#state === State.Size && this.#digits === 0 && this.dataEnd >= 0) {
        const next = this.#takeSmallChunks(bytes, i);
        if (next === i && !this.#takeByte(bytes[i]!)) this.#broken = true;
        else i = Math.max(next, i + 1);
      } else if (this.#takeByte(bytes[i]!)) i++;
      else this.#broken = true;
    }
    this.at = i;
    if (this.dataEnd >= 0) return "data";
    return this.#broken ? "invalid" : "more";
  }

  /**
   * Takes the small chunks at `from` that are all here and say nothing but their size into the piece;
   * returns where the first other one starts. What they say is read as elsewhere, in a loop of its own:
   * a read may hold a hundred thousand of them.
   */
  #takeSmallChunks(bytes: Uint8Array, from: number): number {
    let end = this.dataEnd;
    let start = from;
    for (;;) {
      let i = start;
      let size = 0;
      for (let digit = hexDigit(bytes[i]!); digit >= 0; digit = hexDigit(bytes[++i]!)) {
        size = size * 16 + digit;
        if (size > movedBytesMax) break;
      }
      const next = i + size + 4;
      const isWhole = i > start && size > 0 && size <= movedBytesMax && next <= bytes.length &&
        bytes[i] === 13 && bytes[i + 1] === 10 && bytes[next - 2] === 13 && bytes[next - 1] === 10;
      if (!isWhole || i - start > chunkLineBytesMax) break;
      if (size < 16) { for (let k = i + 2; k < next - 2; k++) bytes[end++] = bytes[k]!; }
      else {
        bytes.copyWithin(end, i + 2, next - 2);
        end += size;
      }
      start = next;
    }
    this.dataEnd = end;
    return start;
  }

  /** Takes data at `from` into the piece, and returns how much; 0 when that is for the next step. */
  #takeData(bytes: Uint8Array, from: number): number {
    const taken = Math.min(this.#size, bytes.length - from);
    if (this.dataEnd < 0) {
      this.dataStart = from;
      this.dataEnd = from + taken;
    } else if (taken > movedBytesMax) return 0;
    else {
      // To where the framing between them was, which is read already.
      bytes.copyWithin(this.dataEnd, from, from + taken);
      this.dataEnd += taken;
    }
    this.#size -= taken;
    if (this.#size === 0) this.#state = State.DataCr;
    return taken;
  }

  /** One byte of the framing between data; false when it may not stand here. */
  #takeByte(c: number): boolean {
    switch (this.#state) {
      case State.Size: {
        const digit = hexDigit(c);
        if (digit >= 0) {
          this.#digits++;
          this.#size = this.#size * 16 + digit;
          return this.#size < chunkSizeMax && ++this.#lineBytes <= chunkLineBytesMax;
        }
        return this.#digits > 0 && this.#afterSize(c);
      }
      case State.SizeBlank:
        return this.#afterSize(c);
      case State.Extension:
        if (c === 13) this.#state = State.SizeLf;
        return c !== 10 && c !== 0 && ++this.#lineBytes <= chunkLineBytesMax;
      case State.SizeLf:
        this.#state = this.#size === 0 ? State.Trailers : State.Data;
        this.#digits = this.#lineBytes = 0;
        return c === 10;
      case State.DataCr:
        this.#state = State.DataLf;
        return c === 13;
      case State.DataLf:
        this.#state = State.Size;
        return c === 10;
      default:
        return false;
    }
  }

  #afterSize(c: number): boolean {
    if (c === 13) this.#state = State.SizeLf;
    else if (c === 59) this.#state = State.Extension;
    else if (c === 32 || c === 9) this.#state = State.SizeBlank;
    else return false;
    return ++this.#lineBytes <= chunkLineBytesMax;
  }

  #takeTrailers(bytes: Uint8Array, from: number): ChunkStep {
    for (let i = from; i < bytes.length; i++) {
      const c = bytes[i]!;
      const strayCr = c !== 10 && this.#trailers.endsWith("\r");
      if (c === 0 || strayCr || this.#trailers.length >= trailerBytesMax) {
        this.at = i;
        return "invalid";
      }
      this.#trailers += String.fromCharCode(c);
      if (c !== 10) continue;
      const end = trailersEnd(this.#trailers);
      if (end < 0) continue;
      const fields = end === 0 ? undefined : readTrailers(this.#trailers);
      this.at = i + 1;
      if (end > 0 && !fields) return "invalid";
      this.trailers = fields?.render() ?? "";
      this.#state = State.Done;
      return "done";
    }
    this.at = bytes.length;
    return "more";
  }
}

/** Where the empty line starts that ends the trailers; -1 when it is not there yet. */
function trailersEnd(text: string): number {
  if (text === "\r\n" || text === "\n") return 0;
  if (text.endsWith("\n\r\n")) return text.length - 2;
  return text.endsWith("\n\n") ? text.length - 1 : -1;
}

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const lower = c | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
