import { Buffer } from "node:buffer";
import type { Context } from "hono";
import { ResponseHead } from "../http/response_head.ts";
import { reasonPhrase } from "../rules/reason.ts";
import type { Outcome, Reply } from "../rules/transaction.ts";
import { fieldList, replyHead } from "./leaving.ts";
import type { OfflineTransaction } from "./offline_transaction.ts";
import { headersOf } from "./standard_request.ts";
import { type Messages, runWaiting } from "./waits.ts";

/** Statuses with which the standard takes no body. */
const bodiless: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/** The gateway's own answer, behind the after-response rules. */
export function answerWith(tx: OfflineTransaction, reply: Reply): Response {
  // An empty page asks for a close without a word.
  if (reply.raw === "") return refusal();
  const head = replyHead(reply);
  tx.beginAnswer(head);
  const outcome = tx.frontendPlan.httpAfterResponse.run(tx, { next: 0, resuming: false });
  if (outcome === "abort" || outcome === "drop") return refusal();
  return responseOf(head, Buffer.from(reply.body, "latin1"));
}

/** Runs the response's rules over what the handlers answered, and puts what changed in place. */
export async function passResponse(
  c: Context,
  tx: OfflineTransaction,
  messages: Messages,
): Promise<void> {
  const { httpResponse, httpAfterResponse } = tx.frontendPlan;
  const response = c.res;
  // A switch of protocols is not for a standard Response to change.
  if (response.status === 101 || response.status === 0) return;
  if (httpResponse.rules.length + httpAfterResponse.rules.length === 0) return;
  messages.response = response;
  const head = headOf(response);
  tx.beginAnswer(head);
  tx.serverStatus = response.status;
  captureResponse(tx);
  const before = stateOf(head);
  const ended = endOf(tx, await runWaiting(tx, httpResponse, messages));
  if (ended) return replace(c, ended);
  const after = endOf(tx, await runWaiting(tx, httpAfterResponse, messages));
  if (after) return replace(c, after);
  if (stateOf(head) !== before) replace(c, responseOf(head, response.body));
}

function endOf(tx: OfflineTransaction, outcome: Exclude<Outcome, "wait">): Response | undefined {
  switch (outcome) {
    case "continue":
    case "accept":
      return undefined;
    case "reply":
      return answerWith(tx, tx.reply!);
    case "abort":
    case "drop":
      return refusal();
    case "error":
      return answerWith(tx, tx.errorPage(502));
    default:
      return outcome satisfies never;
  }
}

/** Hono merges the fields of the answer before into the next one, unless there is none. */
function replace(c: Context, response: Response): void {
  c.res = undefined;
  c.res = response;
}

function refusal(): Response {
  return new Response(null, { status: 403 });
}

function responseOf(head: ResponseHead, body: BodyInit | null): Response {
  return new Response(bodiless.has(head.status) ? null : body, {
    status: head.status,
    statusText: head.reason,
    headers: headersOf(fieldList(head)),
  });
}

function headOf(response: Response): ResponseHead {
  const head = new ResponseHead();
  head.status = response.status;
  head.reason = response.statusText || reasonPhrase(response.status);
  for (const [name, value] of response.headers) head.add(name, value);
  return head;
}

function stateOf(head: ResponseHead): string {
  return `${head.status} ${head.reason}\n${head.render()}`;
}

function captureResponse(tx: OfflineTransaction): void {
  const head = tx.response!;
  for (const [slot, { header, length }] of tx.frontendPlan.responseCaptures.entries()) {
    if (header === undefined) continue;
    for (let i = head.find(header); i >= 0; i = head.find(header, i)) {
      tx.responseCaptures[slot] = head.value(i).substring(0, length);
    }
  }
}
