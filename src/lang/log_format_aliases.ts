import type { Context } from "./context.ts";
import { requestDate } from "./fetch/clock.ts";
import { dataTime, untilRequest, userTime } from "./fetch/timing.ts";
import {
  address,
  type AliasSpec,
  bare,
  capturesInBraces,
  capturesInList,
  encoded,
  hexNumber,
  port,
  text,
} from "./log_format_alias.ts";
import { localDate, localDateMs, millisecondPart, utcDate } from "./log_format_date.ts";

/** What logs show of a request that could not be read. */
const badRequest = "<BADREQ>";

const accepted = (cx: Context) => cx.log.timers.startedAt;

const dates: readonly AliasSpec[] = [
  bare("T", "accept date in UTC", (cx) => utcDate(accepted(cx))),
  bare("Tl", "accept date in local time", (cx) => localDate(accepted(cx))),
  hexNumber(
    "Ts",
    "accept date in seconds since the epoch",
    (cx) => Math.floor(accepted(cx) / 1000),
  ),
  bare("t", "accept date in local time, with milliseconds", (cx) => localDateMs(accepted(cx))),
  bare("ms", "milliseconds of the accept date", (cx) => millisecondPart(accepted(cx))),
  bare(
    "tr",
    "date of the request's first byte, local, with ms",
    (cx) => localDateMs(requestDate(cx)),
  ),
  bare("trg", "date of the request's first byte in UTC", (cx) => utcDate(requestDate(cx))),
  bare("trl", "date of the request's first byte, local", (cx) => localDate(requestDate(cx))),
];

/** What only the end would tell, marked as less than that where the line comes earlier. */
function soFar({ log }: Context, value: number): string | number {
  return log.early ? "+" + value : value;
}

const timers: readonly AliasSpec[] = [
  bare(
    "Ta",
    "ms from the request's first byte to the end",
    (cx) => soFar(cx, cx.log.timers.active),
  ),
  bare("Tc", "ms of connecting to the server", (cx) => cx.log.timers.connect),
  bare("Td", "ms of transferring the response", (cx) => dataTime(cx.log.timers)),
  bare("Th", "ms of handshakes", (cx) => cx.log.timers.handshake),
  bare("Ti", "ms idle before the request", (cx) => cx.log.timers.idle),
  bare("Tq", "Th + Ti + TR", (cx) => untilRequest(cx.log.timers)),
  bare("TR", "ms of receiving the request's head", (cx) => cx.log.timers.request),
  bare("Tr", "ms of waiting for the response's head", (cx) => cx.log.timers.response),
  bare("Tt", "ms from accept to the end", (cx) => soFar(cx, cx.log.timers.total)),
  bare("Tu", "ms as the user feels them", (cx) => soFar(cx, userTime(cx.log.timers))),
  bare("Tw", "ms spent in queues", (cx) => cx.log.timers.queue),
];

function receivedTarget(cx: Context): string {
  return cx.received?.target ?? badRequest;
}

function withoutQuery(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.substring(0, mark);
}

/** The path alone, of an absolute target too. */
function pathOnly(cx: Context): string {
  const target = withoutQuery(receivedTarget(cx));
  if (target.startsWith("/")) return target;
  const scheme = target.indexOf("://");
  const at = scheme < 0 ? -1 : target.indexOf("/", scheme + 3);
  return at < 0 ? target : target.substring(at);
}

function queryWithMark(cx: Context): string | undefined {
  const target = cx.received?.target;
  const mark = target === undefined ? -1 : target.indexOf("?");
  return mark < 0 ? undefined : target!.substring(mark);
}

function requestLine({ received }: Context): string {
  if (received === undefined) return badRequest;
  return `${received.method} ${received.target} HTTP/${received.version}`;
}

const request: readonly AliasSpec[] = [
  encoded("HM", "method", (cx) => cx.received?.method ?? badRequest),
  encoded("HP", "target without its query", (cx) => withoutQuery(receivedTarget(cx))),
  encoded("HPO", "path alone", pathOnly),
  encoded("HQ", "query with its question mark", queryWithMark),
  encoded("HU", "target", receivedTarget),
  encoded(
    "HV",
    "HTTP version",
    (cx) => cx.received ? "HTTP/" + cx.received.version : badRequest,
  ),
  encoded("r", "request line", requestLine),
  text("ID", "unique id", (cx) => cx.uniqueId()),
  capturesInBraces("hr", "captured request headers", (cx) => cx.requestCaptures),
  capturesInList("hrl", "captured request headers, CLF", (cx) => cx.requestCaptures),
  capturesInBraces("hs", "captured response headers", (cx) => cx.responseCaptures),
  capturesInList("hsl", "captured response headers, CLF", (cx) => cx.responseCaptures),
  text("CC", "captured request cookie", (cx) => cx.log.requestCookie),
  text("CS", "captured response cookie", (cx) => cx.log.responseCookie),
];

const peers: readonly AliasSpec[] = [
  address("ci", "client's address", (cx) => cx.client.src ?? "unix"),
  port(
    "cp",
    "client's port",
    (cx) => cx.client.src ? cx.client.srcPort : String(cx.client.listenerId),
  ),
  address("fi", "frontend's address", (cx) => cx.client.dst ?? "unix"),
  port(
    "fp",
    "frontend's port",
    (cx) => cx.client.dst ? cx.client.dstPort : String(cx.client.listenerId),
  ),
  address("bi", "our address towards the server", (cx) => cx.log.sourceAddress),
  port("bp", "our port towards the server", (cx) => cx.log.sourceAddress && cx.log.sourcePort),
  address("si", "server's address", (cx) => cx.server?.address),
  port("sp", "server's port", (cx) => cx.server?.address && cx.server.port),
  text("f", "frontend's name", (cx) => cx.frontend.name),
  text(
    "ft",
    "frontend's name, with ~ under TLS",
    (cx) => cx.log.tls ? cx.frontend.name + "~" : cx.frontend.name,
  ),
  text("b", "backend's name", (cx) => (cx.backend ?? cx.frontend).name),
  text("s", "server's name", (cx) => cx.server?.name ?? "<NOSRV>"),
  text("sslc", "TLS cipher", (cx) => cx.log.tls?.cipher),
  text("sslv", "TLS version", (cx) => cx.log.tls?.version),
];

function retries({ log }: Context): string | number {
  return log.redispatched ? "+" + log.retries : log.retries;
}

const counters: readonly AliasSpec[] = [
  bare("ST", "status", (cx) => cx.response?.status ?? -1),
  bare("B", "bytes to the client", (cx) => soFar(cx, cx.log.bytesToClient)),
  bare("U", "bytes from the client", (cx) => cx.log.bytesFromClient),
  bare("ac", "connections of the process", (cx) => cx.process.connections()),
  bare("fc", "connections of the frontend", (cx) => cx.frontend.connections()),
  bare("bc", "connections of the backend", (cx) => cx.backend?.connections() ?? 0),
  bare("sc", "connections of the server", (cx) => cx.server?.connections() ?? 0),
  bare("rc", "connection retries, with + after a redispatch", retries),
  bare("sq", "place in the server's queue", (cx) => cx.log.serverQueue),
  bare("bq", "place in the backend's queue", (cx) => cx.log.backendQueue),
  bare("lc", "number of this frontend's log line", (cx) => cx.log.logCounter),
  hexNumber("rt", "number of the request", (cx) => cx.log.requestCounter),
  hexNumber("pid", "process id", (cx) => cx.process.pid),
  bare("ts", "how it ended, two letters", (cx) => cx.log.terminationState),
  bare("tsc", "how it ended, with the cookie's state", (cx) => cx.log.terminationStateCookie),
  text("H", "host's name", (cx) => cx.process.hostname),
];

/** Every alias of a log format (HAProxy's manual §8.2.6) but `%o`, which only sets flags. */
export const logFormatAliases: ReadonlyMap<string, AliasSpec> = byName([
  ...dates,
  ...timers,
  ...request,
  ...peers,
  ...counters,
]);

function byName(specs: readonly AliasSpec[]): ReadonlyMap<string, AliasSpec> {
  const table = new Map<string, AliasSpec>();
  for (const spec of specs) {
    if (table.has(spec.name)) throw new TypeError(`Two log aliases are called '${spec.name}'`);
    table.set(spec.name, spec);
  }
  return table;
}
