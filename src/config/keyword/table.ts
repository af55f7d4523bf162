import type { KeywordSpec } from "./spec.ts";

/** Rows whose name begins with the same word. */
interface Family<Draft> {
  /** Words of the longest name. */
  wordsMax: number;
  /** Those of more than this word, like those of `timeout`. */
  readonly members: KeywordSpec<Draft>[];
}

/** The keywords of one kind of section; refuses a name that is in it twice. */
export class KeywordTable<Draft> {
  readonly #byName = new Map<string, KeywordSpec<Draft>>();
  readonly #families = new Map<string, Family<Draft>>();

  constructor(readonly specs: readonly KeywordSpec<Draft>[]) {
    for (const spec of specs) {
      if (this.#byName.has(spec.name)) throw new Error(`keyword '${spec.name}' is in two tables`);
      this.#byName.set(spec.name, spec);
      this.#join(spec);
    }
  }

  /** The row whose words a line begins with, the longest one. */
  find(words: readonly string[]): KeywordSpec<Draft> | undefined {
    const longest = this.#families.get(words[0]!)?.wordsMax ?? 1;
    for (let count = Math.min(longest, words.length); count > 0; count--) {
      const name = words.slice(0, count).join(" ");
      // `http-check set-var(txn.x)` carries its argument with it.
      const found = this.#byName.get(name) ?? this.#byName.get(name.replace(/\(.*\)$/, ""));
      if (found) return found;
    }
    return undefined;
  }

  /** Rows of more words that begin with this one, like those of `timeout`. */
  family(word: string): readonly KeywordSpec<Draft>[] {
    return this.#families.get(word)?.members ?? [];
  }

  #join(spec: KeywordSpec<Draft>): void {
    const words = spec.name.split(" ");
    const [first] = words as [string];
    let family = this.#families.get(first);
    if (!family) this.#families.set(first, family = { wordsMax: 1, members: [] });
    family.wordsMax = Math.max(family.wordsMax, words.length);
    if (words.length > 1) family.members.push(spec);
  }
}
