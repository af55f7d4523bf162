import { asciiLower } from "../ascii.ts";
import type { IndexEntry } from "./entry.ts";
import type { IndexOptions, PatternIndex } from "./index.ts";
import { RadixTrie } from "./radix_trie.ts";

/**
 * `beg` and `end`: the text begins or ends with a pattern. Where several match, `beg` without `-i`
 * decides by the longest and the others by the first in the list, as HAProxy's tree and lists do.
 */
export class AffixIndex<E extends IndexEntry> implements PatternIndex<E> {
  readonly #trie: RadixTrie<E>;
  readonly #ignoreCase: boolean;
  readonly #byLength: boolean;
  #size = 0;
  /** The one pattern of a list of one, which needs no trie; undefined otherwise. */
  #only: { readonly key: string; readonly entry: E } | undefined;
  readonly #atEnd: boolean;

  constructor(side: "prefix" | "suffix", options: Pick<IndexOptions, "ignoreCase">) {
    this.#trie = new RadixTrie(side);
    this.#ignoreCase = options.ignoreCase;
    this.#atEnd = side === "suffix";
    this.#byLength = side === "prefix" && !options.ignoreCase;
  }

  add(entry: E): void {
    const key = this.keyOf(entry.text);
    this.#trie.add(key, entry);
    this.#size++;
    this.#only = this.#size === 1 ? { key, entry } : undefined;
  }

  remove(entry: E): "removed" | "rebuild" {
    if (this.#trie.repeated > 0) return "rebuild";
    this.#trie.remove(this.keyOf(entry.text));
    this.#size--;
    this.#only = undefined;
    return "removed";
  }

  find(value: string): E | undefined {
    const text = this.keyOf(value);
    const only = this.#only;
    if (only !== undefined) {
      const fits = this.#atEnd ? text.endsWith(only.key) : text.startsWith(only.key);
      return fits ? only.entry : undefined;
    }
    return this.#byLength ? this.#trie.longest(text) : this.#trie.oldest(text);
  }

  collect(value: string, into: E[]): void {
    this.#trie.collect(this.keyOf(value), into);
  }

  keyOf(text: string): string {
    return this.#ignoreCase ? asciiLower(text) : text;
  }
}
