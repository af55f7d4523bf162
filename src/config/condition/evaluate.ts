import { splitWords } from "../words.ts";
import { type ConditionFacts, programFacts } from "./facts.ts";
import { ConditionError, conditionHolds } from "./parse.ts";

/** The answer to a condition; the exit codes of `-cc` are 0, 1 and 2. */
export type ConditionResult =
  | { readonly kind: "true" | "false" }
  | { readonly kind: "error"; readonly message: string };

/**
 * Evaluates a condition as it stands behind `.if`, quotes and variables included: what `-cc` does
 * with its argument. `message` is what HAProxy prints behind `config : `.
 *
 * @param variable value of an environment variable; undefined when it is not set
 */
export function evaluateConfigurationCondition(
  text: string,
  variable: ConditionFacts["variable"],
): ConditionResult {
  const place = (offset: number) => ({ file: "-cc", line: 1, column: offset + 1 });
  const { words, fault } = splitWords(text, {
    expansion: "in-quotes",
    sharpIsText: true,
    variable,
    place,
  });
  if (fault) {
    const reason = fault.message.replace(/ at position \d+$/, "");
    const sentence = reason.charAt(0).toUpperCase() + reason.slice(1);
    return { kind: "error", message: `Syntax Error in condition: ${sentence}.` };
  }
  const condition = words.map((word) => word.text).join(" ");
  try {
    return { kind: conditionHolds(condition, programFacts(variable)) ? "true" : "false" };
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return { kind: "error", message: `Failed to evaluate condition: ${error.message}` };
  }
}
