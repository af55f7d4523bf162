import type { WordContext, WordFault } from "./words.ts";

/** A word and the offset at which it began. */
export interface Piece {
  readonly text: string;
  readonly offset: number;
  readonly quoted: boolean;
}

interface Scan {
  readonly pieces: Piece[];
  readonly fault: WordFault | undefined;
}

/** Thrown inside the scanner only. */
class Fault extends Error {
  constructor(
    readonly code: WordFault["code"],
    readonly text: string,
    readonly offset: number,
  ) {
    super(text);
  }
}

const unquotedEscapes: Readonly<Record<string, string>> = {
  " ": " ",
  "\\": "\\",
  "#": "#",
  "'": "'",
  '"': '"',
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Of one word with its variables: one that is made of itself again and again would fill the memory. */
const expandedCharactersMax = 1 << 20;

/** Characters that mean nothing outside of quotes. */
const ordinary = /[^ \t-\r"'\\$#]*/y;

const quotedEscapes: Readonly<Record<string, string>> = { ...unquotedEscapes, $: "$" };

/** One walk over a line. Not reusable. */
export class WordScanner {
  readonly #pieces: Piece[] = [];
  #at = 0;
  #word = "";
  #wordAt = -1;
  #quoted = false;
  /** An empty list was expanded in it: without any other text there is no word. */
  #vanishes = false;

  constructor(readonly text: string, readonly context: WordContext) {}

  scan(): Scan {
    return this.#guard(() => {
      while (this.#at < this.text.length && !this.#comment()) this.#unquoted();
      this.#endWord();
    });
  }

  whole(): Scan {
    return this.#guard(() => {
      this.#begin();
      this.#quoted = true;
      while (this.#at < this.text.length) this.#wholeCharacter();
      this.#endWord();
    });
  }

  #guard(walk: () => void): Scan {
    try {
      walk();
      return { pieces: this.#pieces, fault: undefined };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const at = this.context.place(error.offset);
      const message = `${error.text} at position ${at.column}`;
      return { pieces: this.#pieces, fault: { code: error.code, message, at } };
    }
  }

  #comment(): boolean {
    return this.text[this.#at] === "#" && !this.context.sharpIsText;
  }

  #unquoted(): void {
    const c = this.text[this.#at]!;
    if (isBlank(c)) {
      this.#endWord();
      this.#at++;
      return;
    }
    this.#begin();
    if (c === '"') this.#doubleQuotes();
    else if (c === "'") this.#singleQuotes();
    else if (c === "\\") this.#escape(unquotedEscapes);
    else if (c === "$" && this.#expandsHere()) this.#variable();
    else this.#ordinary(c);
  }

  /** A character that stands for itself, and those after it that cannot mean anything else. */
  #ordinary(c: string): void {
    this.#take(c);
    ordinary.lastIndex = this.#at;
    this.#word += ordinary.exec(this.text)![0];
    this.#at = ordinary.lastIndex;
  }

  #wholeCharacter(): void {
    const c = this.text[this.#at]!;
    if (c === "\\" && this.text[this.#at + 1] === "$" && this.context.expansion === "everywhere") {
      this.#word += "$";
      this.#at += 2;
    } else if (c === "$" && this.#expandsHere()) this.#variable();
    else this.#take(c);
  }

  /**
   * Outside of double quotes a `$` that cannot begin a name stays: it is the end of a regular
   * expression far more often than a mistake.
   */
  #expandsHere(): boolean {
    return this.context.expansion === "everywhere" &&
      /^(?:[A-Za-z_]|\{[A-Za-z_.])/.test(this.text.substring(this.#at + 1, this.#at + 3));
  }

  #doubleQuotes(): void {
    const open = this.#at++;
    this.#quoted = true;
    for (;;) {
      const c = this.text[this.#at];
      if (c === undefined) throw new Fault("unmatched-quote", "unmatched quote", open);
      if (c === '"') break;
      if (c === "\\") this.#escape(quotedEscapes);
      else if (c === "$") this.#variable();
      else this.#take(c);
    }
    this.#at++;
  }

  #singleQuotes(): void {
    const close = this.text.indexOf("'", this.#at + 1);
    if (close < 0) throw new Fault("unmatched-quote", "unmatched quote", this.#at);
    this.#quoted = true;
    this.#word += this.text.substring(this.#at + 1, close);
    this.#at = close + 1;
  }

  #escape(known: Readonly<Record<string, string>>): void {
    const c = this.text[this.#at + 1];
    if (c === "x") return this.#hexadecimal();
    const plain = c === undefined ? undefined : known[c];
    const dollar = c === "$" && this.context.expansion === "everywhere";
    if (plain === undefined && !dollar) return this.#take("\\");
    this.#word += plain ?? "$";
    this.#at += 2;
  }

  #hexadecimal(): void {
    const digits = this.text.substring(this.#at + 2, this.#at + 4);
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) {
      throw new Fault("bad-escape", "truncated or invalid hexadecimal sequence", this.#at);
    }
    this.#word += String.fromCharCode(parseInt(digits, 16));
    this.#at += 4;
  }

  #variable(): void {
    const braced = this.text[this.#at + 1] === "{";
    const start = this.#at + (braced ? 2 : 1);
    const name = /^\.?[A-Za-z_][A-Za-z0-9_]*/.exec(this.text.substring(start))?.[0];
    if (name === undefined || (name[0] === "." && !braced)) {
      const message = "forbidden first char in environment variable name";
      throw new Fault("bad-variable", message, start);
    }
    const value = this.context.variable(name);
    this.#at = start + name.length;
    if (!braced) this.#word += value ?? "";
    else this.#braced(value, start - 1);
    if (this.#word.length > expandedCharactersMax) {
      const message =
        `variable '${name}' makes a word of more than ${expandedCharactersMax} characters`;
      throw new Fault("bad-variable", message, start);
    }
  }

  /** After the name in braces: `-default`, `[*]`, and the closing brace. */
  #braced(value: string | undefined, brace: number): void {
    const list = this.text.startsWith("[*]", this.#at);
    if (list) this.#at += 3;
    let fallback = "";
    if (this.text[this.#at] === "-") {
      const close = this.text.indexOf("}", this.#at);
      fallback = close < 0 ? "" : this.text.substring(this.#at + 1, close);
      this.#at = close < 0 ? this.text.length : close;
    }
    if (this.text[this.#at] !== "}") {
      throw new Fault("bad-variable", "unmatched brace in environment variable name", brace);
    }
    this.#at++;
    if (list) this.#spread(value ?? fallback);
    else this.#word += value ?? fallback;
  }

  /** `${NAME[*]}`: every blank-separated part is a word of its own, and no part is no word. */
  #spread(value: string): void {
    const parts = value.split(/[ \t]+/).filter((part) => part !== "");
    for (const [i, part] of parts.entries()) {
      if (i > 0) {
        const offset = this.#wordAt;
        this.#endWord();
        this.#wordAt = offset;
        this.#quoted = true;
      }
      this.#word += part;
    }
    if (parts.length === 0) this.#vanishes = true;
  }

  #begin(): void {
    if (this.#wordAt < 0) this.#wordAt = this.#at;
  }

  #take(c: string): void {
    this.#word += c;
    this.#at++;
  }

  #endWord(): void {
    if (this.#wordAt >= 0 && !(this.#vanishes && this.#word === "")) {
      this.#pieces.push({ text: this.#word, offset: this.#wordAt, quoted: this.#quoted });
    }
    this.#word = "";
    this.#wordAt = -1;
    this.#quoted = false;
    this.#vanishes = false;
  }
}

function isBlank(c: string): boolean {
  return c === " " || (c >= "\t" && c <= "\r");
}
