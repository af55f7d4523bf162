import { giveCookie } from "../../backend/persistence/answer_cookie.ts";
import type { Persistence } from "../../backend/persistence/persistence.ts";
import { observationOf } from "../../backend/health/observe.ts";
import { sharesCookies } from "../../http/cacheability.ts";
import { challengesConnection } from "../../http/connection_challenge.ts";
import { takeConnectionTokens } from "../../http/connection_fields.ts";
import { findCookie } from "../../http/cookie_search.ts";
import { noBody, responseFraming, settleFraming } from "../../http/framing.ts";
import type { ResponseHead } from "../../http/response_head.ts";
import { switchesProtocol } from "../../http/web_socket.ts";
import { reasonPhrase } from "../../rules/reason.ts";
import { clock } from "../../net/clock.ts";
import { endBody, writeBody } from "./body_writer.ts";
import { countDenied } from "../counting.ts";
import { answerIsIn, answerIsOut } from "./early_answer.ts";
import type { Exchange } from "./exchange.ts";
import { giveResponseHead } from "./head_pool.ts";
import { HeldBody, heldBodyBytesMax } from "./held_body.ts";
import { sendReply } from "./reply_phase.ts";
import { armClientTimer } from "./request_body.ts";
import { repeatRequest } from "../repeat.ts";
import { bodyArrived, runRules } from "./run_rules.ts";
import { armServerTimer, serverFailed } from "./server_phase.ts";
import type { SlowBodies } from "./slow_bodies.ts";
import type { ServerHttp1 } from "./server_http1.ts";
import { observe } from "../server_search.ts";
import { startTunnel } from "./tunnel.ts";

/** A server's head is complete: interim answers pass, a final one goes through the rules. */
export function onResponseHead(x: Exchange, link: ServerHttp1, head: ResponseHead): void {
  if (head.status < 200 && head.status !== 101) return passInterim(x, head);
  x.responseAt = clock.now;
  x.serverStatus = x.status = head.status;
  observe(x, link.server, observationOf(head.status));
  if (x.repeatable && repeatRequest(x, link, String(head.status))) return giveResponseHead(head);
  const result = responseFraming(head, x.request!.method);
  const asked = head.status !== 101 || (x.wish.upgrade && switchesProtocol(head));
  if (result.kind === "invalid" || !asked) {
    giveResponseHead(head);
    return serverFailed(x, link, "invalid head");
  }
  if (head.status === 204) dropFraming(head);
  if (head.status > 400 && challengesConnection(head)) link.serves = "authenticated client";
  x.beginAnswer(head);
  x.responseFraming = result.framing;
  const wish = x.wish = takeConnectionTokens(head);
  if (
    wish.close || result.mustClose || x.responseFraming.kind === "close" ||
    (head.version === "1.0" && !wish.keepAlive)
  ) x.responseReusesLink = false;
  captureResponse(x);
  const { kind } = x.responseFraming;
  if (kind !== "none" && kind !== "tunnel") link.readBodyAs(x.responseFraming);
  if (kind === "none") x.responseEnded = true;
  // What came of the chunks with the head is read before anything is decided: 502 is possible yet.
  if (kind !== "chunked") backendResponseRules(x);
}

/** The chunks that came with the head are sound: goes on with the rules. */
export function decideResponse(x: Exchange): void {
  if (!x.over && x.response) backendResponseRules(x);
}

/** What has no body by its status says nothing of one (RFC 9110 §8.6, RFC 9112 §6.1). */
function dropFraming(head: ResponseHead): void {
  head.removeAll("content-length");
  head.removeAll("transfer-encoding");
}

/** 100, 102 and 103 go through at once, also to an HTTP/1.0 client, as HAProxy lets them. */
function passInterim(x: Exchange, head: ResponseHead): void {
  dropFraming(head);
  x.client.out.text(statusLine(head) + head.render() + "\r\n");
  giveResponseHead(head);
}

function backendResponseRules(x: Exchange): void {
  runRules(x, x.backendPlan!.tcpResponseContent, httpResponseRules);
}

function httpResponseRules(x: Exchange): void {
  const back = x.backendPlan!.httpResponse;
  const front = x.frontendPlan.httpResponse;
  if (back === front) return runRules(x, front, afterResponseRules);
  runRules(x, back, (done) => runRules(done, front, afterResponseRules));
}

function afterResponseRules(x: Exchange): void {
  const setsCookie = x.backendPlan!.checksCache && hasCookie(x.response!);
  if (x.persistence) givePersistence(x, x.persistence);
  if (setsCookie && sharesCookies(x.response!, x.receivedMethod)) return blockCookie(x);
  // What the user's handlers make of it passes those rules.
  if (x.sink) return x.sink.head(x);
  const back = x.backendPlan!.httpAfterResponse;
  const front = x.frontendPlan.httpAfterResponse;
  if (back === front) return runRules(x, front, sendResponse);
  runRules(x, back, (done) => runRules(done, front, sendResponse));
}

/** One that the server sets: ours is for whoever gets it. */
function hasCookie(head: ResponseHead): boolean {
  return head.has("set-cookie") || head.has("set-cookie2");
}

/** `option checkcache`. */
function blockCookie(x: Exchange): void {
  const { name } = x.backendPlan!;
  const text = `Blocking cacheable cookie in response from instance ${name}, server ` +
    `${x.serverPlan!.name}.`;
  x.client.listener.host.alert(text, name);
  x.terminate("PH");
  countDenied(x);
  sendReply(x, x.errorPage(502));
}

function givePersistence(x: Exchange, persistence: Persistence): void {
  giveCookie(x.backendPlan!.cookie!, persistence, x.response!, {
    server: x.serverPlan!,
    direct: x.direct,
    method: x.receivedMethod,
    now: x.now / 1000,
  });
}

/** The answer goes on to the client. */
function sendResponse(x: Exchange): void {
  const head = x.response!;
  x.status = head.status;
  if (x.responseFraming.kind === "tunnel") {
    return startTunnel(x, statusLine(head) + head.render() + "\r\n");
  }
  if (x.responseFraming.kind !== "none") {
    x.responseFraming = settleFraming(head, x.responseFraming, x.request!.version === "1.1");
  }
  const { kind } = x.responseFraming;
  x.responseCoding = kind === "chunked" ? "chunked" : "plain";
  const old = head.version === "1.0";
  if (kind === "close" || (old && kind === "chunked") || closesClient(x)) x.closeClient = true;
  x.responseStarted = true;
  const { out } = x.client;
  const before = out.written;
  out.text(statusLine(head));
  head.writeTo(out);
  out.text(endOfHead(x));
  x.bytesToClient += out.written - before;
  x.client.listener.logEarly(x);
  if (x.responseHeld) sendHeld(x, x.responseHeld);
  armClientTimer(x);
  if (x.responseEnded) endResponse(x);
  else armServerTimer(x);
}

/** What came of the body while rules looked at the answer. */
function sendHeld(x: Exchange, held: HeldBody): void {
  x.responseHeld = undefined;
  if (x.slow) return passSlowly(x, x.slow, held.take());
  x.bytesToClient += held.size;
  held.release(x.client.out, x.responseCoding);
  // It was kept from sending more than rules may look at. Should the client not read, it waits again.
  if (x.client.out.pending === 0) x.link?.resume();
}

/** The line last written for a status: servers hardly ever change their phrase. */
const lastLines: { reason: string; line: string }[] = [];

function statusLine(head: ResponseHead): string {
  const { status, reason } = head;
  if (head.version === "1.0") {
    return "HTTP/1.0 " + status + " " + (reason || reasonPhrase(status)) + "\r\n";
  }
  const last = lastLines[status];
  if (last !== undefined && last.reason === reason) return last.line;
  const line = "HTTP/1.1 " + status + " " + (reason || reasonPhrase(status)) + "\r\n";
  lastLines[status] = { reason, line };
  return line;
}

function closesClient(x: Exchange): boolean {
  // A backend's httpclose is about its servers: the client may go on.
  return x.frontendPlan.connectionMode === "close" || x.client.leaves;
}

/** The connection field, only where the version alone would say something else, and the empty line. */
function endOfHead(x: Exchange): string {
  const old = x.response!.version === "1.0";
  if (x.closeClient) return old ? "\r\n" : "Connection: close\r\n\r\n";
  return old || x.request!.version === "1.0" ? "Connection: keep-alive\r\n\r\n" : "\r\n";
}

/** A piece of the answer's body. */
export function onResponseBytes(x: Exchange, bytes: Uint8Array, from: number, to: number): void {
  if (x.over) return;
  if (x.sink?.taking) x.sink.bytes(bytes, from, to);
  else if (x.responseStarted) {
    if (x.slow) passSlowly(x, x.slow, bytes.subarray(from, to));
    else passResponseBytes(x, bytes, from, to);
  } else {
    (x.responseHeld ??= new HeldBody()).add(bytes, from, to);
    if (x.responseHeld.size >= heldBodyBytesMax) x.link?.pause();
    bodyArrived(x);
  }
  armServerTimer(x);
}

/** A piece of the answer's body goes to the client. */
export function passResponseBytes(x: Exchange, bytes: Uint8Array, from: number, to: number): void {
  x.bytesToClient += to - from;
  writeBody(x.client.out, x.responseCoding, bytes, from, to);
}

function passSlowly(x: Exchange, { download }: SlowBodies, bytes: Uint8Array): void {
  download.take(bytes);
  if (download.waits) x.link?.pause();
  else if (x.client.out.pending === 0) x.link?.resume();
}

/** The client was sent all that came so far. */
export function downloadCaughtUp(x: Exchange): void {
  if (x.over) return;
  if (x.responseEnded && !x.handlers) return endResponse(x);
  if (x.client.out.pending === 0) x.link?.resume();
  armServerTimer(x);
  x.onClientDrain?.();
}

export function onResponseEnd(x: Exchange, trailers: string): void {
  if (x.over) return;
  x.responseEnded = true;
  x.responseTrailers = x.frontendPlan.dropsResponseTrailers ? "" : trailers;
  if (x.responseStarted || x.sink?.taking) endResponse(x);
  else bodyArrived(x);
}

function endResponse(x: Exchange): void {
  if (x.sink) return x.sink.end(x);
  if (x.slow?.download.waits) return answerIsIn(x);
  if (x.responseFraming !== noBody) endBody(x.client.out, x.responseCoding, x.responseTrailers);
  answerIsOut(x);
}

function captureResponse(x: Exchange): void {
  const { responseCaptures, captureCookie } = x.frontendPlan;
  const head = x.response!;
  if (captureCookie) {
    const { name, length } = captureCookie;
    x.responseCookie = findCookie(head, "set-cookie", name)?.substring(0, length);
  }
  for (let i = 0; i < responseCaptures.length; i++) {
    const { header, length } = responseCaptures[i]!;
    if (header === undefined) continue;
    for (let f = head.find(header); f >= 0; f = head.find(header, f)) {
      x.responseCaptures[i] = head.value(f).substring(0, length);
    }
  }
}
