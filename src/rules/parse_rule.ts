import { parseCondition } from "../lang/condition.ts";
import { nearest } from "../lang/nearest.ts";
import { LangError } from "../lang/spec.ts";
import { RuleWords } from "./action_words.ts";
import { actionNames, findAction, findUnsupported } from "./catalog.ts";
import type { Rule } from "./rule_set.ts";
import type { ActionSpec, RuleScope, RuleSetName } from "./spec.ts";

/**
 * Compiles one rule. `words` are those behind the rule set's keyword, the action's name first. Throws
 * LangError with HAProxy's text, without the place in front.
 */
export function parseRule(
  ruleSet: RuleSetName,
  words: readonly string[],
  scope: RuleScope,
): Rule {
  const name = words[0] ?? "";
  const found = findAction(ruleSet, name);
  if (found === undefined) throw unknownAction(ruleSet, name);
  const cursor = new RuleWords(words, 1, found.parenthesised);
  const action = parseAction(found.spec, cursor, ruleSet, name, scope);
  const { condition, wanted } = parseSuffix(cursor, `${ruleSet} ${name}`, scope);
  return { action, condition, wanted, text: words.join(" "), at: scope.where };
}

function parseAction(
  spec: ActionSpec,
  cursor: RuleWords,
  ruleSet: RuleSetName,
  name: string,
  scope: RuleScope,
) {
  try {
    return spec.parse(cursor, scope);
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw new LangError(
      `error detected in ${proxyKind(scope)} '${scope.proxyName}' while parsing ` +
        `'${ruleSet} ${name}' rule : ${error.message}.`,
      error.word,
      error.nearest,
    );
  }
}

/** HAProxy calls a `listen` section a proxy. */
function proxyKind(scope: RuleScope): string {
  const kind = scope.proxyKind ?? (scope.phase.startsWith("be_") ? "backend" : "frontend");
  return kind === "listen" ? "proxy" : kind;
}

/** The condition behind an action: `if …`, `unless …` or nothing. */
function parseSuffix(
  cursor: RuleWords,
  rule: string,
  scope: RuleScope,
): Pick<Rule, "condition" | "wanted"> {
  const keyword = cursor.peek();
  if (keyword === undefined || keyword === "") return { condition: undefined, wanted: true };
  if (keyword !== "if" && keyword !== "unless") {
    throw new LangError(
      `'${rule}' expects either 'if' or 'unless' followed by a condition but found '${keyword}'.`,
      keyword,
    );
  }
  const words = cursor.words.slice(cursor.at + 1);
  try {
    return { condition: parseCondition(words, scope), wanted: keyword === "if" };
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw new LangError(
      `error detected while parsing an '${rule}' condition : ${error.message}.`,
      error.word,
      error.nearest,
    );
  }
}

function unknownAction(ruleSet: RuleSetName, name: string): LangError {
  const unsupported = findUnsupported(name);
  if (unsupported !== undefined) {
    return new LangError(
      `'${ruleSet} ${unsupported.name}' is not supported by Sluice yet: ${unsupported.reason}`,
      name,
    );
  }
  const names = actionNames(ruleSet);
  const list = names.map((known) => `'${known}'`).join(", ");
  const got = name === "" ? "'' (missing argument)" : `'${name}'`;
  return new LangError(
    `'${ruleSet}' expects ${list}, but got ${got}.`,
    name,
    nearest(name, names.map((known) => known.replace("(*)", ""))),
  );
}
