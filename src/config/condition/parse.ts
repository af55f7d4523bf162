import { cutArguments } from "../../lang/argument_words.ts";
import { LangError } from "../../lang/spec.ts";
import type { ConditionFacts } from "./facts.ts";
import { findPredicate, type PredicateSpec } from "./predicates.ts";

/** How deep parentheses and operators may nest. */
export const conditionDepthMax = 1024;

/** A condition that cannot be read, and the offset of what cannot. */
export class ConditionError extends SyntaxError {
  override name = "ConditionError";

  constructor(message: string, readonly offset: number) {
    super(message);
  }
}

/**
 * The value of a condition without quotes and variables, all words of it joined by blanks. Nothing
 * it asks has an effect, so that both sides of an operator are always read and evaluated. An empty
 * one is false. Throws ConditionError, in HAProxy's words.
 */
export function conditionHolds(text: string, facts: ConditionFacts): boolean {
  return new ConditionReader(text, facts).whole();
}

class ConditionReader {
  #at = 0;
  #depth = 0;

  constructor(readonly text: string, readonly facts: ConditionFacts) {}

  whole(): boolean {
    this.#blanks();
    if (this.#at === this.text.length) return false;
    const value = this.#either(0);
    this.#blanks();
    const c = this.text[this.#at];
    if (c === undefined) return value;
    throw new ConditionError(
      `unexpected character '${c}' at the end of conditional expression '${this.text}'`,
      this.#at,
    );
  }

  /** `and { "||" and }`; `from` is where a message about a missing side begins to quote. */
  #either(from: number): boolean {
    let value = this.#all();
    while (this.#operator("||")) {
      if (this.#at === this.text.length) throw this.#unparsable(from);
      value = this.#all() || value;
    }
    return value;
  }

  /** `term { "&&" term }`. */
  #all(): boolean {
    let value = this.#term();
    for (;;) {
      this.#blanks();
      const from = this.#at;
      if (!this.#operator("&&")) return value;
      if (this.#at === this.text.length) throw this.#unparsable(from);
      value = this.#term() && value;
    }
  }

  #operator(text: string): boolean {
    this.#blanks();
    if (!this.text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    this.#blanks();
    return true;
  }

  #term(): boolean {
    const from = this.#at;
    let negated = false;
    for (; this.text[this.#at] === "!"; this.#blanks()) {
      negated = !negated;
      this.#at++;
    }
    return this.#positive(from) !== negated;
  }

  #positive(from: number): boolean {
    const rest = this.text.slice(this.#at);
    // As strtol reads it in base 0: `08` is 0, and the 8 is left over.
    const number = /^[+-]?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(rest);
    if (number) {
      this.#at += number[0].length;
      return /[1-9a-fA-F]/.test(number[1]!.replace(/^0[xX]/, ""));
    }
    if (rest[0] === "(") return this.#parentheses(from);
    const spec = findPredicate(/^[^ (]*/.exec(rest)![0]);
    if (!spec) throw this.#unparsable(from);
    this.#at += spec.name.length;
    return spec.holds(this.#args(spec), this.facts);
  }

  #parentheses(from: number): boolean {
    if (++this.#depth > conditionDepthMax) throw this.#unparsable(from);
    this.#at++;
    this.#blanks();
    if (this.#at === this.text.length) throw this.#unparsable(from);
    const value = this.#either(from);
    this.#blanks();
    if (this.text[this.#at] !== ")") {
      const quoted = this.text.slice(from);
      throw new ConditionError(`expected ')' after conditional expression '${quoted}'`, from);
    }
    this.#at++;
    this.#depth--;
    return value;
  }

  #args(spec: PredicateSpec): readonly string[] {
    const at = this.#at;
    const least = spec.args.length;
    const fail = (message: string) => {
      const place = `in argument 1 of predicate '${spec.name}' used in conditional expression`;
      return new ConditionError(`${message} ${place}`, at);
    };
    try {
      const { words, end } = cutArguments(this.text, at, Math.max(least, 1));
      this.#at = end;
      const args = words ?? (least > 0 ? [""] : []);
      if (least === 0 && args.some((arg) => arg !== "")) throw fail("expected ')'");
      if (args.length >= least) return args;
      const got = `(got ${args.length}/${least})`;
      throw fail(`missing arguments ${got}, type 'string' expected`);
    } catch (error) {
      if (!(error instanceof LangError)) throw error;
      throw fail(error.message);
    }
  }

  #unparsable(from: number): ConditionError {
    const quoted = this.text.slice(from);
    return new ConditionError(`unparsable conditional expression '${quoted}'`, from);
  }

  #blanks(): void {
    while (this.text[this.#at] === " " || this.text[this.#at] === "\t") this.#at++;
  }
}
