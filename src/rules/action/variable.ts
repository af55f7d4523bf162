import type { Context } from "../../lang/context.ts";
import { requireUsable } from "../../lang/phase_check.ts";
import { LangError } from "../../lang/spec.ts";
import type { Value } from "../../lang/value.ts";
import { parseVariableName } from "../../lang/variable_name.ts";
import { compileFormat } from "../format.ts";
import {
  type Action,
  type ActionSpec,
  type ActionWords,
  everyRuleSet,
  type RuleScope,
} from "../spec.ts";
import type { Outcome } from "../transaction.ts";
import { parseSetConditions, type SetCondition } from "../set_condition.ts";

/** Needs no transaction: health checks have variables as well. */
export interface VariableAction extends Action {
  run(cx: Context): Outcome;
}

interface Assignment {
  readonly variable: ReturnType<typeof parseVariableName>;
  readonly conditions: readonly SetCondition[];
}

function parseAssignment(words: ActionWords, action: string): Assignment {
  const [name, ...conditions] = splitArguments(words, action);
  return { variable: parseVariableName(name!), conditions: parseSetConditions(conditions) };
}

function splitArguments(words: ActionWords, action: string): string[] {
  if (words.parenthesised === undefined) {
    throw new LangError(
      `invalid or incomplete action '${action}'. Expects 'set-var(<var-name>)', ` +
        "'set-var-fmt(<var-name>)' or 'unset-var(<var-name>)'",
    );
  }
  return words.parenthesised.split(",").map((word) => word.trim());
}

function compile(
  text: string,
  { variable, conditions }: Assignment,
  value: (cx: Context) => Value | undefined,
): VariableAction {
  const { scope, name } = variable;
  const run = (cx: Context): Outcome => {
    const next = value(cx);
    if (next === undefined) return "continue";
    if (conditions.length > 0) {
      const current = cx.variables.get(scope, name);
      for (const holds of conditions) if (!holds(current, next, scope)) return "continue";
    }
    cx.variables.set(scope, name, next);
    return "continue";
  };
  return { final: false, text, run };
}

function parseSet(words: ActionWords, scope: RuleScope): VariableAction {
  const assignment = parseAssignment(words, "set-var");
  const expression = words.expression(scope);
  const called = `set-var(${words.parenthesised})`;
  requireUsable(expression, scope.phase, called);
  const text = `${called} ${expression.text}`;
  return compile(text, assignment, (cx) => expression.get(cx));
}

function parseSetFormat(words: ActionWords, scope: RuleScope): VariableAction {
  const assignment = parseAssignment(words, "set-var-fmt");
  const format = compileFormat(words.take("missing argument <fmt>"), scope);
  const text = `set-var-fmt(${words.parenthesised}) ${format.text}`;
  return compile(text, assignment, (cx) => format.constant ?? format.render(cx));
}

function parseUnset(words: ActionWords): VariableAction {
  const names = splitArguments(words, "unset-var");
  if (names.length > 1) throw new LangError("expects only a variable name", names[1]);
  const { scope, name } = parseVariableName(names[0]!);
  const run = (cx: Context): Outcome => {
    cx.variables.unset(scope, name);
    return "continue";
  };
  return { final: false, text: `unset-var(${scope}.${name})`, run };
}

/** How `set-var`, `set-var-fmt` or `unset-var` of a check is read. */
export function variableActionOf(
  name: string,
): (words: ActionWords, scope: RuleScope) => VariableAction {
  const row = variableActions.find((row) => row.name === `${name}(`);
  if (row) return row.parse;
  throw new TypeError(`No action on variables is called '${name}'`);
}

/** Actions on variables. */
export const variableActions = [
  {
    name: "set-var(",
    ruleSets: everyRuleSet,
    syntax: "set-var(<var-name>[,<cond>...]) <expr>",
    doc: "Sets a variable to a sample, which keeps its type",
    parse: parseSet,
  },
  {
    name: "set-var-fmt(",
    ruleSets: everyRuleSet,
    syntax: "set-var-fmt(<var-name>[,<cond>...]) <fmt>",
    doc: "Sets a variable to the text that a format string gives",
    parse: parseSetFormat,
  },
  {
    name: "unset-var(",
    ruleSets: everyRuleSet,
    syntax: "unset-var(<var-name>)",
    doc: "Removes a variable",
    parse: parseUnset,
  },
] satisfies ActionSpec[];
