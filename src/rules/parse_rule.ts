import { parseCondition } from "../lang/condition.ts";
import { nearest } from "../lang/nearest.ts";
import { LangError } from "../lang/spec.ts";
import { unsupported } from "../lang/unsupported.ts";
import { RuleWords } from "./action_words.ts";
import { actionNames, findAction, findUnsupported } from "./catalog.ts";
import type { Rule } from "./rule_set.ts";
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
  if (found === undefined) throw unknownAction(ruleSet, name);
  const cursor = new RuleWords(words, 1, found.parenthesised);
  const rule = `${ruleSet} ${name}`;
  const { spec } = found;
  const action = within(`'${rule}' rule`, scope, () => spec.parse(cursor, scope));
  const suffix = spec.name === "redirect"
    ? parseRedirectSuffix(cursor, `'${rule}' rule`, scope)
    : parseSuffix(cursor, rule, scope);
  return { action, ...suffix, text: words.join(" "), at: scope.where };
}

/** Says in an error which rule of which proxy was read. */
function within<Parsed>(rule: string, scope: RuleScope, parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw new LangError(
      `error detected in ${proxyKind(scope)} '${scope.proxyName}' while parsing ${rule} : ` +
        sentence(error.message),
      error.word,
      error.nearest,
    );
  }
}

/** Ends in one full stop. */
function sentence(text: string): string {
  return text.endsWith(".") ? text : text + ".";
}

/** HAProxy calls a `listen` section a proxy. */
function proxyKind(scope: RuleScope): string {
  const kind = scope.proxyKind ?? (scope.phase.startsWith("be_") ? "backend" : "frontend");
  return kind === "listen" ? "proxy" : kind;
}

type Suffix = Pick<Rule, "condition" | "wanted">;

/** The condition behind an action: `if …`, `unless …` or nothing. */
function parseSuffix(cursor: RuleWords, rule: string, scope: RuleScope): Suffix {
  const keyword = cursor.peek();
  if (!cursor.atCondition()) {
    throw new LangError(
      `'${rule}' expects either 'if' or 'unless' followed by a condition but found '${keyword}'.`,
      keyword,
    );
  }
  try {
    return condition(cursor, scope);
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw new LangError(
      `error detected while parsing an '${rule}' condition : ${sentence(error.message)}`,
      error.word,
      error.nearest,
    );
  }
}

/** A redirect reports its condition as a part of itself. */
function parseRedirectSuffix(cursor: RuleWords, rule: string, scope: RuleScope): Suffix {
  return within(rule, scope, () => {
    try {
      return condition(cursor, scope);
    } catch (error) {
      if (!(error instanceof LangError)) throw error;
      throw new LangError(`error in condition: ${error.message}`, error.word, error.nearest);
    }
  });
}

function condition(cursor: RuleWords, scope: RuleScope): Suffix {
  const keyword = cursor.peek();
  if (keyword === undefined) return { condition: undefined, wanted: true };
  const words = cursor.words.slice(cursor.at + 1);
  return { condition: parseCondition(words, scope), wanted: keyword === "if" };
}

function unknownAction(ruleSet: RuleSetName, name: string): LangError {
  const refused = findUnsupported(name);
  if (refused !== undefined) {
    return new LangError(
      unsupported(`'${ruleSet} ${refused.name}'`, refused.reason),
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
