import { LangError } from "../../lang/spec.ts";
import { castExpression } from "../cast_expression.ts";
import { parseDuration } from "../duration.ts";
import type { Action, ActionSpec, ActionWords, RuleScope } from "../spec.ts";
import type { Outcome, TimerName, Transaction } from "../transaction.ts";

/** Which side a timer belongs to. */
const timerSides: Readonly<Record<TimerName, "frontend" | "backend">> = {
  client: "frontend",
  connect: "backend",
  queue: "backend",
  server: "backend",
  tarpit: "backend",
  tunnel: "backend",
};

function isTimer(word: string): word is TimerName {
  return Object.hasOwn(timerSides, word);
}

function parse(words: ActionWords, scope: RuleScope): Action {
  const what = "expects exactly 2 arguments";
  const timer = words.take(what);
  if (!isTimer(timer)) {
    const known = Object.keys(timerSides).map((name) => `'${name}'`).join(", ");
    throw new LangError(`'${timer}' timer is not handled: expects ${known}`, timer);
  }
  checkSide(timer, scope);
  const word = words.peek();
  if (word === undefined) throw new LangError(what);
  if (!/^[0-9]/.test(word)) return fromExpression(timer, words, scope);
  const ms = parseDuration(words.take(what), `'set-timeout ${timer}'`);
  if (ms === 0) throw new LangError("null value is not valid for a 'set-timeout' rule", word);
  const run = (tx: Transaction): Outcome => {
    tx.setTimeout(timer, ms);
    return "continue";
  };
  return { final: false, text: `set-timeout ${timer} ${word}`, run };
}

function fromExpression(timer: TimerName, words: ActionWords, scope: RuleScope): Action {
  const expression = words.expression(scope);
  const value = castExpression(expression, "sint");
  const run = (tx: Transaction): Outcome => {
    const ms = value(tx);
    if ((typeof ms === "number" || typeof ms === "bigint") && ms > 0) {
      tx.setTimeout(timer, Number(ms));
    }
    return "continue";
  };
  return { final: false, text: `set-timeout ${timer} ${expression.text}`, run };
}

function checkSide(timer: TimerName, scope: RuleScope): void {
  const kind = scope.proxyKind ?? (scope.phase.startsWith("be_") ? "backend" : "frontend");
  if (kind === "listen" || kind === "defaults") return;
  const side = timerSides[timer];
  if (timer === "tarpit" || kind === side) return;
  throw new LangError(`proxy '${scope.proxyName}' has no ${side} capability`, timer);
}

/** `set-timeout`. */
export const timeoutActions = [
  {
    name: "set-timeout",
    ruleSets: ["http-request", "http-response"],
    syntax:
      "set-timeout { client | connect | queue | server | tarpit | tunnel } { <timeout> | <expr> }",
    doc: "Changes a timeout for this transaction only",
    parse,
  },
] satisfies ActionSpec[];
