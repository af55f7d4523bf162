import type { ServerPlan } from "../config/server_plan.ts";
import { Counter, type ElapsedTimes } from "../state/counter.ts";
import type { Exchange } from "./http/exchange.ts";
import { processFacts } from "./process_facts.ts";
import type { Stream } from "./stream.ts";

/** What of `show stat` a stream adds to; the names of the fields are HAProxy's. */

export function countRequest(x: Exchange, kind: "valid" | "invalid"): void {
  processFacts.requests++;
  x.requestCounter = processFacts.requests;
  const { state } = x.frontendPlan;
  state.requestReceived(x.now);
  if (kind === "invalid") state.count(Counter.ereq);
}

/** A connection in TCP mode is a stream from its start. */
export function countStream(stream: Stream): void {
  processFacts.requests++;
  stream.requestCounter = processFacts.requests;
}

/** The backend of a TCP stream is chosen. */
export function countBackendStream(stream: Stream): void {
  stream.backendPlan!.state.sessionOpened(stream.now);
}

/** The backend is chosen. */
export function countRouted(x: Exchange): void {
  const { state } = x.backendPlan!;
  const { now } = x;
  state.sessionOpened(now);
  state.requestReceived(now);
}

/** A rule closed or answered the request. */
export function countDenied(x: Stream): void {
  if (x.response) {
    x.frontendPlan.state.count(Counter.dresp);
    x.backendPlan?.state.count(Counter.dresp);
    x.serverPlan?.state.count(Counter.dresp);
  } else {
    x.frontendPlan.state.count(Counter.dreq);
    x.backendPlan?.state.count(Counter.dreq);
  }
}

export function countRewriteFailure(x: Stream): void {
  x.frontendPlan.state.count(Counter.wrew);
  x.backendPlan?.state.count(Counter.wrew);
}

export function countConnection(x: Stream, kind: "new" | "reused"): void {
  const counter = kind === "new" ? Counter.connect : Counter.reuse;
  x.serverPlan?.state.count(counter);
  x.backendPlan?.state.count(counter);
}

/** Nobody serves the stream: no server can, or its time in a queue is over, or the queue is full. */
export function countUnserved(x: Stream, server: ServerPlan | undefined): void {
  server?.state.count(Counter.econ);
  x.backendPlan!.state.count(Counter.econ);
}

export function countServerError(
  x: Stream,
  kind: "connect" | "response" | "cut" | "timeout",
): void {
  const counter = kind === "connect"
    ? Counter.econ
    : kind === "cut"
    ? Counter.srv_abrt
    : Counter.eresp;
  x.serverPlan?.state.count(counter);
  x.backendPlan?.state.count(counter);
}

/** Filled anew for every stream that ends; read at once. */
const times: { -readonly [K in keyof ElapsedTimes]: number } = {
  queue: 0,
  connect: 0,
  response: 0,
  total: 0,
};

function measure(x: Stream): void {
  times.queue = x.connectAt - x.queuedAt;
  times.connect = x.connectedAt - x.connectAt;
  times.response = x.responseAt < 0 ? -1 : x.responseAt - x.connectedAt;
  times.total = x.endAt - x.idleSince;
}

function countIntercepted(x: Stream): void {
  x.frontendPlan.state.count(Counter.intercepted);
  const byRule = x.flags === "LR" || x.flags === "PR";
  if (x.status >= 500 && !byRule) processFacts.ownErrors++;
}

/** The stream is over: bytes, status and times go to everyone who took part. */
export function countEnd(x: Stream): void {
  const front = x.frontendPlan.state;
  const back = x.backendPlan?.state;
  const server = x.serverPlan?.state;
  const { bytesFromClient, bytesToClient, status } = x;
  const sent = bytesFromClient + x.headBytes;
  front.count(Counter.bin, sent);
  front.count(Counter.bout, bytesToClient);
  if (status > 0) {
    processFacts.answers++;
    front.countStatus(status);
    if (x.serverStatus === 0) countIntercepted(x);
  }
  if (x.flags.charCodeAt(0) === 67) back?.count(Counter.cli_abrt);
  if (!back) return;
  back.count(Counter.bin, sent);
  back.count(Counter.bout, bytesToClient);
  if (status > 0) back.countStatus(status);
  back.sessionClosed();
  if (!server) return;
  server.count(Counter.bin, sent);
  server.count(Counter.bout, bytesToClient);
  if (x.serverStatus > 0) server.countStatus(x.serverStatus);
  if (x.serverStatus > 0 || (x.connectedAt >= 0 && x.frontendPlan.mode === "tcp")) {
    measure(x);
    back.countTimes(times);
    server.countTimes(times);
  }
}
