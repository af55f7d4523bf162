import type { RuleSet } from "../../rules/rule_set.ts";
import type { Reply, Wait } from "../../rules/transaction.ts";
import { Timer, timers } from "../../net/timers.ts";
import { flushOutbox } from "../../net/outbox.ts";
import { clock } from "../../net/clock.ts";
import { countDenied } from "../counting.ts";
import type { Exchange } from "./exchange.ts";
import { heldBodyBytesMax } from "./held_body.ts";
import { dropClient, failRewrite, rejectClient, sendReply } from "./reply_phase.ts";
import { never } from "../stream.ts";

/** Runs a rule set and goes on with `then`, unless a rule answers, closes or waits. */
export function runRules(x: Exchange, rules: RuleSet, then: (x: Exchange) => void): void {
  if (rules.rules.length === 0) return then(x);
  if (!x.final) settleWaiting(x);
  const outcome = rules.run(x, x.cursor);
  if (outcome !== "wait" && !x.final) x.final = true;
  x.sendHints();
  switch (outcome) {
    case "continue":
    case "accept":
      return then(x);
    case "reply":
      // `deny` and `tarpit` are denials, `return` and `redirect` are answers.
      if (x.flags.startsWith("P")) countDenied(x);
      // HAProxy's request is over when its rules are: one whose body never came was never whole.
      if (x.flags === "cR") x.requestAt = never;
      // HAProxy does not wait for the body of what it sends elsewhere.
      if (isRedirect(x.reply!) && x.requestFraming.kind !== "none") x.closeClient = true;
      return sendReply(x, x.reply!);
    case "wait":
      return waitFor(x, (resumed) => runRules(resumed, rules, then));
    case "abort":
      return rejectClient(x);
    case "drop":
      return dropClient(x);
    case "error":
      return failRewrite(x);
  }
}

/** Content inspection decides on what is there once no more is waited for. */
function settleWaiting(x: Exchange): void {
  x.final = x.requestEnded || clock.now >= x.inspectUntil ||
    (x.held?.size ?? 0) >= heldBodyBytesMax;
}

/** Of the `redirect` action, which leaves the length to the sender. */
function isRedirect(reply: Reply): boolean {
  return reply.status >= 300 && reply.status < 400 &&
    !reply.headers.some(([name]) => name === "Content-Length");
}

/** Holds the exchange until what `x.wait` names is there, then calls `resume`. */
export function waitFor(x: Exchange, resume: (x: Exchange) => void): void {
  const wait = x.wait!;
  x.resume = resume;
  if (!x.response) x.requestAt = never;
  switch (wait.kind) {
    case "request-body":
      askForBody(x);
      if (bodyIsThere(x)) return goOn(x);
      return startTimer(x, wait.untilMs - x.now, goOn);
    case "response-body":
      if (bodyIsThere(x)) return goOn(x);
      return startTimer(x, wait.untilMs - x.now, goOn);
    case "tarpit":
      return startTimer(x, tarpitMs(x), (late) => {
        late.resume = undefined;
        sendReply(late, wait.reply);
      });
    case "pause":
      return startTimer(x, wait.untilMs - x.now, goOn);
    case "name":
      return waitForAnswer(x, wait);
    case "more-data":
      return startTimer(x, x.inspectUntil - clock.now, goOn);
  }
}

/** New body bytes, or the body's end, may be what a rule waits for. */
export function bodyArrived(x: Exchange): void {
  if (x.resume && x.wait && bodyIsThere(x)) goOn(x);
}

function bodyIsThere(x: Exchange): boolean {
  const { wait } = x;
  if (wait?.kind === "request-body") {
    const size = x.held?.size ?? 0;
    return x.requestEnded || size >= heldBodyBytesMax || (wait.atLeast > 0 && size >= wait.atLeast);
  }
  if (wait?.kind === "response-body") {
    const size = x.responseHeld?.size ?? 0;
    return x.responseEnded || size >= heldBodyBytesMax ||
      (wait.atLeast > 0 && size >= wait.atLeast);
  }
  return wait?.kind === "more-data";
}

function waitForAnswer(x: Exchange, { lookup, inspects }: Wait & { kind: "name" }): void {
  const giveUp = () => {
    lookup.abandon();
    goOn(x);
  };
  if (inspects && x.inspectUntil <= clock.now) return giveUp();
  lookup.onSettled = () => answerArrived(x);
  if (inspects) startTimer(x, x.inspectUntil - clock.now, giveUp);
}

/** Name servers have said what a rule wants to know, or that they can't. */
function answerArrived(x: Exchange): void {
  clock.tick();
  goOn(x);
  flushOutbox();
}

function goOn(x: Exchange): void {
  const { resume } = x;
  x.resume = undefined;
  if (!x.response) x.requestAt = clock.now;
  if (x.waitTimer) timers.forget(x.waitTimer);
  resume?.(x);
}

/** A client that waits for `100 Continue` before it sends its body gets it from here. */
export function askForBody(x: Exchange): void {
  const head = x.request!;
  if (x.requestEnded || (x.held?.size ?? 0) > 0) return;
  if (head.first("expect")?.toLowerCase() !== "100-continue" || head.version === "1.0") return;
  head.removeAll("expect");
  x.client.out.text("HTTP/1.1 100 Continue\r\n\r\n");
}

function startTimer(x: Exchange, ms: number, then: (x: Exchange) => void): void {
  x.afterWait = then;
  x.waitTimer ??= new Timer(() => {
    clock.tick();
    if (!x.over) x.afterWait?.(x);
    flushOutbox();
  });
  timers.set(x.waitTimer, Math.max(0, ms));
}

/** `timeout tarpit`, else `timeout connect`, as HAProxy falls back. */
function tarpitMs(x: Exchange): number {
  return x.timeoutsMs.tarpit ?? x.backendPlan?.timeouts.tarpitMs ??
    x.frontendPlan.timeouts.tarpitMs ??
    (x.backendPlan ?? x.frontendPlan.defaultBackend)?.timeouts.connectMs ?? 0;
}
