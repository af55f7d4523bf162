import type { KeywordSpec } from "./spec.ts";

/** The keywords of one kind of section; refuses a name that is in it twice. */
export class KeywordTable<Draft> {
  readonly #byName = new Map<string, KeywordSpec<Draft>>();
  readonly #wordsMax: number;

  constructor(readonly specs: readonly KeywordSpec<Draft>[]) {
    let wordsMax = 1;
    for (const spec of specs) {
      if (this.#byName.has(spec.name)) throw new Error(`keyword '${spec.name}' is in two tables`);
      this.#byName.set(spec.name, spec);
      wordsMax = Math.max(wordsMax, spec.name.split(" ").length);
    }
    this.#wordsMax = wordsMax;
  }

  /** The row whose words a line begins with, the longest one. */
  find(words: readonly string[]): KeywordSpec<Draft> | undefined {
    for (let count = Math.min(this.#wordsMax, words.length); count > 0; count--) {
      const name = words.slice(0, count).join(" ");
      // `http-check set-var(txn.x)` carries its argument with it.
      const found = this.#byName.get(name) ?? this.#byName.get(name.replace(/\(.*\)$/, ""));
      if (found) return found;
    }
    return undefined;
  }

  /** Rows of more words that begin with this one, like those of `timeout`. */
  family(word: string): readonly KeywordSpec<Draft>[] {
    return this.specs.filter((spec) => spec.name.startsWith(`${word} `));
  }
}
