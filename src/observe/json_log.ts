import type { Context } from "../lang/context.ts";
import { jsonString } from "./json_text.ts";
import { logLevels } from "./log_level.ts";

/**
 * One access log line as a JSON object. Members are named as HAProxy's log aliases (`ci`, `ST`,
 * `Ta`, …; manual §8.2.6) and left out where there is nothing to say; `t` is ISO 8601 in UTC. Times
 * are milliseconds, -1 for what never happened, sizes bytes. A line that would pass `length` bytes
 * loses its captures and the end of `HU`, and says so with `"truncated":true`.
 */
export function jsonAccessLine(cx: Context, length: number): string {
  const target = cx.received?.target;
  const head = connectionMembers(cx) + timeMembers(cx) + answerMembers(cx);
  const line = head + requestMembers(cx, target) + captureMembers(cx) + "}";
  if (line.length < length || target === undefined) return line;
  const bare = head + requestMembers(cx, "") + `,"truncated":true}`;
  const room = Math.max(0, length - 1 - bare.length);
  return head + requestMembers(cx, fitting(target, room)) + `,"truncated":true}`;
}

/** A process event as a JSON object. */
export function jsonEventLine(level: number, text: string, now: number): string {
  return `{"t":"${isoTime(now)}","level":"${logLevels[level]}","message":${jsonString(text)}}`;
}

/** The longest start of `text` whose JSON form needs no more than `room` bytes beside its quotes. */
function fitting(text: string, room: number): string {
  let cut = text.substring(0, room);
  for (let over = excess(cut, room); over > 0; over = excess(cut, room)) {
    cut = cut.substring(0, Math.max(0, cut.length - Math.ceil(over / longestEscape)));
  }
  return cut;
}

/** One byte takes at most six in JSON (`\u0000`). */
const longestEscape = 6;

function excess(text: string, room: number): number {
  return text === "" ? 0 : jsonString(text).length - 2 - room;
}

function connectionMembers(cx: Context): string {
  const { client, frontend, backend, server } = cx;
  return `{"t":"${isoTime(cx.log.timers.startedAt)}"${member("ci", client.src?.toString())}` +
    `,"cp":${client.srcPort}${member("fi", client.dst?.toString())},"fp":${client.dstPort}` +
    member("fc_err_str", client.fault?.text) + member("f", frontend.name) +
    member("b", backend?.name) + member("s", server?.name) +
    member("si", server?.address?.toString());
}

function timeMembers({ log: { timers } }: Context): string {
  const { handshake, idle, request, queue, connect, response, active, total } = timers;
  return `,"Th":${handshake},"Ti":${idle},"TR":${request},"Tw":${queue},"Tc":${connect}` +
    `,"Tr":${response},"Ta":${active},"Tt":${total}`;
}

function answerMembers({ log, response, process, frontend, backend, server }: Context): string {
  return `,"ST":${response?.status ?? 0},"B":${log.bytesToClient},"U":${log.bytesFromClient}` +
    member("tsc", log.terminationStateCookie) +
    `,"ac":${process.connections()},"fc":${frontend.connections()}` +
    `,"bc":${backend?.connections() ?? 0},"sc":${server?.connections() ?? 0}` +
    `,"rc":${log.retries},"redispatched":${log.redispatched}` +
    `,"sq":${log.serverQueue},"bq":${log.backendQueue}`;
}

function requestMembers(cx: Context, target: string | undefined): string {
  return member("HM", cx.received?.method) + member("HU", target) +
    member("HV", cx.received?.version) + member("ID", cx.uniqueId());
}

function captureMembers({ requestCaptures, responseCaptures }: Context): string {
  return list("hr", requestCaptures) + list("hs", responseCaptures);
}

function member(name: string, value: string | undefined): string {
  return value === undefined ? "" : `,"${name}":${jsonString(value)}`;
}

function list(name: string, values: readonly (string | undefined)[]): string {
  if (values.length === 0) return "";
  let items = "";
  for (const value of values) {
    items += (items === "" ? "" : ",") + (value === undefined ? "null" : jsonString(value));
  }
  return `,"${name}":[${items}]`;
}

let isoSecond = NaN;
let isoPrefix = "";

/** ISO 8601 in UTC with milliseconds; the seconds' part is made once a second. */
function isoTime(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== isoSecond) {
    isoSecond = second;
    isoPrefix = new Date(second * 1000).toISOString().substring(0, 20);
  }
  return `${isoPrefix}${String(Math.floor(now % 1000)).padStart(3, "0")}Z`;
}
