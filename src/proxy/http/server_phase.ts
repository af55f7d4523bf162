import type { ServerPlan } from "../../config/server_plan.ts";
import type { Observation } from "../../backend/health/observe.ts";
import { proxyHeaderFor } from "../../backend/send_proxy.ts";
import { serverTarget, targetKey } from "../../backend/server_target.ts";
import { settleFraming } from "../../http/framing.ts";
import { clock } from "../../net/clock.ts";
import type { ConnectionError } from "../../net/connection.ts";
import { countConnection, countServerError } from "../counting.ts";
import { deliver, leftUnread } from "./early_answer.ts";
import type { Exchange } from "./exchange.ts";
import { abortExchange } from "./finish.ts";
import { sendReply } from "./reply_phase.ts";
import { armClientTimer, finishRequest, sendHeldSlowly } from "./request_body.ts";
import { isRepeatable, repeatRequest } from "../repeat.ts";
import { redirectToServer } from "./server_redirect.ts";
import { type ResponseFault, ServerHttp1 } from "./server_http1.ts";
import { attemptFailed, observe } from "../server_search.ts";

/** Goes to the server that was found for the request, over a connection that is there or a new one. */
export function connectTo(x: Exchange, server: ServerPlan): void {
  if (server.redirectPrefix !== undefined && redirectToServer(x, server.redirectPrefix)) return;
  const proxyHeader = proxyHeaderFor(server, x);
  const target = serverTarget(server, x.client);
  const poolKey = server.followsClient ? targetKey(target) + proxyHeader : proxyHeader;
  const idle = reusable(x, server, poolKey);
  if (idle) {
    idle.take(x);
    x.link = idle;
    x.linkReused = true;
    x.connectedAt = clock.now;
    countConnection(x, "reused");
    return sendRequest(x, idle);
  }
  x.linkReused = false;
  x.link = new ServerHttp1(
    server,
    x.client.listener.idle,
    x,
    x.timeoutsMs.connect ?? x.backendPlan!.timeouts.connectMs,
    target,
    proxyHeader,
    poolKey,
  );
}

/** An idle connection of this key that may carry this request (`http-reuse`). */
function reusable(
  x: Exchange,
  server: ServerPlan,
  poolKey: string,
): ServerHttp1 | undefined {
  const { reuse } = x.backendPlan!;
  const { idle } = x.client.listener;
  const own = x.client.own && idle.takeOf(server, poolKey, x.client);
  if (own) return own;
  switch (reuse) {
    case "always":
      return idle.take(server, poolKey, "any");
    case "aggressive":
      return idle.take(server, poolKey, x.firstRequest ? "proven" : "any");
    case "safe":
      return x.firstRequest ? undefined : idle.take(server, poolKey, "any");
    case "never":
      return undefined;
  }
}

/** The connection is there: sends what is known of the request. */
export function serverConnected(x: Exchange, link: ServerHttp1): void {
  x.connectedAt = clock.now;
  countConnection(x, "new");
  observe(x, link.server, "connected");
  sendRequest(x, link);
}

function sendRequest(x: Exchange, link: ServerHttp1): void {
  const head = x.request!;
  const { out } = link;
  link.uses++;
  const closing = closesServer(x);
  const framing = settleFraming(head, x.requestFraming, head.version === "1.1");
  const connection = closing && !x.backendPlan!.pretendsKeepAlive
    ? head.version === "1.0" ? "" : "Connection: close\r\n"
    : head.version === "1.0" && framing.kind !== "chunked"
    ? "Connection: keep-alive\r\n"
    : "";
  x.responseReusesLink = !closing;
  const { sendNameHeader } = x.backendPlan!;
  if (sendNameHeader !== undefined) head.set(sendNameHeader, link.server.name);
  out.text(
    head.method + " " + head.target + (head.version === "1.0" ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n"),
  );
  head.writeTo(out);
  out.text(connection === "" ? "\r\n" : connection + "\r\n");
  x.requestCoding = framing.kind === "chunked" ? "chunked" : "plain";
  x.repeatable = isRepeatable(x);
  if (x.slow) sendHeldSlowly(x, x.slow);
  else if (x.repeatable) x.held?.copyTo(out, x.requestCoding);
  else x.held?.release(out, x.requestCoding);
  x.forwarding = true;
  if (x.requestEnded) return finishRequest(x, link);
  serverDrained(x);
  armClientTimer(x);
}

function closesServer(x: Exchange): boolean {
  const back = x.backendPlan!.connectionMode;
  const front = x.frontendPlan.connectionMode;
  return back !== "keep-alive" || front !== "keep-alive";
}

/** The server owes an answer, or more of it. */
export function armServerTimer(x: Exchange): void {
  const { link } = x;
  if (!link || !x.forwarding) return;
  if (x.answered) return link.expect(link.out.pending > 0 ? serverTimeoutMs(x) : undefined);
  const slowReader = (x.client.out.pending > 0 || link.paused) && link.out.pending === 0;
  link.expect(slowReader ? undefined : serverTimeoutMs(x));
}

function serverTimeoutMs(x: Exchange): number | undefined {
  return x.timeoutsMs.server ?? x.backendPlan!.timeouts.serverMs;
}

/** The server reads on: the client may send on. */
export function serverDrained(x: Exchange): void {
  if (!x.slow?.upload.waits) x.client.resume();
  armServerTimer(x);
  if (!x.answered) return;
  armClientTimer(x);
  if (x.link) deliver(x, x.link);
}

export function serverTimedOut(x: Exchange, link: ServerHttp1): void {
  if (x.answered) return leftUnread(x, link, "timed out");
  if (!x.responseStarted) {
    observe(x, link.server, "read-timeout");
    if (repeatRequest(x, link, "response-timeout")) return;
  }
  // In a tunnel both sides' time mostly ends at once: HAProxy looks at the client first.
  const client = link.state === "tunnel" && x.client.deadline <= clock.now;
  x.terminate((client ? "c" : "s") + (x.responseStarted ? "D" : "H"));
  countServerError(x, "timeout");
  link.close();
  x.link = undefined;
  if (x.responseStarted) abortExchange(x);
  else sendReply(x, x.errorPage(504), x.requestEnded ? "keep" : "close");
}

/** The connection could not be made, broke, or brought something that is not an answer. */
export function serverFailed(
  x: Exchange,
  link: ServerHttp1,
  fault: ConnectionError | ResponseFault,
): void {
  if (x.over || x.link !== link) return;
  if (x.answered) return leftUnread(x, link, "closed");
  x.link = undefined;
  const connected = link.uses > 0 && x.forwarding;
  link.close();
  if (!connected) return attemptFailed(x, link.server, fault === "timeout" ? fault : "refused");
  const sighted = observed(fault);
  if (x.responseStarted) {
    if (sighted) observe(x, link.server, sighted);
    x.terminate(fault === "invalid body" ? "PD" : "SD");
    countServerError(x, "cut");
    return abortExchange(x);
  }
  const misread = fault === "invalid head" || fault === "invalid body";
  const keptTooLong = x.linkReused && !misread && fault !== "cut short";
  // That the server closed a connection it had kept says nothing of its health.
  if (sighted && !keptTooLong) observe(x, link.server, sighted);
  if (repeatRequest(x, link, misread ? "junk-response" : "empty-response")) return;
  if (keptTooLong) {
    // The client repeats the request, as it would have had to without us in between; HAProxy does not
    // log such an attempt either.
    x.logged = true;
    return abortExchange(x);
  }
  countServerError(x, "response");
  if (misread) x.terminate("PH");
  else x.terminate(x.requestSent || fault === "no answer" ? "SH" : "SD");
  sendReply(x, x.errorPage(502));
}

/** What `observe` makes of a fault; nothing of an answer that ends too soon, as HAProxy. */
function observed(fault: ConnectionError | ResponseFault): Observation | undefined {
  switch (fault) {
    case "invalid head":
      return "invalid-head";
    case "invalid body":
      return "invalid-body";
    case "no answer":
      return "closed-early";
    case "cut short":
      return undefined;
    default:
      return "read-error";
  }
}
