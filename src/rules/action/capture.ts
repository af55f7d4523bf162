import { castExpression } from "../cast_expression.ts";
import { LangError, type Phase } from "../../lang/spec.ts";
import type { Action, ActionSpec, ActionWords, RuleScope } from "../spec.ts";
import type { Outcome, Transaction } from "../transaction.ts";

function parse(words: ActionWords, scope: RuleScope): Action {
  const response = scope.ruleSet === "http-response" || scope.ruleSet === "http-after-response";
  const direction = response ? "response" : "request";
  const what = response
    ? "expects <expression> id <idx>"
    : "expects <expression> [ 'len' <length> | id <idx> ]";
  if (words.peek() === undefined) throw new LangError(what);
  const expression = words.usableExpression(scope, capturePhase(scope));
  const value = castExpression(expression, "str");
  const slot = response ? takeId(words, scope, direction) : takeSlot(words, scope, what);
  const run = (tx: Transaction): Outcome => {
    const length = tx.captureLength(direction, slot);
    // A backend may be reached from a frontend without that slot.
    if (length === undefined) return "continue";
    const text = value(tx);
    if (typeof text !== "string") return "continue";
    const captures = response ? tx.responseCaptures : tx.requestCaptures;
    captures[slot] = text.length > length ? text.substring(0, length) : text;
    return "continue";
  };
  return { final: false, text: `capture ${expression.text} id ${slot}`, run };
}

/** The slots are the frontend's: HAProxy takes nothing in HTTP rules that a frontend does not know. */
function capturePhase({ ruleSet, phase }: RuleScope): Phase {
  if (ruleSet === "http-request") return "fe_http_req_hdr";
  return ruleSet === "tcp-request content" ? phase : "fe_http_res_hdr";
}

function takeSlot(words: ActionWords, scope: RuleScope, what: string): number {
  if (words.peek() === "id") return takeId(words, scope, "request");
  if (!words.skip("len")) throw new LangError(what, words.peek());
  const word = words.take(what);
  const length = /^[0-9]+$/.test(word) ? Number(word) : 0;
  if (length <= 0) throw new LangError("length must be > 0", word);
  if (isBackend(scope)) {
    throw new LangError(`proxy '${scope.proxyName}' has no frontend capability`, "len");
  }
  return scope.declareCapture("request", length);
}

function takeId(words: ActionWords, scope: RuleScope, direction: "request" | "response"): number {
  if (!words.skip("id")) {
    throw new LangError(`expects 'id', found '${words.peek() ?? ""}'`, words.peek());
  }
  const word = words.take("missing argument for 'id'");
  if (!/^[0-9]{1,6}$/.test(word)) throw new LangError(`cannot parse '${word}' for arg 'id'`, word);
  const slot = Number(word);
  // Which frontend leads here is known only at run time.
  if (!isBackend(scope) && scope.captureSlot(direction, slot) === undefined) {
    throw new LangError(
      `unable to find capture id '${slot}' referenced by ${scope.ruleSet} capture rule`,
      word,
    );
  }
  return slot;
}

function isBackend(scope: RuleScope): boolean {
  const kind = scope.proxyKind;
  return kind === undefined ? scope.phase.startsWith("be_") : kind === "backend";
}

/** `capture`. */
export const captureActions = [
  {
    name: "capture",
    ruleSets: ["tcp-request content", "http-request", "http-response", "http-after-response"],
    syntax: "capture <sample> { len <length> | id <id> }",
    doc: "Keeps a sample in a capture slot, for the log and for later rules",
    parse,
  },
] satisfies ActionSpec[];
