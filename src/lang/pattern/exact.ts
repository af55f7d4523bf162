import { asciiLower } from "../ascii.ts";
import type { IndexEntry } from "./entry.ts";
import type { IndexOptions, PatternIndex } from "./index.ts";

/** `str`: the whole text equals a pattern. One hash lookup, whatever the number of patterns. */
export class ExactIndex<E extends IndexEntry> implements PatternIndex<E> {
  readonly #entries = new Map<string, E>();
  readonly #ignoreCase: boolean;
  #repeated = 0;

  constructor(options: Pick<IndexOptions, "ignoreCase">) {
    this.#ignoreCase = options.ignoreCase;
  }

  add(entry: E): void {
    const key = this.keyOf(entry.text);
    if (this.#entries.has(key)) this.#repeated++;
    else this.#entries.set(key, entry);
  }

  remove(entry: E): "removed" | "rebuild" {
    const key = this.keyOf(entry.text);
    if (this.#repeated > 0) return "rebuild";
    this.#entries.delete(key);
    return "removed";
  }

  keyOf(text: string): string {
    return this.#ignoreCase ? asciiLower(text) : text;
  }

  find(value: string): E | undefined {
    if (this.#ignoreCase) return this.#entries.get(asciiLower(value));
    const found = this.#entries.get(value);
    if (found !== undefined) return found;
    // HAProxy looks the text up as a C string: what follows a NUL does not count.
    const nul = value.indexOf("\0");
    return nul < 0 ? undefined : this.#entries.get(value.substring(0, nul));
  }

  collect(value: string, into: E[]): void {
    const found = this.find(value);
    if (found !== undefined) into.push(found);
  }
}
