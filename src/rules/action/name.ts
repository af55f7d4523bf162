import type { Lookup } from "../../dns/lookup.ts";
import { LangError } from "../../lang/spec.ts";
import { parseVariableName } from "../../lang/variable_name.ts";
import { castExpression } from "../cast_expression.ts";
import type { Action, ActionSpec, ActionWords, RuleScope } from "../spec.ts";
import type { Outcome, Transaction } from "../transaction.ts";

function badArguments(words: string): LangError {
  return new LangError(
    `Can't parse '${words}'. Expects 'do-resolve(<varname>,<resolvers>[,<options>]) <expr>'. ` +
      "Available options are 'ipv4' and 'ipv6'.",
  );
}

function parseFamily(text: string | undefined, whole: string): 4 | 6 {
  switch (text) {
    case "ipv4":
      return 4;
    case "ipv6":
    case undefined:
      return 6;
    default:
      throw badArguments(whole);
  }
}

function parseDoResolve(words: ActionWords, scope: RuleScope): Action {
  const whole = `do-resolve${words.parenthesised === undefined ? "" : `(${words.parenthesised})`}`;
  const [variable = "", section = "", option, ...more] = (words.parenthesised ?? "").split(",");
  if (variable === "" || section === "" || more.length > 0) throw badArguments(whole);
  const family = parseFamily(option, whole);
  if (words.atCondition()) throw badArguments("");
  const target = parseVariableName(variable);
  const expression = words.usableExpression(scope);
  const value = castExpression(expression, "str");
  const resolver = scope.resolver?.(section);
  if (!resolver) {
    throw new LangError(
      `Can't find resolvers section '${section}' for do-resolve action.`,
      section,
    );
  }
  const inspects = scope.ruleSet === "tcp-request content";
  const settle = (tx: Transaction, { address }: Lookup): Outcome => {
    if (address) tx.variables.set(target.scope, target.name, address);
    return "continue";
  };
  const run = (tx: Transaction): Outcome => {
    const { wait } = tx;
    if (wait?.kind === "name") {
      if (!wait.lookup.settled) return "wait";
      tx.wait = undefined;
      return settle(tx, wait.lookup);
    }
    const name = value(tx);
    if (typeof name !== "string") return "continue";
    const lookup = resolver.lookUp(name, family);
    if (lookup.settled) return settle(tx, lookup);
    tx.wait = { kind: "name", lookup, inspects };
    return "wait";
  };
  return { final: false, text: `${whole} ${expression.text}`, run };
}

/** Actions on names of machines. */
export const nameActions = [
  {
    name: "do-resolve(",
    ruleSets: ["tcp-request content", "http-request"],
    syntax: "do-resolve(<var-name>,<resolvers>[,{ ipv4 | ipv6 }]) <expr>",
    doc: "Asks name servers for the address of a name, which it sets a variable to; the rules " +
      "wait for it, and where there is none the variable stays as it is",
    parse: parseDoResolve,
  },
] satisfies ActionSpec[];
