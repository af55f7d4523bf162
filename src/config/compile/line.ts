import { nearest, type Suggestion } from "../../lang/nearest.ts";
import { LangError } from "../../lang/spec.ts";
import { ConfigError } from "../config_error.ts";
import type { Position, Severity } from "../diagnostic.ts";
import type { DiagnosticCode } from "../diagnostic_code.ts";
import { sourceWords } from "../convert/source_words.ts";
import type { Directive, Word } from "../directive.ts";
import { parseSize, parseTime, timerMsMax, type TimeUnit } from "../quantity.ts";
import type { Site } from "./site.ts";

/** What stands before the keyword: `no` undoes it, `default` forgets what was said about it. */
export type LinePrefix = "none" | "no" | "default";

/**
 * One line of configuration as its keyword reads it: a cursor over the words behind the keyword,
 * and the means to say what is wrong with them. Everything that fails throws ConfigError.
 */
export class Line {
  #next: number;

  /**
   * @param words the line's words without a prefix
   * @param keyword the keyword's name, all its words
   */
  constructor(
    readonly site: Site,
    readonly directive: Directive,
    readonly words: readonly Word[],
    readonly keyword: string,
    readonly prefix: LinePrefix,
  ) {
    this.#next = keyword.split(" ").length;
  }

  get at(): Position {
    return this.directive.at;
  }

  /** Words behind the keyword, as text. */
  get texts(): string[] {
    return this.rest.map((word) => word.text);
  }

  /** The words behind the keyword as the file has them: with their quotes, and one blank between. */
  get written(): string {
    const { words } = sourceWords(this.directive.source, "in-quotes");
    return words.slice(this.keyword.split(" ").length).join(" ");
  }

  /** The words not taken yet. */
  get rest(): readonly Word[] {
    return this.words.slice(this.#next);
  }

  peek(): string | undefined {
    return this.words[this.#next]?.text;
  }

  /** Takes the next word; `missing` is the message when there is none. */
  take(missing: string): Word {
    const word = this.words[this.#next];
    if (!word) throw this.error("missing-argument", missing);
    this.#next++;
    return word;
  }

  /** Takes the next word when it is this one. */
  skip(text: string): boolean {
    if (this.peek() !== text) return false;
    this.#next++;
    return true;
  }

  takeAll(): Word[] {
    const { rest } = this;
    this.#next = this.words.length;
    return [...rest];
  }

  /** Refuses words that are left over. */
  end(): void {
    const word = this.words[this.#next];
    if (!word) return;
    const message = `'${this.keyword}' cannot handle unexpected argument '${word.text}'`;
    throw this.error("extra-argument", message, word);
  }

  /** One word out of a list. */
  oneOf<T extends string>(word: Word, allowed: readonly T[], message: string): T {
    const found = allowed.find((text) => text === word.text);
    if (found !== undefined) return found;
    throw this.error("bad-value", message, word, () => nearest(word.text, allowed));
  }

  /** An integer between two bounds; HAProxy's `atol` would take `x` for 0, which helps nobody. */
  integer(word: Word, min: number, max = 2147483647, what = this.keyword): number {
    if (!/^-?[0-9]+$/.test(word.text)) {
      throw this.error("bad-number", `'${what}' expects an integer argument`, word);
    }
    const value = Number(word.text);
    if (value >= min && value <= max) return value;
    const range = value < min ? `at least ${min}` : `at most ${max}`;
    throw this.error("bad-number", `'${what}' : '${word.text}' must be ${range}`, word);
  }

  /** A time in milliseconds. `what` names it in messages, `timeout client` for instance. */
  time(word: Word, defaultUnit: TimeUnit = "ms", what = this.keyword): number {
    const read = parseTime(word.text, defaultUnit);
    if (!("kind" in read)) {
      if (read.trailing !== undefined) {
        this.warn(
          "time-trailing",
          `unexpected character '${read.trailing}' after the timer value '${word.text}', only ` +
            "(us=microseconds,ms=milliseconds,s=seconds,m=minutes,h=hours,d=days) are supported",
          word,
        );
      }
      return read.value;
    }
    if (read.kind === "character") {
      const message = `unexpected character '${read.character}' in '${what}'`;
      throw this.error("bad-time", message, word);
    }
    throw this.error(
      "bad-time",
      `timer overflow in argument '${word.text}' to '${what}' ` +
        `(maximum value is ${timerMsMax} ms or ~24.8 days)`,
      word,
    );
  }

  size(word: Word): number {
    const read = parseSize(word.text);
    if (!("kind" in read)) return read.value;
    throw this.error("bad-size", `'${this.keyword}' : '${word.text}' is not a valid size`, word);
  }

  error(code: DiagnosticCode, message: string, word?: Word, hint?: Suggestion): ConfigError {
    return new ConfigError(code, message, word?.at ?? this.at, hint);
  }

  warn(code: DiagnosticCode, message: string, word?: Word, severity: Severity = "warning"): void {
    this.site.report({ severity, code, at: word?.at ?? this.at, message });
  }

  /** An error of the expression language or of an action, placed at the word it is about. */
  place(error: LangError, code: DiagnosticCode, message = error.message): ConfigError {
    return new ConfigError(code, message, this.#placeOf(error.word), error.suggestion);
  }

  #placeOf(text: string | undefined): Position {
    if (text === undefined || text === "") return this.at;
    const whole = this.words.find((word) => word.text === text);
    if (whole) return whole.at;
    const part = this.words.find((word) => word.text.includes(text));
    return part?.at ?? this.at;
  }
}
