import { ConfigError } from "../config_error.ts";
import type { Position } from "../diagnostic.ts";
import type { Word } from "../directive.ts";
import { type ConditionFacts, programFacts } from "./facts.ts";
import { ConditionError, conditionHolds } from "./parse.ts";

/** How many `.if` may stand in each other. */
export const nestedBlocksMax = 99;

/** One `.if` that is not closed yet. */
interface Block {
  readonly at: Position;
  /** A branch has been taken, or none may be: the whole block is left out. */
  settled: boolean;
  /** The lines of the current branch count. */
  active: boolean;
  /** `.else` has been there. */
  last: boolean;
}

type BlockWord = ".if" | ".elif" | ".else" | ".endif";

/**
 * The `.if` … `.endif` of one file. Conditions of branches that cannot be taken are not evaluated.
 * What is wrong is thrown as ConfigError; nothing can be said then of the lines that follow.
 */
export class ConditionalBlocks {
  readonly #open: Block[] = [];

  constructor(readonly variable: ConditionFacts["variable"]) {}

  /** Whether lines count where the file has been read to. */
  get active(): boolean {
    return this.#open.at(-1)?.active ?? true;
  }

  /** Takes a line if it is one of these; false when it is another. */
  take(words: readonly Word[]): boolean {
    const apply = this.#lines[words[0]!.text as BlockWord];
    apply?.(words);
    return apply !== undefined;
  }

  /** Says that the file has ended; a block that is still open is reported there, or where it began. */
  end(at?: Position): void {
    const block = this.#open.at(-1);
    if (!block) return;
    throw new ConfigError("bad-block", "non-terminated '.if' block", at ?? block.at);
  }

  readonly #lines: Readonly<Record<BlockWord, (words: readonly Word[]) => void>> = {
    ".if": (words) => this.#if(words),
    ".elif": (words) => this.#elif(words),
    ".else": (words) => this.#else(words),
    ".endif": (words) => {
      this.#endOfLine(words);
      this.#block(words);
      this.#open.pop();
    },
  };

  #if(words: readonly Word[]): void {
    if (this.#open.length === nestedBlocksMax) {
      const message = `too many nested '.if', max is ${nestedBlocksMax}`;
      throw new ConfigError("bad-block", message, words[0]!.at);
    }
    const active = this.active && this.#holds(words);
    this.#open.push({ at: words[0]!.at, settled: active || !this.active, active, last: false });
  }

  #elif(words: readonly Word[]): void {
    const block = this.#branch(words);
    block.active = !block.settled && this.#holds(words);
    block.settled ||= block.active;
  }

  #else(words: readonly Word[]): void {
    this.#endOfLine(words);
    const block = this.#branch(words);
    block.active = !block.settled;
    block.settled = true;
    block.last = true;
  }

  /** The block that a further branch belongs to. */
  #branch(words: readonly Word[]): Block {
    const block = this.#block(words);
    if (!block.last) return block;
    const message = `'${words[0]!.text}' after '.else' is not permitted`;
    throw new ConfigError("bad-block", message, words[0]!.at);
  }

  #block([word]: readonly Word[]): Block {
    const block = this.#open.at(-1);
    if (block) return block;
    const message = `lone '${word!.text}' with no matching '.if'`;
    throw new ConfigError("bad-block", message, word!.at);
  }

  #endOfLine([word, excess]: readonly Word[]): void {
    if (!excess?.text) return;
    const message = `Unexpected argument '${excess.text}' for '${word!.text}'`;
    throw new ConfigError("bad-block", message, excess.at);
  }

  #holds([word, ...rest]: readonly Word[]): boolean {
    const text = rest.map((one) => one.text).join(" ");
    try {
      return conditionHolds(text, programFacts(this.variable));
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      const { message, offset } = error;
      const at = placeIn(rest, offset);
      const where = `in '${word!.text}' at position ${offset + 1}`;
      throw new ConfigError("bad-block", `${message} ${where}`, at);
    }
  }
}

/** Where a character of words joined by blanks stands. */
function placeIn(words: readonly Word[], offset: number): Position {
  let start = 0;
  for (const { text, at } of words) {
    if (offset <= start + text.length) return { ...at, column: at.column + offset - start };
    start += text.length + 1;
  }
  return words.at(-1)!.at;
}
