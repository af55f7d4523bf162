import { needsOf } from "../../lang/fetch/phase_mask.ts";
import { isUsable } from "../../lang/phase_check.ts";
import { LangError } from "../../lang/spec.ts";
import { castExpression } from "../cast_expression.ts";
import { parseDuration, parseSize } from "../duration.ts";
import type { Action, ActionSpec, ActionWords, RuleScope } from "../spec.ts";
import type { Transaction } from "../transaction.ts";

/** A number that a rule gives; 0 leaves the filter's own. */
type Given = (tx: Transaction) => number;

const notGiven: Given = () => 0;

function parseBandwidthLimit(words: ActionWords, scope: RuleScope): Action {
  const name = words.take("missing bwlim filter name");
  const filter = scope.bandwidthFilter(name);
  let limit = notGiven;
  let period = notGiven;
  for (;;) {
    if (words.skip("limit")) limit = parseGiven(words, scope, "limit", parseSize);
    else if (words.skip("period")) period = parseGiven(words, scope, "period", parseDuration);
    else break;
  }
  return {
    final: false,
    text: `set-bandwidth-limit ${name}`,
    run(tx) {
      const to = filter();
      tx.limitBandwidth(to, {
        limitBytes: limit(tx) || to.limitBytes,
        periodMs: period(tx) || to.periodMs,
      });
      return "continue";
    },
  };
}

/** A number with its unit, or an expression that gives one. */
function parseGiven(
  words: ActionWords,
  scope: RuleScope,
  what: "limit" | "period",
  parse: (text: string, what: string) => number,
): Given {
  const word = words.peek();
  if (word === undefined) throw new LangError(`missing ${what} value or expression`);
  if (/^[0-9]/.test(word)) {
    const constant = parse(words.take(""), `'${what}'`);
    return () => constant;
  }
  const expression = words.expression(scope);
  if (!isUsable(expression, scope.phase)) {
    const message = `set-bandwidth-limit rule uses a ${what} extracting information from ` +
      `'${needsOf(expression)}', none of which is available here`;
    throw new LangError(message, expression.text);
  }
  const value = castExpression(expression, "sint");
  return (tx) => {
    const given = value(tx);
    return typeof given === "number" || typeof given === "bigint" ? Math.max(0, Number(given)) : 0;
  };
}

/** `set-bandwidth-limit`. */
export const bandwidthActions = [
  {
    name: "set-bandwidth-limit",
    ruleSets: ["tcp-request content", "tcp-response content", "http-request", "http-response"],
    syntax:
      "set-bandwidth-limit <name> [ limit { <size> | <expr> } ] [ period { <time> | <expr> } ]",
    doc: "Slows the stream down by a 'filter bwlim-in' or 'bwlim-out' of the same proxy",
    parse: parseBandwidthLimit,
  },
] satisfies ActionSpec[];
