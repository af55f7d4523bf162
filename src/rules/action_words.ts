import { type CompiledExpression, parseExpression } from "../lang/expression.ts";
import { requireUsable } from "../lang/phase_check.ts";
import { LangError, type Phase } from "../lang/spec.ts";
import type { ActionWords, RuleScope } from "./spec.ts";

/** The words of one rule, with a cursor behind what was taken. */
export class RuleWords implements ActionWords {
  #at: number;

  constructor(
    readonly words: readonly string[],
    at: number,
    readonly parenthesised: string | undefined,
  ) {
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  peek(): string | undefined {
    return this.words[this.#at];
  }

  take(otherwise: string): string {
    const word = this.words[this.#at];
    if (word === undefined || word === "") throw new LangError(otherwise);
    this.#at++;
    return word;
  }

  skip(word: string): boolean {
    if (this.words[this.#at] !== word) return false;
    this.#at++;
    return true;
  }

  atCondition(): boolean {
    const word = this.peek();
    return word === undefined || word === "if" || word === "unless";
  }

  expression(scope: RuleScope): CompiledExpression {
    if (this.peek() === undefined) throw new LangError("missing fetch method");
    const { expression, next } = parseExpression(this.words, this.#at, scope);
    this.#at = next;
    return expression;
  }

  usableExpression(scope: RuleScope, phase: Phase = scope.phase): CompiledExpression {
    const expression = this.expression(scope);
    // HAProxy names the last word only, be it a converter.
    requireUsable(expression, phase, this.words[this.#at - 1]!);
    return expression;
  }
}
