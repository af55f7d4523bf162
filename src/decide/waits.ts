import { Buffer } from "node:buffer";
import type { RuleSet } from "../rules/rule_set.ts";
import type { Outcome, Wait } from "../rules/transaction.ts";
import type { OfflineTransaction } from "./offline_transaction.ts";

/** Most bytes of a body that are held while it is waited for (`tune.bufsize`). */
export const peekedBodyBytesMax = 16384;

/** What rules wait on: the messages themselves, which stay unread for whoever comes after. */
export interface Messages {
  request: Request;
  response: Response | undefined;
}

/** Runs a rule set to its end and really waits where a rule says so. */
export async function runWaiting(
  tx: OfflineTransaction,
  set: RuleSet,
  messages: Messages,
): Promise<Exclude<Outcome, "wait">> {
  const cursor = { next: 0, resuming: false };
  let outcome = set.run(tx, cursor);
  while (outcome === "wait") {
    const wait = tx.wait!;
    if (wait.kind === "tarpit") {
      await sleep(tarpitMs(tx), messages.request.signal);
      tx.reply = wait.reply;
      tx.decidedBy = set.rules[cursor.next]!.at;
      return "reply";
    }
    // What is there is all there is.
    if (wait.kind === "more-data") tx.final = true;
    else if (wait.kind === "name") wait.lookup.abandon();
    else await waitFor(tx, wait, messages);
    outcome = set.run(tx, cursor);
  }
  return outcome;
}

/** The request's body as far as it fits, for `option http-buffer-request`. */
export async function bufferRequest(tx: OfflineTransaction, messages: Messages): Promise<void> {
  const { timeouts } = tx.frontendPlan;
  const untilMs = tx.now + (timeouts.httpRequestMs ?? timeouts.clientMs ?? Infinity);
  await waitFor(tx, { kind: "request-body", atLeast: 0, untilMs }, messages);
}

async function waitFor(
  tx: OfflineTransaction,
  wait: Exclude<Wait, { kind: "tarpit" | "more-data" | "name" }>,
  messages: Messages,
): Promise<void> {
  const ms = wait.untilMs - tx.now;
  switch (wait.kind) {
    case "pause":
      await sleep(ms, messages.request.signal);
      tx.now = Math.max(Date.now(), wait.untilMs);
      return;
    case "request-body":
      tx.requestBody = await peek(messages.request, wait.atLeast, ms);
      break;
    case "response-body":
      if (messages.response) tx.responseBody = await peek(messages.response, wait.atLeast, ms);
      break;
    default:
      wait satisfies never;
  }
  tx.now = Date.now();
}

/** Reads a body's start from a copy of the message. */
async function peek(message: Request | Response, atLeast: number, ms: number) {
  const announced = Number(message.headers.get("content-length") ?? NaN);
  // Who took the body before us has it; nothing of it is left to look at.
  if (message.bodyUsed) return { text: "", size: announced || 0, complete: false };
  const reader = message.body ? message.clone().body!.getReader() : undefined;
  const pieces: Uint8Array[] = [];
  let size = 0;
  let complete = reader === undefined;
  const late = new AbortController();
  const timer = Number.isFinite(ms) ? setTimeout(() => late.abort(), Math.max(0, ms)) : undefined;
  const tooLate = new Promise<"late">((resolve) => {
    late.signal.addEventListener("abort", () => resolve("late"));
  });
  while (!complete && size < peekedBodyBytesMax && !(atLeast > 0 && size >= atLeast)) {
    const read = await Promise.race([reader!.read(), tooLate]);
    if (read === "late") break;
    if (read.done) complete = true;
    else {
      pieces.push(read.value);
      size += read.value.length;
    }
  }
  clearTimeout(timer);
  // A tee holds the other branch back no longer once this one is cancelled.
  if (!complete) reader?.cancel().catch(() => {});
  const text = Buffer.concat(pieces).toString("latin1");
  return { text, size: Number.isNaN(announced) ? size : announced, complete };
}

/** `timeout tarpit`, else `timeout connect`, as HAProxy falls back. */
function tarpitMs({ timeoutsMs, frontendPlan }: OfflineTransaction): number {
  return timeoutsMs.tarpit ?? frontendPlan.timeouts.tarpitMs ??
    frontendPlan.defaultBackend?.timeouts.connectMs ?? 0;
}

/** Ends early when nobody waits for the answer any more. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, ms));
    signal.addEventListener("abort", end);
  });
}
