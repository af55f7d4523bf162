import { isInverted } from "../byte_pattern.ts";
import type { ByteStream } from "./byte_stream.ts";

/** The first line of a message, and its fields by their names in small letters. */
export interface Head {
  readonly line: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** What has come of a body. */
export interface Body {
  readonly bytes: number;
  /** None of them was another than it should be. */
  readonly right: boolean;
  readonly whole: boolean;
}

/** Undefined when the stream ends before there is one. */
export async function readHead(from: ByteStream): Promise<Head | undefined> {
  const text = await from.textUpTo("\r\n\r\n");
  if (text === undefined) return undefined;
  const [line, ...lines] = text.slice(0, -4).split("\r\n");
  const fields = lines.map((field): [string, string] => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
  });
  return { line: line!, fields: new Map(fields) };
}

/**
 * Reads a body whose bytes are a stream's, inverted.
 *
 * @param unframed how long it is where its head does not say it
 * @param rest is waited for between the pieces
 */
export async function readBody(
  from: ByteStream,
  { fields }: Head,
  stream: number,
  unframed: "none" | "to the end",
  rest: () => Promise<void> | undefined = () => undefined,
): Promise<Body> {
  const reading = new Reading(from, stream, rest);
  if (fields.get("transfer-encoding") === "chunked") return await reading.chunks();
  const length = fields.get("content-length");
  if (length !== undefined) return await reading.bytes(Number(length));
  if (unframed === "none") return await reading.bytes(0);
  await reading.bytes(Infinity);
  return { ...reading.body(from.endedBy === "end") };
}

class Reading {
  #bytes = 0;
  #right = true;

  constructor(
    private readonly from: ByteStream,
    private readonly stream: number,
    private readonly rest: () => Promise<void> | undefined,
  ) {}

  body(whole: boolean): Body {
    return { bytes: this.#bytes, right: this.#right, whole };
  }

  async bytes(count: number): Promise<Body> {
    let left = count;
    while (left > 0) {
      const piece = await this.from.piece();
      if (!piece) return this.body(false);
      const own = piece.subarray(0, left);
      this.from.putBack(piece.subarray(own.length));
      if (!isInverted(this.stream, this.#bytes, own)) this.#right = false;
      this.#bytes += own.length;
      left -= own.length;
      await this.rest();
    }
    return this.body(true);
  }

  async chunks(): Promise<Body> {
    for (;;) {
      const line = await this.from.textUpTo("\r\n");
      if (line === undefined) return this.body(false);
      const length = Number.parseInt(line, 16);
      if (Number.isNaN(length)) this.#right = false;
      if (!(length > 0)) return await this.#trailer();
      if (!(await this.bytes(length)).whole) return this.body(false);
      const end = await this.from.textUpTo("\r\n");
      if (end !== "\r\n") {
        this.#right &&= end === undefined;
        return this.body(false);
      }
    }
  }

  async #trailer(): Promise<Body> {
    for (;;) {
      const line = await this.from.textUpTo("\r\n");
      if (line === undefined) return this.body(false);
      if (line === "\r\n") return this.body(true);
    }
  }
}
