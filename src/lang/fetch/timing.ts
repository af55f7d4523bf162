import type { Context, Timers } from "../context.ts";
import type { FetchSpec } from "../spec.ts";
import {
  clientSession,
  connection,
  exchangeUnderWay,
  requestHead,
  requestRemembered,
  responseHead,
  serverConnection,
} from "./phase_mask.ts";
import { noArgs, plain } from "./row.ts";

/** `%Tq`: from accept to the end of the request's head; -1 before. */
export function untilRequest(timers: Timers): number {
  const { handshake, idle, request } = timers;
  return request < 0 ? -1 : request + Math.max(handshake, 0) + Math.max(idle, 0);
}

/** `%Td`: what remains of the total when the response's head was there; -1 without one. */
export function dataTime(timers: Timers): number {
  if (timers.response < 0) return -1;
  const before = Math.max(untilRequest(timers), 0) + Math.max(timers.queue, 0) +
    Math.max(timers.connect, 0) + timers.response;
  return timers.total - before;
}

/** `%Tu`: the total as the user feels it, without the idle time before the request. */
export function userTime(timers: Timers): number {
  return timers.total - Math.max(timers.idle, 0);
}

function row(
  name: string,
  phases: string,
  doc: string,
  read: (timers: Timers) => number,
): FetchSpec {
  const make = plain((cx: Context) => read(cx.log.timers));
  return { name, args: noArgs, type: "sint", phases, pure: true, doc, make };
}

/** All in milliseconds, -1 for what has not happened. */
export const timingFetches = [
  row(
    "fc.timer.handshake",
    connection,
    "ms of handshakes before the first byte",
    (t) => t.handshake,
  ),
  row("fc.timer.total", clientSession, "ms from accept to the end", (t) => t.total),
  row("req.timer.idle", requestHead, "ms of waiting for the request's first byte", (t) => t.idle),
  row("req.timer.hdr", requestHead, "ms of receiving the request's head", (t) => t.request),
  row("req.timer.tq", requestHead, "ms from accept to the end of the request's head", untilRequest),
  row("req.timer.queue", serverConnection, "ms spent in queues", (t) => t.queue),
  row("bc.timer.connect", serverConnection, "ms of connecting to the server", (t) => t.connect),
  row("res.timer.hdr", responseHead, "ms of waiting for the response's head", (t) => t.response),
  row("res.timer.data", exchangeUnderWay, "ms of transferring the response's body", dataTime),
  row("txn.timer.total", requestRemembered, "ms from the request's first byte on", (t) => t.active),
  row("txn.timer.user", requestRemembered, "ms as the user feels them", userTime),
] satisfies FetchSpec[];
