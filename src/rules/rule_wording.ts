import { LangError } from "../lang/spec.ts";
import type { RuleScope, RuleSetName } from "./spec.ts";

/** How HAProxy says what is wrong with a rule; it says it in two ways. */
interface Wording {
  /** The action is none of `names`. */
  unknownAction(ruleSet: RuleSetName, name: string, names: string, scope: RuleScope): string;
  /** The action's arguments are wrong. */
  badAction(rule: string, error: string, scope: RuleScope): string;
  /** `word` stands where a condition was expected. */
  noCondition(rule: string, word: string, scope: RuleScope): string;
  badCondition(rule: string, keyword: string, error: string, scope: RuleScope): string;
}

const http: Wording = {
  unknownAction: (ruleSet, name, names) =>
    `'${ruleSet}' expects ${names}, but got ` +
    `${name === "" ? "'' (missing argument)" : `'${name}'`}.`,
  badAction: (rule, error, scope) =>
    `error detected in ${proxyOf(scope)} while parsing '${rule}' rule : ${error}`,
  noCondition: (rule, word) =>
    `'${rule}' expects either 'if' or 'unless' followed by a condition but found '${word}'.`,
  badCondition: (rule, _keyword, error) =>
    `error detected while parsing an '${rule}' condition : ${error}`,
};

const tcp: Wording = {
  unknownAction: (ruleSet, name, names, scope) =>
    `'${ruleSet}' expects ${names} in ${proxyOf(scope)} (got '${name}').`,
  badAction: (rule, error) => error.startsWith("'tcp-") ? error : `'${rule}' : ${error}`,
  noCondition: (rule, word, scope) =>
    `'${rule}' only accepts 'if' or 'unless', in ${proxyOf(scope)} (got '${word}')`,
  badCondition: (rule, keyword, error, scope) =>
    `'${rule}' : error detected in ${proxyOf(scope)} while parsing '${keyword}' condition : ` +
    error,
};

export function wordingOf(ruleSet: RuleSetName): Wording {
  return ruleSet.startsWith("tcp-") ? tcp : http;
}

/** The proxy that a rule stands in; HAProxy calls a `listen` section one. */
function proxyOf(scope: RuleScope): string {
  const kind = scope.proxyKind ?? (scope.phase.startsWith("be_") ? "backend" : "frontend");
  return `${kind === "listen" ? "proxy" : kind} '${scope.proxyName}'`;
}

/** Compiles a part of a rule; what is wrong with it is said in other words. */
export function reworded<Parsed>(parse: () => Parsed, reword: (error: string) => string): Parsed {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw new LangError(reword(sentence(error.message)), error.word, error.suggestion);
  }
}

/** Ends in one full stop. */
function sentence(text: string): string {
  return text.endsWith(".") ? text : text + ".";
}
