import process from "node:process";
import type { GlobalPlan } from "../config/plan.ts";
import { connectionsMax, descriptorsMax } from "../proxy/connections_max.ts";
import { processFacts } from "../proxy/process_facts.ts";
import type { Counted } from "../state/counter.ts";
import { Counter } from "../state/counter.ts";
import type { State } from "../state/state.ts";
import type { ControlHost } from "./control_host.ts";
import { type FieldSpec, type FieldValue, jsonField, typedField } from "./field.ts";

/** What the fields are made of, looked up once for all of them. */
interface InfoSource {
  readonly host: ControlHost;
  readonly state: State;
  readonly global: GlobalPlan;
  readonly uptimeMs: number;
  readonly descriptorsMax: number;
}

interface InfoField extends FieldSpec {
  /** Undefined where it is not known: the field is left out. */
  value(source: InfoSource): FieldValue;
}

function uptimeText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const part = (unit: number, count: number) =>
    String(Math.floor(seconds / unit) % count).padStart(2, "0");
  return `${Math.floor(seconds / 86400)}d ${Math.floor(seconds / 3600) % 24}h` +
    `${part(60, 60)}m${part(1, 60)}s`;
}

function sum(list: Iterable<Counted>, value: (one: Counted) => number): number {
  let total = 0;
  for (const one of list) total += value(one);
  return total;
}

const ofFrontends = (value: (one: Counted, now: number) => number) => ({ state }: InfoSource) =>
  sum(state.frontends.values(), (one) => value(one, state.clock.now()));

const limit = ({ global }: InfoSource) => connectionsMax(global);

const listeners = ({ host }: InfoSource) =>
  [...host.gateway.listeners].length + host.sockets.length;

const none = () => 0;
const unknown = () => undefined;

/** HAProxy's fields in its order. What there is none of is 0; what is not known is left out. */
const fields: readonly InfoField[] = [
  row("Name", "POS", "str", "Product name", () => "Sluice"),
  row("Version", "POS", "str", "Product version", ({ host }) => host.version),
  row("Release_date", "POS", "str", "Date of latest source code update", unknown),
  row("Nbthread", "CGS", "u32", "Number of threads that serve", () => 1),
  row("Nbproc", "CGS", "u32", "Number of processes that serve", () => 1),
  row("Process_num", "KGP", "u32", "Relative number of this process", () => 1),
  row("Pid", "SGP", "u32", "The system's number of this process", () => process.pid),
  row("Uptime", "MDP", "str", "How long ago it was started", (s) => uptimeText(s.uptimeMs)),
  row(
    "Uptime_sec",
    "MDP",
    "u32",
    "How long ago it was started, in seconds",
    ({ uptimeMs }) => Math.floor(uptimeMs / 1000),
  ),
  row("Memmax_MB", "CLP", "u32", "Limit on memory usage in MB", none),
  row("PoolAlloc_MB", "MGP", "u32", "Memory allocated in pools, in MB", none),
  row("PoolUsed_MB", "MGP", "u32", "Pool memory in use, in MB", none),
  row("PoolFailed", "MCP", "u32", "Failed pool allocations", none),
  row("Ulimit-n", "CLP", "u32", "Limit of file descriptors", (s) => s.descriptorsMax),
  row("Maxsock", "CLP", "u32", "Limit of sockets", (s) => s.descriptorsMax),
  row("Maxconn", "CLP", "u32", "Limit of connections", limit),
  row("Hard_maxconn", "CLP", "u32", "Limit of connections at the start", limit),
  row("CurrConns", "MGP", "u32", "Connections open now", () => processFacts.openConnections),
  row(
    "CumConns",
    "MCP",
    "u32",
    "Connections since the start",
    ofFrontends((one) => one.get(Counter.conn_tot)),
  ),
  row("CumReq", "MCP", "u32", "Requests since the start", () => processFacts.requests),
  row("MaxSslConns", "CLP", "u32", "Limit of TLS connections", none),
  row("CurrSslConns", "MGP", "u32", "TLS connections open now", none),
  row("CumSslConns", "MCP", "u32", "TLS connections since the start", none),
  row("Maxpipes", "CLP", "u32", "Limit of pipes", none),
  row("PipesUsed", "MGP", "u32", "Pipes in use", none),
  row("PipesFree", "MGP", "u32", "Pipes kept", none),
  row(
    "ConnRate",
    "MRP",
    "u32",
    "Connections over the last second",
    ofFrontends((one, now) => one.connectionsMade.read(now)),
  ),
  row(
    "ConnRateLimit",
    "CLP",
    "u32",
    "Limit of connections a second",
    (s) => s.global.connectionRateMax,
  ),
  row("MaxConnRate", "MMP", "u32", "Most connections in a second", unknown),
  row(
    "SessRate",
    "MRP",
    "u32",
    "Sessions over the last second",
    ofFrontends((one, now) => one.sessions.read(now)),
  ),
  row("SessRateLimit", "CLP", "u32", "Limit of sessions a second", (s) => s.global.sessionRateMax),
  row("MaxSessRate", "MMP", "u32", "Most sessions in a second", unknown),
  row("SslRate", "MRP", "u32", "TLS connections over the last second", none),
  row("SslRateLimit", "CLP", "u32", "Limit of TLS connections a second", none),
  row("MaxSslRate", "MMP", "u32", "Most TLS connections in a second", none),
  row("SslFrontendKeyRate", "MRP", "u32", "TLS keys of frontends over the last second", none),
  row("SslFrontendMaxKeyRate", "MMP", "u32", "Most TLS keys of frontends in a second", none),
  row("SslFrontendSessionReuse_pct", "MRP", "u32", "Share of TLS sessions resumed", none),
  row("SslBackendKeyRate", "MRP", "u32", "TLS keys of backends over the last second", none),
  row("SslBackendMaxKeyRate", "MMP", "u32", "Most TLS keys of backends in a second", none),
  row("SslCacheLookups", "MCP", "u32", "Lookups of TLS sessions", none),
  row("SslCacheMisses", "MCP", "u32", "Lookups of TLS sessions in vain", none),
  row("CompressBpsIn", "MRP", "u32", "Bytes a second to compress", none),
  row("CompressBpsOut", "MRP", "u32", "Bytes a second compressed", none),
  row("CompressBpsRateLim", "CLP", "u32", "Limit of compressed bytes a second", none),
  row("Tasks", "MGP", "u32", "Tasks", unknown),
  row("Run_queue", "MGP", "u32", "Tasks that wait for their turn", unknown),
  row("Idle_pct", "MRP", "u32", "Share of idle time", unknown),
  row("node", "CGS", "str", "Node name", ({ global }) => global.node),
  row("description", "CGS", "str", "Description", ({ global }) => global.description),
  row("Stopping", "SGP", "u32", "1 when it stops", () => Number(processFacts.stopping)),
  row(
    "Jobs",
    "MGP",
    "u32",
    "Connections and listeners",
    (source) => processFacts.openConnections + listeners(source),
  ),
  row("Unstoppable Jobs", "MGP", "u32", "Jobs that a soft stop does not wait for", none),
  row("Listeners", "MGP", "u32", "Listening sockets", listeners),
  row("ActivePeers", "MGP", "u32", "Peers to be connected", none),
  row("ConnectedPeers", "MGP", "u32", "Peers connected", none),
  row("DroppedLogs", "MCP", "u32", "Log lines lost", unknown),
  row("BusyPolling", "CGP", "u32", "1 when it polls without waiting", none),
  row("FailedResolutions", "MCP", "u32", "Failed name resolutions", unknown),
  row(
    "TotalBytesOut",
    "MCP",
    "u64",
    "Bytes sent to clients",
    ofFrontends((one) => one.get(Counter.bout)),
  ),
  row("TotalSplicdedBytesOut", "MCP", "u64", "Bytes sent through pipes", none),
  row("BytesOutRate", "MRP", "u64", "Bytes sent a second", unknown),
  row("DebugCommandsIssued", "MCP", "u32", "Debug commands used", none),
  row("CumRecvLogs", "MCP", "u32", "Log lines received", none),
  row("Build info", "POS", "str", "Build", ({ host }) => host.version),
  row("Memmax_bytes", "CLP", "u32", "Limit on memory usage in bytes", none),
  row("PoolAlloc_bytes", "MGP", "u64", "Memory allocated in pools", none),
  row("PoolUsed_bytes", "MGP", "u64", "Pool memory in use", none),
  row(
    "Start_time_sec",
    "MDP",
    "u32",
    "When it was started, in seconds since the epoch",
    ({ host }) => Math.floor(host.startedAt / 1000),
  ),
  row("Tainted", "SOP", "str", "What makes reports about it useless", none),
];

function row(
  name: string,
  tag: FieldSpec["tag"],
  type: FieldSpec["type"],
  doc: string,
  value: InfoField["value"],
): InfoField {
  return { name, tag, type, doc, value };
}

/** `show info`, in the forms that its words ask for. */
export function infoText(host: ControlHost, words: readonly string[]): string {
  const { state, plan } = host.gateway;
  const source: InfoSource = {
    host,
    state,
    global: plan.global,
    uptimeMs: Date.now() - host.startedAt,
    descriptorsMax: descriptorsMax(),
  };
  const known = fields.flatMap((field, place) => {
    const value = field.value(source);
    return value === undefined ? [] : [{ field, place, value }];
  });
  if (words.includes("json")) {
    return JSON.stringify(known.map(({ field, place, value }) => jsonField(field, place, value))) +
      "\n";
  }
  const typed = words.includes("typed");
  const described = words.includes("desc");
  return known.map(({ field, place, value }) =>
    (typed ? `${place}.${typedField(field, value)}` : `${field.name}: ${value}`) +
    (described ? `:"${field.doc}"\n` : "\n")
  ).join("");
}
