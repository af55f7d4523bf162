import { asciiLower } from "../ascii.ts";
import type { IndexEntry } from "./entry.ts";
import type { IndexOptions, PatternIndex } from "./index.ts";

/** Delimiters of `dir` and of `dom`. */
const delimiters = { dir: "/?", dom: "/?.:" } as const;

/**
 * `dir` and `dom`: a pattern stands in the text between delimiters. Each run of words that is as
 * long as some pattern costs one hash lookup.
 */
export class WordsIndex<E extends IndexEntry> implements PatternIndex<E> {
  readonly #entries = new Map<string, E>();
  /** How many patterns have that many words; the longest pattern is the last. */
  readonly #byWords: number[] = [];
  readonly #delimiters: string;
  readonly #ignoreCase: boolean;
  #repeated = 0;

  constructor(method: "dir" | "dom", options: Pick<IndexOptions, "ignoreCase">) {
    this.#delimiters = delimiters[method];
    this.#ignoreCase = options.ignoreCase;
  }

  add(entry: E): void {
    const key = this.keyOf(entry.text);
    // A pattern of delimiters alone never matches.
    if (key === "") return;
    if (this.#entries.has(key)) {
      this.#repeated++;
      return;
    }
    this.#entries.set(key, entry);
    const words = this.#countWords(key);
    while (this.#byWords.length <= words) this.#byWords.push(0);
    this.#byWords[words]!++;
  }

  remove(entry: E): "removed" | "rebuild" {
    if (this.#repeated > 0) return "rebuild";
    const key = this.keyOf(entry.text);
    if (this.#entries.delete(key)) this.#byWords[this.#countWords(key)]!--;
    return "removed";
  }

  find(value: string): E | undefined {
    let best: E | undefined;
    this.#walk(value, (entry) => {
      if (best === undefined || entry.id < best.id) best = entry;
    });
    return best;
  }

  collect(value: string, into: E[]): void {
    this.#walk(value, (entry) => into.push(entry));
  }

  #walk(value: string, visit: (entry: E) => void): void {
    const text = this.#ignoreCase ? asciiLower(value) : value;
    const longest = this.#byWords.length - 1;
    let start = 0;
    while (start < text.length) {
      let end = start;
      for (let words = 1; words <= longest; words++) {
        end = this.#wordEnd(text, end);
        if (this.#byWords[words]! > 0 && end > start) {
          const entry = this.#entries.get(text.substring(start, end));
          if (entry !== undefined) visit(entry);
        }
        if (end >= text.length) break;
        end++;
      }
      start = this.#wordEnd(text, start) + 1;
    }
  }

  /** Offset of the first delimiter from `at` on, or the end. */
  #wordEnd(text: string, at: number): number {
    while (at < text.length && !this.#isDelimiter(text.charCodeAt(at))) at++;
    return at;
  }

  #isDelimiter(code: number): boolean {
    if (code === 47 || code === 63) return true;
    return (code === 46 || code === 58) && this.#delimiters.length > 2;
  }

  #countWords(key: string): number {
    let words = 1;
    for (let i = 0; i < key.length; i++) if (this.#isDelimiter(key.charCodeAt(i))) words++;
    return words;
  }

  /** The pattern without the delimiters at its ends. */
  keyOf(text: string): string {
    let start = 0;
    let end = text.length;
    while (start < end && this.#isDelimiter(text.charCodeAt(start))) start++;
    while (end > start && this.#isDelimiter(text.charCodeAt(end - 1))) end--;
    const key = text.substring(start, end);
    return this.#ignoreCase ? asciiLower(key) : key;
  }
}
