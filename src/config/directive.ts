import type { Position } from "./diagnostic.ts";

/** A word of a directive after quotes, escapes and variables are resolved, with where it stood. */
export interface Word {
  readonly text: string;
  readonly at: Position;
  /** It was quoted in some part, so that an empty one is deliberate. */
  readonly quoted: boolean;
}

/** One line of configuration, whichever spelling it came from: a keyword and its words. */
export interface Directive {
  /** All words, the keyword's own first (`timeout`, `client`, `30s`). Never empty. */
  readonly words: readonly Word[];
  readonly at: Position;
  /** The line as written, for messages and `explain`. */
  readonly source: string;
}

export type SectionKind =
  | "global"
  | "defaults"
  | "frontend"
  | "backend"
  | "listen"
  | "userlist"
  | "http-errors"
  | "resolvers";

/** A section and its lines, in order. */
export interface Section {
  readonly kind: SectionKind | string;
  /** "" where a section has no name. */
  readonly name: string;
  /** `from NAME`: the defaults it inherits. */
  readonly from: Word | undefined;
  readonly at: Position;
  readonly directives: readonly Directive[];
}

/** What a reader makes of one or more files. */
export interface DirectiveTree {
  readonly sections: readonly Section[];
  /** False when the reading ended early: nothing can be said about the whole. */
  readonly complete: boolean;
}
