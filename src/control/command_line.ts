/** A command and what came with it. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly payload: string | undefined;
}

/** What {@link CommandReader.next} came to. */
export type Reading =
  | { readonly kind: "command"; readonly command: CommandLine }
  /** It is not all there. */
  | { readonly kind: "incomplete" }
  /** Longer than {@link commandBytesMax}. */
  | { readonly kind: "too-long" };

/**
 * A command with its payload, and what ends them, fits into one of HAProxy's buffers (`tune.bufsize`
 * unless it is set there), so that clients know what to expect.
 */
export const commandBytesMax = 16383;

/** A word of HAProxy's that starts a payload: it ends with a line of what stands behind. */
const payloadStart = /(?:^|[ \t])<<([^ \t]{0,7})$/;

interface Payload {
  readonly line: string;
  readonly end: string;
  readonly text: string[];
  /** With the command. */
  bytes: number;
}

/**
 * Takes commands out of what a client sends, as HAProxy does: a newline or `;` ends one, blanks
 * separate words, `\` keeps either from doing so. Text is latin1.
 */
export class CommandReader {
  #text = "";
  /** Where in it the next line begins … */
  #at = 0;
  /** … and up to where no end of it was found. */
  #seen = 0;
  /** The line whose payload is being gathered, and the line that ends it. */
  #payload: Payload | undefined;

  /** Bytes that are no command yet. */
  get pending(): number {
    return this.#text.length - this.#at;
  }

  get gathersPayload(): boolean {
    return this.#payload !== undefined;
  }

  add(text: string): void {
    this.#seen -= this.#at;
    this.#text = this.rest() + text;
  }

  /** Takes all that is left, as it came. */
  rest(): string {
    const rest = this.#text.slice(this.#at);
    this.#text = "";
    this.#at = 0;
    return rest;
  }

  next(): Reading {
    for (;;) {
      const end = this.#findEnd();
      const bytes = (this.#payload?.bytes ?? 0) + (end < 0 ? this.pending : end + 1 - this.#at);
      if (bytes > commandBytesMax || end < 0 && bytes === commandBytesMax) {
        return { kind: "too-long" };
      }
      if (end < 0) return { kind: "incomplete" };
      const line = this.#text.slice(this.#at, end).replace(/\r$/, "");
      this.#at = this.#seen = end + 1;
      const command = this.#payload
        ? this.#gather(this.#payload, line, bytes)
        : this.#begin(line, bytes);
      if (command) return { kind: "command", command };
    }
  }

  /** Where the line ends; -1 when the end is not there. */
  #findEnd(): number {
    const text = this.#text;
    if (this.#payload) return text.indexOf("\n", this.#at);
    for (let at = this.#seen; at < text.length; at++) {
      const char = text[at];
      if (char === "\n" || char === ";") return at;
      if (char !== "\\" || text[at + 1] === "\n") continue;
      // What it takes the meaning of may be yet to come.
      if (at + 1 === text.length) {
        this.#seen = at;
        return -1;
      }
      at++;
    }
    this.#seen = text.length;
    return -1;
  }

  #begin(line: string, bytes: number): CommandLine | undefined {
    const start = payloadStart.exec(line);
    if (!start) return { words: splitWords(line), payload: undefined };
    this.#payload = { line: line.slice(0, start.index), end: start[1]!, text: [], bytes };
    return undefined;
  }

  #gather(payload: Payload, line: string, bytes: number): CommandLine | undefined {
    payload.bytes = bytes;
    if (line !== payload.end) {
      payload.text.push(line);
      return undefined;
    }
    this.#payload = undefined;
    return { words: splitWords(payload.line), payload: payload.text.join("\n") };
  }
}

const nothing: readonly string[] = [];

/** Words between blanks; a `\` stands for what follows it. */
export function splitWords(line: string): readonly string[] {
  if (line === "") return nothing;
  const words = line.match(/(?:[^ \t\\]|\\[^]|\\$)+/g) ?? [];
  return words.map((word) => word.replaceAll(/\\([^])|\\$/g, "$1"));
}
