import type { Address } from "../address.ts";
import type { Value } from "../value.ts";
import type { IndexEntry, RegexCapture } from "./entry.ts";

/**
 * Patterns of one list, compiled for one match method. Values given to it are already cast to the
 * type that the method takes.
 */
export interface PatternIndex<E extends IndexEntry> {
  /**
   * Takes one more entry; its id is above all others. Throws LangError with HAProxy's text when the
   * pattern is not one of this method. The index is unchanged then.
   */
  add(entry: E): void;
  /** Takes an entry out; "rebuild" when the index has to be made anew without it. */
  remove(entry: E): "removed" | "rebuild";
  /** Patterns of the same key are one pattern to the index. Throws LangError as `add` does. */
  keyOf(text: string): string;
  /** The entry that decides (HAProxy's choice where several match), or undefined. */
  find(value: Value): E | undefined;
  /** Appends every entry that matches, in no particular order; of one key, the first alone. */
  collect(value: Value, into: E[]): void;
  /** For regular expressions: what the deciding entry captured. */
  capture?(value: Value): { readonly entry: E; readonly capture: RegexCapture } | undefined;
}

export interface IndexOptions {
  /** `-i`: letters A to Z match in either case. */
  readonly ignoreCase: boolean;
  /** Resolves host names of address patterns while a configuration is loaded; absent under `-n`. */
  readonly resolve?: (name: string) => Address | undefined;
}
