import type { BodyFacts } from "../../lang/context.ts";
import { LangError } from "../../lang/spec.ts";
import { unsupported } from "../../lang/unsupported.ts";
import { castExpression } from "../cast_expression.ts";
import { parseDuration, parseSize } from "../duration.ts";
import type { Action, ActionSpec, ActionWords, RuleScope } from "../spec.ts";
import type { Outcome, Transaction } from "../transaction.ts";

/** Enough of the body is here: all of it, or as much as was asked for (0: all). */
function isEnough(body: BodyFacts | undefined, atLeast: number): boolean {
  if (body === undefined) return false;
  return body.complete || (atLeast > 0 && body.text.length >= atLeast);
}

function parseBodyArguments(words: ActionWords): { timeMs: number; atLeast: number } {
  let timeMs: number | undefined;
  let atLeast = 0;
  for (;;) {
    if (words.skip("time")) {
      timeMs = parseDuration(words.take("missing argument for 'time'"), "'time'");
    } else if (words.skip("at-least")) {
      atLeast = parseSize(words.take("missing argument for 'at-least'"), "'at-least'");
    } else break;
  }
  if (words.peek() === "use-large-buffer") {
    const why = "a body is kept up to 'tune.bufsize'";
    throw new LangError(unsupported("'use-large-buffer'", why), "use-large-buffer");
  }
  if (timeMs === undefined) throw new LangError("expects time <time> [ at-least <bytes> ]");
  return { timeMs, atLeast };
}

function parseWaitForBody(words: ActionWords, scope: RuleScope): Action {
  const { timeMs, atLeast } = parseBodyArguments(words);
  const response = scope.ruleSet === "http-response";
  const kind = response ? "response-body" : "request-body";
  const run = (tx: Transaction): Outcome => {
    const body = response ? tx.responseBody : tx.requestBody;
    const { wait } = tx;
    if (wait?.kind !== kind) {
      if (isEnough(body, atLeast)) return "continue";
      tx.wait = { kind, atLeast, untilMs: tx.now + timeMs };
      return "wait";
    }
    tx.wait = undefined;
    // Woken up before the time is over and without enough: no more of the body fits.
    if (isEnough(body, atLeast) || tx.now < wait.untilMs) return "continue";
    tx.reply = tx.errorPage(response ? 504 : 408);
    tx.terminate(response ? "sH" : "cR");
    return "reply";
  };
  return { final: false, text: `wait-for-body time ${timeMs} at-least ${atLeast}`, run };
}

function parsePause(words: ActionWords, scope: RuleScope): Action {
  const word = words.peek() ?? "";
  const duration = /^[0-9]/.test(word);
  const text = `pause ${word}`;
  if (duration) {
    const ms = parseDuration(words.take("expects a <timeout> or an <expr>"), "'pause'");
    return pause(text, () => ms);
  }
  const value = castExpression(words.usableExpression(scope), "sint");
  return pause(text, (tx) => {
    const ms = value(tx);
    return typeof ms === "number" || typeof ms === "bigint" ? Number(ms) : 0;
  });
}

function pause(text: string, duration: (tx: Transaction) => number): Action {
  const run = (tx: Transaction): Outcome => {
    if (tx.wait?.kind === "pause") {
      tx.wait = undefined;
      return "continue";
    }
    const ms = duration(tx);
    if (ms <= 0) return "continue";
    tx.wait = { kind: "pause", untilMs: tx.now + ms };
    return "wait";
  };
  return { final: false, text, run };
}

/** Actions that hold the transaction back for a while. */
export const waitActions = [
  {
    name: "wait-for-body",
    ruleSets: ["http-request", "http-response"],
    syntax: "wait-for-body time <time> [ at-least <bytes> ]",
    doc: "Waits for the body, or for so much of it, before the rules go on",
    parse: parseWaitForBody,
  },
  {
    name: "pause",
    ruleSets: ["http-request", "http-response"],
    syntax: "pause { <timeout> | <expr> }",
    doc: "Waits for so many milliseconds before the rules go on",
    parse: parsePause,
  },
] satisfies ActionSpec[];
