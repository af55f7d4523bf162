import type { ByteSet } from "./byte_set.ts";

/**
 * Zero-width conditions. `circumflex` is `^` (which a search behind the start of the text may
 * disable, as PCRE2_NOTBOL does), `textStart` is `\A`, `dollar` is `$` and `\Z` (the end, or before
 * a newline that ends the text), `textEnd` is `\z`; the line forms are `^` and `$` under `(?m)`.
 */
export type Assertion =
  | "circumflex"
  | "textStart"
  | "dollar"
  | "textEnd"
  | "lineStart"
  | "lineEnd"
  | "wordBoundary"
  | "noWordBoundary";

/** A parsed pattern. Letter case is already folded into the sets. */
export type Node =
  | { readonly kind: "empty" }
  | { readonly kind: "set"; readonly set: ByteSet }
  | { readonly kind: "assert"; readonly what: Assertion }
  | { readonly kind: "sequence"; readonly items: readonly Node[] }
  | { readonly kind: "alternation"; readonly branches: readonly Node[] }
  | { readonly kind: "capture"; readonly index: number; readonly body: Node }
  | Repeat
  | Atomic;

export interface Repeat {
  readonly kind: "repeat";
  readonly body: Node;
  readonly min: number;
  /** Infinity for none. */
  readonly max: number;
  readonly greedy: boolean;
}

/** `(?>…)`, `a*+`, `\R`: once it has matched, it is not entered again. */
export interface Atomic {
  readonly kind: "atomic";
  readonly body: Node;
  /** How it was written, for the message that refuses it. */
  readonly written: "atomic group" | "possessive quantifier" | "\\R";
  readonly offset: number;
}

export interface Pattern {
  readonly root: Node;
  readonly groupCount: number;
}

export const emptyNode: Node = { kind: "empty" };

/** The items as one node. */
export function sequence(items: readonly Node[]): Node {
  return items.length === 0
    ? emptyNode
    : items.length === 1
    ? items[0]!
    : { kind: "sequence", items };
}
