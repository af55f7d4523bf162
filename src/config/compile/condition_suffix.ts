import { type Condition, negate, parseCondition } from "../../lang/condition.ts";
import { LangError } from "../../lang/spec.ts";
import { forgiveFaultyAcl } from "./follow_up.ts";
import type { Line } from "./line.ts";
import type { LineScope } from "./rule_scope.ts";

/** What stands behind a rule; it applies when the condition's answer is the wanted one. */
export interface Suffix {
  readonly condition: Condition;
  readonly wanted: boolean;
}

/**
 * Reads `if …` or `unless …` from the line; undefined when the line is at its end.
 *
 * @param what names the rule in messages (`switching rule`)
 * @param otherwise the message for any other word
 */
export function takeSuffix(
  line: Line,
  scope: LineScope,
  what: string,
  otherwise: (word: string) => string,
): Suffix | undefined {
  const keyword = line.rest[0];
  if (!keyword) return undefined;
  if (keyword.text !== "if" && keyword.text !== "unless") {
    throw line.error("no-condition", otherwise(keyword.text), keyword);
  }
  line.take("");
  const words = line.takeAll().map((word) => word.text);
  try {
    return { condition: parseCondition(words, scope), wanted: keyword.text === "if" };
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    forgiveFaultyAcl(error, scope.draft);
    const message = `error detected while parsing ${what} : ${error.message}`;
    throw line.place(error, "bad-condition", message);
  }
}

/** The suffix as one condition: true where the rule applies. */
export function settled(suffix: Suffix): Condition {
  return suffix.wanted ? suffix.condition : negate(suffix.condition);
}
