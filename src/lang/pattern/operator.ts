import { wrapInt } from "../int.ts";
import { LangError } from "../spec.ts";
import type { NumberSyntax } from "./integer.ts";

const operators = ["eq", "ne", "gt", "ge", "lt", "le"] as const;
export type Operator = (typeof operators)[number];

export function isOperator(word: string): word is Operator {
  return (operators as readonly string[]).includes(word);
}

/**
 * The range that an operator in front of a pattern makes of it: `gt 4` is `5:`. A pattern that is a
 * range already stays what it is, and `ne` works as `eq` (both as in HAProxy). Throws LangError.
 */
export function applyOperator(operator: Operator, text: string, syntax: NumberSyntax): string {
  if (/[:-]/.test(text)) return text;
  const value = syntax.read(text);
  if (value === undefined) {
    throw new LangError(`'${text}' is neither a number nor a supported operator`, text);
  }
  const exact = BigInt(value);
  switch (operator) {
    case "eq":
    case "ne":
      return text;
    case "gt":
      return syntax.write(BigInt(wrapInt(exact + 1n))) + ":";
    case "ge":
      return syntax.write(exact) + ":";
    case "lt":
      return ":" + syntax.write(BigInt(wrapInt(exact - 1n)));
    case "le":
      return ":" + syntax.write(exact);
  }
}
