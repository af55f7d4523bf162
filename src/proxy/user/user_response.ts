import { Buffer } from "node:buffer";
import { clock } from "../../net/clock.ts";
import { flushOutbox } from "../../net/outbox.ts";
import { reasonPhrase } from "../../rules/reason.ts";
import type { Reply } from "../../rules/transaction.ts";
import { endBody } from "../http/body_writer.ts";
import { applyChanges, connectionFields, copyFields } from "./changed_fields.ts";
import { answerIsOut } from "../http/early_answer.ts";
import type { Exchange } from "../http/exchange.ts";
import { abortExchange } from "../http/finish.ts";
import { clientWaits, type HandlerRun } from "./handler_run.ts";
import { takeResponseHead } from "../http/head_pool.ts";
import type { ProxiedAnswer } from "./proxied_answer.ts";
import { armClientTimer } from "../http/request_body.ts";
import { runAfterResponse, sendReply } from "../http/reply_phase.ts";
import { passResponseBytes } from "../http/response_phase.ts";
import { startTunnel } from "../http/tunnel.ts";

/** Sends what the user's handlers answered. */
export async function answerUser(x: Exchange, run: HandlerRun, response: Response): Promise<void> {
  clock.tick();
  if (x.over) return;
  const { proxied } = run;
  if (proxied && !proxied.taking) run.abandonProxied();
  const own = response.body !== (proxied?.body ?? null);
  if (proxied?.taking) changeHead(x, proxied, response, own);
  else ownHead(x, response);
  // One that broke off refuses to be cancelled, with the error that their answer has made up for.
  if (own && proxied?.body && !proxied.body.locked) await proxied.body.cancel().catch(() => {});
  if (x.over) return;
  runAfterResponse(x);
  if (x.over) return;
  if (x.responseFraming.kind === "tunnel" && x.response!.status === 101) return openTunnel(x, run);
  const length = sendHead(x, response, own);
  await sendBody(x, run, response.body, length);
  clock.tick();
  if (x.over) return;
  endBody(x.client.out, x.responseCoding, own ? "" : x.responseTrailers);
  run.done();
  if (!proxied) x.terminate("LR");
  // The rest of a server's answer that the handlers did not want must not reach the next request.
  if (!x.responseEnded) x.abandonAnswer();
  x.responseEnded = true;
  answerIsOut(x);
  flushOutbox();
}

/** A handler of the user's threw, or its answer broke off. */
export function failUser(x: Exchange, run: HandlerRun, error: unknown): void {
  clock.tick();
  if (x.over) return;
  const page = run.failure(error);
  if (x.responseStarted) abortExchange(x);
  else {
    run.abandonProxied();
    sendReply(x, page);
  }
  flushOutbox();
}

/** A page of the gateway's as a Response, for the middleware around the handler that failed. */
export function pageResponse(page: Reply): Response {
  const headers = new Headers();
  for (const [name, value] of page.headers) {
    if (!connectionFields.has(name.toLowerCase())) headers.append(name, value);
  }
  const { status, reason: statusText } = page;
  return new Response(Buffer.from(page.body, "latin1"), { status, statusText, headers });
}

function changeHead(
  x: Exchange,
  proxied: ProxiedAnswer,
  response: Response,
  own: boolean,
): void {
  const head = x.response!;
  const { headers } = response;
  applyChanges(head, proxied.offered, headers);
  // Hono carries the fields of a Response over to the one that replaces it, this one too.
  const stale = headers.get("content-length") === proxied.offered.get("content-length");
  if (own && stale) head.removeAll("content-length");
  if (response.status !== proxied.status) {
    head.status = response.status;
    head.reason = response.statusText;
  }
}

function ownHead(x: Exchange, response: Response): void {
  const head = takeResponseHead();
  head.status = response.status;
  head.reason = response.statusText;
  copyFields(head, response.headers);
  x.beginAnswer(head);
}

/** Sends the head; returns the length that it promises, -1 for none. */
function sendHead(x: Exchange, response: Response, own: boolean): number {
  const { client } = x;
  const head = x.response!;
  const bodiless = x.receivedMethod === "HEAD" || response.body === null;
  const length = settleLength(x, bodiless);
  if (!bodiless && length < 0 && x.request!.version === "1.0") x.closeClient = true;
  x.responseCoding = bodiless || length >= 0 || x.request!.version === "1.0" ? "plain" : "chunked";
  // A chunked answer of the server's that stays one keeps its field where it was.
  const kept = !own && head.first("transfer-encoding")?.toLowerCase() === "chunked";
  if (x.responseCoding === "plain" || !kept) head.removeAll("transfer-encoding");
  if (x.responseCoding === "chunked" && !kept) head.add("Transfer-Encoding", "chunked");
  head.removeAll("connection");
  head.removeAll("keep-alive");
  if (client.leaves || x.frontendPlan.connectionMode === "close") x.closeClient = true;
  const connection = x.closeClient
    ? "Connection: close\r\n"
    : x.request!.version === "1.0"
    ? "Connection: keep-alive\r\n"
    : "";
  const reason = head.reason || reasonPhrase(head.status);
  const text = `HTTP/1.1 ${head.status} ${reason}\r\n${head.render()}${connection}\r\n`;
  x.responseStarted = true;
  x.status = head.status;
  x.bytesToClient += text.length;
  client.out.text(text);
  return bodiless ? -1 : length;
}

/** What the head says of the body's length, once it can be believed; -1 for nothing. */
function settleLength(x: Exchange, bodiless: boolean): number {
  const head = x.response!;
  const value = head.first("content-length");
  const may = head.status >= 200 && head.status !== 204;
  if (value !== undefined && (!may || !/^\d{1,15}$/.test(value))) head.removeAll("content-length");
  else if (value !== undefined) return Number(value);
  if (may && bodiless && head.status !== 304 && x.receivedMethod !== "HEAD") {
    head.add("Content-Length", "0");
  }
  return -1;
}

/** A server agreed to change the protocol, and no handler objected. */
function openTunnel(x: Exchange, run: HandlerRun): void {
  const head = x.response!;
  run.done();
  x.status = head.status;
  const reason = head.reason || reasonPhrase(head.status);
  startTunnel(x, `HTTP/1.1 ${head.status} ${reason}\r\n${head.render()}\r\n`);
  flushOutbox();
}

/** Copies the body to the client, as fast as the client reads. */
async function sendBody(
  x: Exchange,
  run: HandlerRun,
  body: ReadableStream<Uint8Array> | null,
  length: number,
): Promise<void> {
  if (!body) return;
  const reader = body.getReader();
  let sent = 0;
  for (;;) {
    run.owed();
    flushOutbox();
    const { done, value } = await reader.read();
    clock.tick();
    if (x.over) return void reader.cancel().catch(() => {});
    if (length >= 0 && (done ? sent < length : sent + value.length > length)) {
      void reader.cancel().catch(() => {});
      throw new TypeError(`The answer says that it has ${length} bytes, and has not`);
    }
    if (done) return;
    if (x.receivedMethod === "HEAD" || value.length === 0) continue;
    sent += value.length;
    if (x.slow) x.slow.download.take(value);
    else passResponseBytes(x, value, 0, value.length);
    flushOutbox();
    armClientTimer(x);
    while (!x.over && clientWaits(x)) {
      run.owed();
      await x.clientDrained();
    }
  }
}
