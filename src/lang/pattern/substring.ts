import { asciiLower } from "../ascii.ts";
import { Automaton } from "./automaton.ts";
import type { IndexEntry } from "./entry.ts";
import type { IndexOptions, PatternIndex } from "./index.ts";

/** Up to this many patterns are looked for one after the other, which the runtime does fastest. */
const oneByOneMax = 4;

/** `sub`: a pattern stands somewhere in the text. Many patterns become one Aho-Corasick automaton. */
export class SubstringIndex<E extends IndexEntry> implements PatternIndex<E> {
  #keys: string[] = [];
  #entries: E[] = [];
  #automaton: Automaton<E> | undefined;
  readonly #ignoreCase: boolean;

  constructor(options: Pick<IndexOptions, "ignoreCase">) {
    this.#ignoreCase = options.ignoreCase;
  }

  add(entry: E): void {
    this.#keys.push(this.keyOf(entry.text));
    this.#entries.push(entry);
    this.#automaton = undefined;
  }

  remove(entry: E): "removed" | "rebuild" {
    const at = this.#entries.indexOf(entry);
    if (at < 0) return "rebuild";
    this.#keys.splice(at, 1);
    this.#entries.splice(at, 1);
    this.#automaton = undefined;
    return "removed";
  }

  find(value: string): E | undefined {
    const text = this.keyOf(value);
    if (this.#keys.length > oneByOneMax) return this.#compiled().oldest(text);
    for (let i = 0; i < this.#keys.length; i++) {
      if (text.includes(this.#keys[i]!)) return this.#entries[i];
    }
    return undefined;
  }

  collect(value: string, into: E[]): void {
    const text = this.keyOf(value);
    if (this.#keys.length > oneByOneMax) return this.#compiled().collect(text, into);
    for (let i = 0; i < this.#keys.length; i++) {
      if (text.includes(this.#keys[i]!)) into.push(this.#entries[i]!);
    }
  }

  #compiled(): Automaton<E> {
    return this.#automaton ??= new Automaton(this.#keys, this.#entries);
  }

  keyOf(text: string): string {
    return this.#ignoreCase ? asciiLower(text) : text;
  }
}
