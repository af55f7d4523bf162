import { parseCondition } from "../lang/condition.ts";
import { nearest } from "../lang/nearest.ts";
import { LangError } from "../lang/spec.ts";
import { unsupported } from "../lang/unsupported.ts";
import { RuleWords } from "./action_words.ts";
import { actionNames, findAction, findUnsupported } from "./catalog.ts";
import type { Rule } from "./rule_set.ts";
import { reworded, wordingOf } from "./rule_wording.ts";
import type { RuleScope, RuleSetName } from "./spec.ts";

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
  if (found === undefined) throw unknownAction(ruleSet, name, scope);
  const cursor = new RuleWords(words, 1, found.parenthesised);
  const rule = `${ruleSet} ${name}`;
  const { spec } = found;
  const badAction = (error: string) => wordingOf(ruleSet).badAction(rule, error, scope);
  const action = reworded(() => spec.parse(cursor, scope), badAction);
  const suffix = spec.name === "redirect"
    ? reworded(() => parseRedirectSuffix(cursor, scope), badAction)
    : parseSuffix(cursor, ruleSet, rule, scope);
  return { action, ...suffix, text: words.join(" "), at: scope.where };
}

type Suffix = Pick<Rule, "condition" | "wanted">;

/** The condition behind an action: `if …`, `unless …` or nothing. */
function parseSuffix(
  cursor: RuleWords,
  ruleSet: RuleSetName,
  rule: string,
  scope: RuleScope,
): Suffix {
  const keyword = cursor.peek() ?? "";
  const wording = wordingOf(ruleSet);
  if (!cursor.atCondition()) {
    throw new LangError(wording.noCondition(rule, keyword, scope), keyword);
  }
  return reworded(
    () => condition(cursor, scope),
    (error) => wording.badCondition(rule, keyword, error, scope),
  );
}

/** A redirect reports its condition as a part of itself. */
function parseRedirectSuffix(cursor: RuleWords, scope: RuleScope): Suffix {
  return reworded(() => condition(cursor, scope), (error) => `error in condition: ${error}`);
}

function condition(cursor: RuleWords, scope: RuleScope): Suffix {
  const keyword = cursor.peek();
  if (keyword === undefined) return { condition: undefined, wanted: true };
  const words = cursor.words.slice(cursor.at + 1);
  return { condition: parseCondition(words, scope), wanted: keyword === "if" };
}

function unknownAction(ruleSet: RuleSetName, name: string, scope: RuleScope): LangError {
  const refused = findUnsupported(name);
  if (refused !== undefined) {
    return new LangError(
      unsupported(`'${ruleSet} ${refused.name}'`, refused.reason),
      name,
    );
  }
  const names = actionNames(ruleSet);
  const list = names.map((known) => `'${known}'`).join(", ");
  return new LangError(
    wordingOf(ruleSet).unknownAction(ruleSet, name, list, scope),
    name,
    () => nearest(name, names.map((known) => known.replace("(*)", ""))),
  );
}
