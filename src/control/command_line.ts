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

/** A command with its payload fits into one of HAProxy's buffers, so that clients know what to expect. */
export const commandBytesMax = 16384;

/** A word of HAProxy's that starts a payload: it ends with a line of what stands behind. */
const payloadStart = /(?:^|[ \t])<<([^ \t]{0,7})$/;

/**
 * Takes commands out of what a client sends, as HAProxy does: a newline or `;` ends one, blanks
 * separate words, `\` keeps either from doing so. Text is latin1.
 */
export class CommandReader {
  #text = "";
  /** The line whose payload is being gathered, and the line that ends it. */
  #payload: { readonly line: string; readonly end: string; text: string[] } | undefined;

  /** Bytes that are no command yet. */
  get pending(): number {
    return this.#text.length;
  }

  get gathersPayload(): boolean {
    return this.#payload !== undefined;
  }

  add(text: string): void {
    this.#text += text;
  }

  /** Takes all that is left, as it came. */
  rest(): string {
    const rest = this.#text;
    this.#text = "";
    return rest;
  }

  next(): Reading {
    for (;;) {
      const end = this.#payload ? this.#text.indexOf("\n") : endOfCommand(this.#text);
      if (end < 0) {
        const bytes = this.#text.length + payloadBytes(this.#payload?.text);
        return bytes > commandBytesMax ? { kind: "too-long" } : { kind: "incomplete" };
      }
      if (end > commandBytesMax) return { kind: "too-long" };
      const line = this.#text.slice(0, end).replace(/\r$/, "");
      this.#text = this.#text.slice(end + 1);
      const command = this.#payload ? this.#gather(line) : this.#begin(line);
      if (payloadBytes(this.#payload?.text) > commandBytesMax) return { kind: "too-long" };
      if (command) return { kind: "command", command };
    }
  }

  #begin(line: string): CommandLine | undefined {
    const start = payloadStart.exec(line);
    if (!start) return { words: splitWords(line), payload: undefined };
    this.#payload = { line: line.slice(0, start.index), end: start[1]!, text: [] };
    return undefined;
  }

  #gather(line: string): CommandLine | undefined {
    const payload = this.#payload!;
    if (line !== payload.end) {
      payload.text.push(line);
      return undefined;
    }
    this.#payload = undefined;
    return { words: splitWords(payload.line), payload: payload.text.join("\n") };
  }
}

function payloadBytes(lines: readonly string[] | undefined): number {
  return lines?.reduce((bytes, line) => bytes + line.length + 1, 0) ?? 0;
}

/** Where the first newline or `;` stands that no `\` takes the meaning of. */
function endOfCommand(text: string): number {
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "\n" || char === ";") return at;
    if (char === "\\" && text[at + 1] !== "\n") at++;
  }
  return -1;
}

/** Words between blanks; a `\` stands for what follows it. */
export function splitWords(line: string): string[] {
  const words = line.match(/(?:[^ \t\\]|\\[^]|\\$)+/g) ?? [];
  return words.map((word) => word.replaceAll(/\\([^])|\\$/g, "$1"));
}
