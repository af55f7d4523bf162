import { clock } from "../net/clock.ts";
import { report } from "../net/event_fault.ts";
import { flushOutbox } from "../net/outbox.ts";
import { reasonPhrase } from "../rules/reason.ts";
import type { ResponseHead } from "../http/response_head.ts";
import { endBody, writeBody } from "./body_writer.ts";
import type { Exchange } from "./exchange.ts";
import { abortExchange, finish } from "./finish.ts";
import { takeResponseHead } from "./head_pool.ts";
import type { ProxiedAnswer } from "./proxied_answer.ts";
import { runAfterResponse, sendReply } from "./reply_phase.ts";

/** Fields of one connection, which a Response has no say in. */
const connectionFields = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** Sends what the user's handlers answered. */
export async function answerUser(
  x: Exchange,
  response: Response,
  proxied: ProxiedAnswer | undefined,
): Promise<void> {
  clock.tick();
  if (x.over) return;
  const raw = proxied ? x.response : undefined;
  const head = raw ?? takeResponseHead();
  if (raw) applyChanges(raw, proxied!.offered, response.headers);
  else copyFields(head, response.headers);
  head.status = response.status;
  if (!raw || head.reason === "") {
    head.reason = response.statusText || reasonPhrase(response.status);
  }
  x.response = head;
  x.sink = undefined;
  if (!raw) {
    runAfterResponse(x);
    if (x.over) return;
  }
  sendHead(x, head, response);
  await sendBody(x, response.body);
  clock.tick();
  if (x.over) return;
  endBody(x.client.out, x.responseCoding, "");
  x.responseEnded = true;
  finish(x);
  flushOutbox();
}

/** A handler of the user's threw, or its answer broke off. */
export function failUser(x: Exchange, error: unknown): void {
  clock.tick();
  if (x.over) return;
  report(error);
  x.sink = undefined;
  x.terminate("IR");
  if (x.userStarted) abortExchange(x);
  else {
    x.responseStarted = false;
    sendReply(x, x.errorPage(500));
  }
  flushOutbox();
}

/** Carries over to the raw head what differs from what it was offered as. */
function applyChanges(head: ResponseHead, offered: Headers, now: Headers): void {
  for (const name of new Set([...offered.keys(), ...now.keys()])) {
    if (connectionFields.has(name)) continue;
    const before = valuesOf(offered, name);
    const after = valuesOf(now, name);
    if (before.length === after.length && before.every((value, i) => value === after[i])) continue;
    head.removeAll(name);
    for (const value of after) head.add(name, value);
  }
}

function copyFields(head: ResponseHead, headers: Headers): void {
  for (const name of new Set(headers.keys())) {
    if (connectionFields.has(name)) continue;
    for (const value of valuesOf(headers, name)) head.add(name, value);
  }
}

function valuesOf(headers: Headers, name: string): string[] {
  if (name === "set-cookie") return headers.getSetCookie();
  const value = headers.get(name);
  return value === null ? [] : [value];
}

function sendHead(x: Exchange, head: ResponseHead, response: Response): void {
  const { client } = x;
  head.removeAll("transfer-encoding");
  const bodiless = x.receivedMethod === "HEAD" || response.body === null;
  const sized = head.has("content-length");
  x.responseCoding = "plain";
  if (!bodiless && !sized) {
    if (x.request!.version === "1.0") x.closeClient = true;
    else {
      x.responseCoding = "chunked";
      head.add("Transfer-Encoding", "chunked");
    }
  } else if (bodiless && !sized && mayHaveLength(head.status) && x.receivedMethod !== "HEAD") {
    head.add("Content-Length", "0");
  }
  if (client.listener.closing || !x.requestEnded) x.closeClient = true;
  const connection = x.closeClient
    ? "Connection: close\r\n"
    : x.request!.version === "1.0"
    ? "Connection: keep-alive\r\n"
    : "";
  const text = `HTTP/1.1 ${head.status} ${head.reason}\r\n${head.render()}${connection}\r\n`;
  x.userStarted = x.responseStarted = true;
  x.status = head.status;
  x.bytesToClient += text.length;
  client.out.text(text);
}

function mayHaveLength(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304;
}

/** Copies the body to the client, as fast as the client reads. */
async function sendBody(x: Exchange, body: ReadableStream<Uint8Array> | null): Promise<void> {
  if (!body) return;
  const reader = body.getReader();
  const skip = x.receivedMethod === "HEAD";
  for (;;) {
    const { done, value } = await reader.read();
    clock.tick();
    if (x.over) {
      await reader.cancel();
      return;
    }
    if (done) return;
    if (skip || value.length === 0) continue;
    x.bytesToClient += value.length;
    writeBody(x.client.out, x.responseCoding, value, 0, value.length);
    flushOutbox();
    if (x.client.out.pending > 0) await x.clientDrained();
  }
}
