import type { Position } from "./diagnostic.ts";
import type { Word } from "./directive.ts";
import { type Piece, WordScanner } from "./word_scanner.ts";

/** Where `$NAME` is replaced: in double quotes as HAProxy does, or in unquoted text as well. */
export type Expansion = "in-quotes" | "everywhere";

/** What a line is split in. */
export interface WordContext {
  readonly expansion: Expansion;
  /** `#` begins no comment. */
  readonly sharpIsText?: true;
  /** Value of an environment or pseudo variable (`.FILE`); undefined when it is not set. */
  variable(name: string): string | undefined;
  /** Where the character at an offset of the text stands; the offset may be the text's length. */
  place(offset: number): Position;
}

/** What is wrong with a line's words. */
export interface WordFault {
  readonly code:
    | "unmatched-quote"
    | "bad-variable"
    | "bad-escape"
    | "too-many-words"
    | "empty-word";
  readonly message: string;
  readonly at: Position;
}

export interface WordList {
  readonly words: Word[];
  /** Undefined when the text is sound. A faulty one must not be used. */
  readonly fault: WordFault | undefined;
}

/** HAProxy's `MAX_LINE_ARGS`. */
export const lineWordsMax = 64;

/**
 * Splits a line into words as HAProxy's `parse_line` does: blanks separate, quotes and backslashes
 * are taken away, variables replaced, `#` outside of quotes begins a comment. What concerns the
 * line as a whole is left to {@link lineFault}.
 */
export function splitWords(text: string, context: WordContext): WordList {
  const { pieces, fault } = new WordScanner(text, context).scan();
  return { words: pieces.map((piece) => toWord(piece, context)), fault };
}

/** The whole text as one word, for keywords that take a single text. Only variables are replaced. */
export function wholeWord(text: string, context: WordContext): WordList {
  const { pieces, fault } = new WordScanner(text, context).whole();
  return { words: pieces.map((piece) => toWord(piece, context)), fault };
}

function toWord({ text, offset, quoted }: Piece, context: WordContext): Word {
  return { text, at: context.place(offset), quoted };
}

/** What is wrong with a whole line: too many words, or an empty one. Words count from 0. */
export function lineFault(words: readonly Word[]): WordFault | undefined {
  if (words.length > lineWordsMax) {
    const last = words[lineWordsMax - 1]!;
    return {
      code: "too-many-words",
      message: `too many words, truncating after word ${lineWordsMax}, ` +
        `position ${last.at.column}: <${last.text}>`,
      at: last.at,
    };
  }
  const index = words.findIndex((word) => word.text === "");
  if (index < 0) return undefined;
  const { at } = words[index]!;
  return {
    code: "empty-word",
    message: `argument number ${index} at position ${at.column} is empty and marks the end of ` +
      "the argument list",
    at,
  };
}
