import { type CompiledRegex, compileRegex } from "../regex/compile.ts";
import { AffixIndex } from "./affix.ts";
import type { IndexEntry, RegexCapture } from "./entry.ts";
import { ExactIndex } from "./exact.ts";
import type { IndexOptions, PatternIndex } from "./index.ts";
import { SubstringIndex } from "./substring.ts";

/** What stands in the index of plain texts for an expression that is one. */
interface Literal<E> extends IndexEntry {
  readonly entry: E;
}

type LiteralIndex<E> = PatternIndex<Literal<E>>;
type LiteralKind = NonNullable<CompiledRegex["literal"]>["kind"];

/**
 * `reg` and `regm`: a regular expression is found in the text; the first in the list decides.
 * Expressions that are plain texts in disguise (`^/api`, `\.png$`) share an index; the others are
 * tried one by one.
 */
export class RegexIndex<E extends IndexEntry> implements PatternIndex<E> {
  #regexes: { readonly regex: CompiledRegex; readonly entry: E }[] = [];
  readonly #compiled = new Map<E, CompiledRegex>();
  readonly #literals = new Map<string, LiteralIndex<E>>();

  constructor(private readonly options: Pick<IndexOptions, "ignoreCase">) {}

  add(entry: E): void {
    const regex = compileRegex(entry.text, { ignoreCase: this.options.ignoreCase });
    this.#compiled.set(entry, regex);
    const { literal } = regex;
    if (literal === undefined) this.#regexes.push({ regex, entry });
    else {
      const key = `${literal.kind} ${literal.ignoreCase}`;
      let index = this.#literals.get(key);
      if (index === undefined) {
        index = literalIndex<E>(literal.kind, literal.ignoreCase);
        this.#literals.set(key, index);
      }
      index.add({ id: entry.id, text: literal.text, entry });
    }
  }

  remove(entry: E): "removed" | "rebuild" {
    if (this.#compiled.get(entry)?.literal !== undefined) return "rebuild";
    this.#compiled.delete(entry);
    this.#regexes = this.#regexes.filter((r) => r.entry !== entry);
    return "removed";
  }

  keyOf(text: string): string {
    return text;
  }

  find(value: string): E | undefined {
    let best: E | undefined;
    for (const index of this.#literals.values()) {
      const found = this.#oldest(index, value);
      if (found !== undefined && (best === undefined || found.id < best.id)) best = found;
    }
    for (const { regex, entry } of this.#regexes) {
      if (best !== undefined && best.id < entry.id) break;
      if (regex.test(value)) return entry;
    }
    return best;
  }

  collect(value: string, into: E[]): void {
    const found: Literal<E>[] = [];
    for (const index of this.#literals.values()) index.collect(value, found);
    for (const { entry } of found) into.push(entry);
    for (const { regex, entry } of this.#regexes) if (regex.test(value)) into.push(entry);
  }

  capture(value: string): { entry: E; capture: RegexCapture } | undefined {
    const entry = this.find(value);
    const capture = entry && this.#compiled.get(entry)!.exec(value);
    return entry === undefined || capture === undefined ? undefined : { entry, capture };
  }

  /** The index may decide by length; here the order of the list counts. */
  #oldest(index: LiteralIndex<E>, value: string): E | undefined {
    if (index.find(value) === undefined) return undefined;
    const all: Literal<E>[] = [];
    index.collect(value, all);
    return all.reduce((a, b) => (b.id < a.id ? b : a)).entry;
  }
}

function literalIndex<E>(kind: LiteralKind, ignoreCase: boolean): LiteralIndex<E> {
  switch (kind) {
    case "exact":
      return new ExactIndex({ ignoreCase });
    case "prefix":
    case "suffix":
      return new AffixIndex(kind, { ignoreCase });
    case "substring":
      return new SubstringIndex({ ignoreCase });
  }
}
