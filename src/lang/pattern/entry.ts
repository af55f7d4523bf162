/** One pattern of a list, with the map value behind it. */
export interface PatternEntry {
  /** Grows with every entry added to its list, so that it orders them. */
  readonly id: number;
  /** The pattern or key as written. */
  readonly text: string;
  /** The value of a map entry; undefined in a one-column list. Changes with `set map`. */
  value: string | undefined;
  /** The line of the file it was read from; 0 for what stood inline or came at run time. */
  readonly line: number;
}

/** What an index needs of an entry: its order and its text. */
export interface IndexEntry {
  readonly id: number;
  readonly text: string;
}

/** What a regular expression of a map captured, for `\1` in the map's value. */
export interface RegexCapture {
  readonly index: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}
