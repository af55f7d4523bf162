import type { Fields } from "../../http/fields.ts";
import { type CompiledRegex, compileRegex } from "../../lang/regex/compile.ts";
import { mapValues } from "../field_list.ts";
import { compileFormat } from "../format.ts";
import { checkName } from "../reply_arguments.ts";
import {
  fieldsOf,
  isFieldValue,
  rewriteFailed,
  rewritesResponse,
  syncAuthority,
} from "../rewrite.ts";
import type { Action, ActionSpec, ActionWords, RuleScope } from "../spec.ts";
import { type FormatReplacement, formatReplacement } from "../replacement.ts";
import type { Outcome, Transaction } from "../transaction.ts";
import { headerRuleSets } from "./header.ts";

/** What a replacement makes of a value: "failed" when the reference is broken. */
type Replaced = { readonly value: string | undefined } | "failed";

/** A value that matches is replaced as a whole, as HAProxy does. */
function replaceOne(
  regex: CompiledRegex,
  replace: FormatReplacement,
  value: string,
  tx: Transaction,
): Replaced {
  const groups = regex.exec(value)?.groups;
  if (groups === undefined) return { value: undefined };
  const replaced = replace(tx, groups);
  return replaced === undefined || !isFieldValue(replaced) ? "failed" : { value: replaced };
}

type Scan = (
  value: string,
  one: (value: string) => string | undefined,
) => string | undefined;

const wholeLine: Scan = (value, one) => one(value);

/** Undefined when no value of the line has changed. */
const eachValue: Scan = (value, one) => {
  const next = mapValues(value, one);
  return next === value ? undefined : next;
};

function parseReplace(words: ActionWords, scope: RuleScope, action: string, scan: Scan): Action {
  const what = "expects exactly 3 arguments";
  const name = words.take(what);
  const source = words.take(what);
  const text = words.take(what);
  checkName(name);
  const regex = compileRegex(source, { ignoreCase: false });
  const replace = formatReplacement(compileFormat(text, scope));
  const response = rewritesResponse(scope.ruleSet);
  const lower = name.toLowerCase();
  const host = !response && lower === "host";
  const run = (tx: Transaction): Outcome => {
    const fields = fieldsOf(tx, response);
    if (fields === undefined) return "continue";
    const done = replaceIn(fields, lower, (value) => {
      let failed = false;
      const next = scan(value, (part) => {
        const replaced = replaceOne(regex, replace, part, tx);
        if (replaced !== "failed") return replaced.value;
        failed = true;
        return undefined;
      });
      return failed ? "failed" : { value: next };
    });
    if (!done) return rewriteFailed(tx, response);
    if (host && fields.has("host")) syncAuthority(tx.request!, fields.first("host")!);
    return "continue";
  };
  return { final: false, text: `${action} ${name} ${source} ${text}`, run };
}

/** Goes over every line of that name; false as soon as one fails. */
function replaceIn(fields: Fields, lower: string, scan: (value: string) => Replaced): boolean {
  for (let i = fields.find(lower); i >= 0; i = fields.find(lower, i)) {
    const replaced = scan(fields.value(i));
    if (replaced === "failed") return false;
    if (replaced.value !== undefined) fields.replace(i, replaced.value);
  }
  return true;
}

/** Actions that rewrite header values by regular expression. */
export const replaceActions = [
  {
    name: "replace-header",
    ruleSets: headerRuleSets,
    syntax: "replace-header <name> <match-regex> <replace-fmt>",
    doc: "Replaces each whole line of a header that matches",
    parse: (words, scope) => parseReplace(words, scope, "replace-header", wholeLine),
  },
  {
    name: "replace-value",
    ruleSets: headerRuleSets,
    syntax: "replace-value <name> <match-regex> <replace-fmt>",
    doc: "Replaces each comma-separated value of a header that matches",
    parse: (words, scope) => parseReplace(words, scope, "replace-value", eachValue),
  },
] satisfies ActionSpec[];
