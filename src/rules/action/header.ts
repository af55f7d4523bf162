import type { LogFormat } from "../../lang/log_format.ts";
import { compileRegex } from "../../lang/regex/compile.ts";
import { LangError } from "../../lang/spec.ts";
import { compileFormat } from "../format.ts";
import { checkName } from "../reply_arguments.ts";
import {
  fieldsOf,
  isFieldValue,
  rewriteFailed,
  rewritesResponse,
  syncAuthority,
} from "../rewrite.ts";
import type { Action, ActionSpec, ActionWords, RuleScope, RuleSetName } from "../spec.ts";
import type { Outcome, Transaction } from "../transaction.ts";

export const headerRuleSets: readonly RuleSetName[] = [
  "http-request",
  "http-response",
  "http-after-response",
];

/** `<name> <fmt>` of several actions. */
export function takeNameAndFormat(
  words: ActionWords,
  scope: RuleScope,
): { name: string; format: LogFormat } {
  const name = words.take("expects exactly 2 arguments");
  const text = words.take("expects exactly 2 arguments");
  checkName(name);
  return { name, format: compileFormat(text, scope) };
}

function parseAdd(words: ActionWords, scope: RuleScope): Action {
  const { name, format } = takeNameAndFormat(words, scope);
  const response = rewritesResponse(scope.ruleSet);
  const host = !response && name.toLowerCase() === "host";
  const run = (tx: Transaction): Outcome => {
    const value = format.constant ?? format.render(tx);
    const fields = fieldsOf(tx, response);
    if (fields === undefined || !isFieldValue(value)) return rewriteFailed(tx, response);
    fields.add(name, value);
    if (host) syncAuthority(tx.request!, value);
    return "continue";
  };
  return { final: false, text: `add-header ${name} ${format.text}`, run };
}

function parseSet(words: ActionWords, scope: RuleScope): Action {
  const { name, format } = takeNameAndFormat(words, scope);
  const response = rewritesResponse(scope.ruleSet);
  const host = !response && name.toLowerCase() === "host";
  const run = (tx: Transaction): Outcome => {
    const value = format.constant ?? format.render(tx);
    const fields = fieldsOf(tx, response);
    if (fields === undefined || !isFieldValue(value)) return rewriteFailed(tx, response);
    fields.set(name, value);
    if (host) syncAuthority(tx.request!, value);
    return "continue";
  };
  return { final: false, text: `set-header ${name} ${format.text}`, run };
}

function parseDelete(words: ActionWords, scope: RuleScope): Action {
  const name = words.take("expects at least 1 argument");
  const method = words.skip("-m") ? words.take("-m flag expects exactly 1 argument") : "str";
  const response = rewritesResponse(scope.ruleSet);
  const remove = method === "str" ? undefined : nameMatch(method, name);
  const lower = name.toLowerCase();
  const run = (tx: Transaction): Outcome => {
    const fields = fieldsOf(tx, response);
    if (fields === undefined) return "continue";
    if (remove === undefined) {
      fields.removeAll(lower);
      return "continue";
    }
    for (let i = fields.next(-1); i >= 0; i = fields.next(i)) {
      if (remove(fields.name(i).toLowerCase())) fields.remove(i);
    }
    return "continue";
  };
  return { final: false, text: `del-header ${name} -m ${method}`, run };
}

/** Matches a lower-case name; HAProxy knows names in lower case only. */
function nameMatch(method: string, pattern: string): (lower: string) => boolean {
  const wanted = pattern.toLowerCase();
  switch (method) {
    case "beg":
      return (name) => name.startsWith(wanted);
    case "end":
      return (name) => name.endsWith(wanted);
    case "sub":
      return (name) => name.includes(wanted);
    case "reg": {
      const regex = compileRegex(pattern, { ignoreCase: false });
      return (name) => regex.test(name);
    }
    default:
      throw new LangError(`-m with unsupported matching method '${method}'`, method);
  }
}

function parseEarlyHint(words: ActionWords, scope: RuleScope): Action {
  const { name, format } = takeNameAndFormat(words, scope);
  const run = (tx: Transaction): Outcome => {
    const value = format.constant ?? format.render(tx);
    if (!isFieldValue(value)) return rewriteFailed(tx, false);
    tx.earlyHint(name, value);
    return "continue";
  };
  return { final: false, text: `early-hint ${name} ${format.text}`, run };
}

/** Actions on header fields, whatever their value. */
export const headerActions = [
  {
    name: "add-header",
    ruleSets: headerRuleSets,
    syntax: "add-header <name> <fmt>",
    doc: "Appends a header",
    parse: parseAdd,
  },
  {
    name: "set-header",
    ruleSets: headerRuleSets,
    syntax: "set-header <name> <fmt>",
    doc: "Removes every header of that name, then appends this one",
    parse: parseSet,
  },
  {
    name: "del-header",
    ruleSets: headerRuleSets,
    syntax: "del-header <name> [ -m { str | beg | end | sub | reg } ]",
    doc: "Removes every header of that name, or whose name matches",
    parse: parseDelete,
  },
  {
    name: "early-hint",
    ruleSets: ["http-request"],
    syntax: "early-hint <name> <fmt>",
    doc: "Sends a header to the client in a 103 answer at once",
    parse: parseEarlyHint,
  },
] satisfies ActionSpec[];
