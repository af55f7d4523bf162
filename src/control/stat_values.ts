import { cookieOf } from "../backend/persistence/server_cookie.ts";
import type { BackendPlan } from "../config/backend_plan.ts";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { GlobalPlan } from "../config/plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import { type Counted, Counter } from "../state/counter.ts";
import { checkStatuses } from "../state/check_report.ts";
import { type ServerState, weightScale } from "../state/server_state.ts";
import type { FieldValue } from "./field.ts";
import { connectionsMax } from "../proxy/connections_max.ts";
import type { StatColumn } from "./stat_columns.ts";

/** A row of `show stat`: what is not in it means nothing for its kind. */
export type StatValues = Readonly<Partial<Record<StatColumn, FieldValue>>>;

/** What is asked beside the counters. */
export interface StatView {
  readonly global: GlobalPlan;
  readonly now: number;
  /** Addresses and algorithms are shown from the operator's level on. */
  readonly detailed: boolean;
  readonly idleOf: (server: ServerState) => { readonly idle: number; readonly need: number };
  /** Only what is up, or not in maintenance: a backend then says how many of its servers are. */
  readonly partial: boolean;
}

type CounterName = keyof typeof Counter & StatColumn;

function counters(from: Counted, names: readonly CounterName[]): StatValues {
  return Object.fromEntries(names.map((name) => [name, from.get(Counter[name])]));
}

const answers = [
  "hrsp_1xx",
  "hrsp_2xx",
  "hrsp_3xx",
  "hrsp_4xx",
  "hrsp_5xx",
  "hrsp_other",
  "req_tot",
] as const;
const noCompression = { comp_in: 0, comp_out: 0, comp_byp: 0, comp_rsp: 0 };
const noCache = { cache_lookups: 0, cache_hits: 0 };

function seconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}

/** Seconds since the last session; -1 before there was one. */
function lastSession(from: Counted, now: number): number {
  const at = from.get(Counter.last_session);
  return at === 0 ? -1 : seconds(now - at);
}

function times(from: Counted): StatValues {
  return {
    qtime: from.queueTime.read(),
    ctime: from.connectTime.read(),
    rtime: from.responseTime.read(),
    ttime: from.totalTime.read(),
    qtime_max: from.queueTime.max(),
    ctime_max: from.connectTime.max(),
    rtime_max: from.responseTime.max(),
    ttime_max: from.totalTime.max(),
  };
}

export function frontendValues(
  { name, id, mode, maxconn, state, sessionRateMax }: FrontendPlan,
  { global, now }: StatView,
): StatValues {
  return {
    ...counters(state, ["scur", "smax", "stot", "bin", "bout", "dreq", "dresp", "ereq"]),
    ...(mode === "http" ? counters(state, answers) : {}),
    ...counters(state, ["rate_max", "req_rate_max", "conn_rate_max", "conn_tot", "intercepted"]),
    ...counters(state, ["dcon", "dses", "wrew", "eint"]),
    pxname: name,
    svname: "FRONTEND",
    slim: maxconn || connectionsMax(global),
    status: "OPEN",
    pid: 1,
    iid: id,
    sid: 0,
    type: 0,
    rate: state.sessionRate(),
    rate_lim: sessionRateMax ?? 0,
    req_rate: state.requests.read(now),
    conn_rate: state.connectionsMade.read(now),
    mode,
    ...noCompression,
    ...noCache,
  };
}

export function serverValues(
  { name, mode }: BackendPlan,
  server: ServerPlan,
  view: StatView,
): StatValues {
  const { state } = server;
  const { now } = view;
  const { idle, need } = view.idleOf(state);
  return {
    ...counters(state, ["scur", "smax", "stot", "bin", "bout", "dresp", "econ", "eresp"]),
    ...counters(state, ["wretr", "wredis", "lbtot", "rate_max", "cli_abrt", "srv_abrt", "qmax"]),
    ...(mode === "http" ? counters(state, answers) : {}),
    ...counters(state, ["wrew", "connect", "reuse", "eint"]),
    ...times(state),
    ...(server.check ? checkValues(state, now) : {}),
    pxname: name,
    svname: state.name,
    qcur: state.queue.length,
    slim: state.maxconn || undefined,
    status: serverStatus(state),
    weight: Math.ceil(state.effectiveWeight / weightScale),
    act: server.backup ? 0 : 1,
    bck: server.backup ? 1 : 0,
    lastchg: seconds(now - state.lastChange),
    qlimit: server.maxqueue || undefined,
    pid: 1,
    iid: state.backend.id,
    sid: state.id,
    throttle: state.operational === "starting" ? throttle(state, now) : undefined,
    type: 2,
    rate: state.sessionRate(),
    lastsess: lastSession(state, now),
    addr: view.detailed ? addressOf(server) : undefined,
    cookie: view.detailed ? cookieOf(server) : undefined,
    mode,
    srv_icur: idle,
    src_ilim: server.poolMaxConn >= 0 ? server.poolMaxConn : undefined,
    idle_conn_cur: idle,
    safe_conn_cur: 0,
    used_conn_cur: state.connections(),
    need_conn_est: need,
    uweight: state.weight,
  };
}

/** Percent of slow start that is over. */
function throttle({ settings, lastChange }: ServerState, now: number): number {
  const share = Math.floor(100 * (now - lastChange) / settings.slowstartMs);
  return Math.max(1, Math.min(100, share));
}

function addressOf({ state, address }: ServerPlan): string {
  switch (address.kind) {
    case "tcp": {
      if (!state.address) return "";
      return state.address.family === 6
        ? `[${state.address}]:${state.port}`
        : `${state.address}:${state.port}`;
    }
    case "unix":
    case "abstract":
      return "unix";
    default:
      return address satisfies never;
  }
}

function checkValues(state: ServerState, now: number): StatValues {
  const { report, settings, health } = state;
  const { text, hasCode } = checkStatuses[report.status];
  return {
    ...counters(state, ["chkfail", "chkdown", "hanafail"]),
    downtime: seconds(state.downMs(now)),
    check_status: report.status,
    check_code: hasCode ? report.code : undefined,
    check_duration: report.durationMs >= 0 ? report.durationMs : undefined,
    last_chk: report.info || undefined,
    check_desc: text,
    check_rise: settings.rise,
    check_fall: settings.fall,
    check_health: health,
  };
}

/** HAProxy's words, with how far a server is on its way to the other state. */
function serverStatus(state: ServerState): string {
  if (state.admin === "maint") {
    return state.unresolved && !state.forcedToRest ? "MAINT (resolution)" : "MAINT";
  }
  const { settings: { check, rise, fall }, health, operational } = state;
  const steady = !check || health === rise + fall - 1;
  const falling = (word: string) => steady ? word : `${word} ${health - rise + 1}/${fall}`;
  switch (operational) {
    case "running":
    case "starting":
      if (state.draining) return falling("DRAIN");
      return check ? falling("UP") : "no check";
    case "stopping":
      return falling("NOLB");
    case "stopped":
      return check && health > 0 ? `DOWN ${health}/${rise}` : "DOWN";
    default:
      return operational satisfies never;
  }
}

export function backendValues(backend: BackendPlan, view: StatView): StatValues {
  const { name, id, mode, state, balance, servers } = backend;
  const { now } = view;
  const usable = state.active + state.backup > 0 || servers.length === 0;
  const up = servers.filter((server) => server.state.operational !== "stopped").length;
  const of = view.partial ? ` (${up}/${servers.length})` : "";
  const weights = serving(backend);
  return {
    ...counters(state, ["scur", "smax", "stot", "bin", "bout", "dreq", "dresp", "econ", "eresp"]),
    ...counters(state, ["wretr", "wredis", "chkdown", "lbtot", "rate_max", "cli_abrt", "srv_abrt"]),
    ...(mode === "http" ? { ...counters(state, answers), ...noCache } : {}),
    ...counters(state, ["wrew", "connect", "reuse", "eint", "qmax"]),
    ...times(state),
    ...noCompression,
    pxname: name,
    svname: "BACKEND",
    qcur: state.queued(),
    slim: state.fullconn || undefined,
    status: (usable ? "UP" : "DOWN") + of,
    weight: sum(weights, (server) => Math.ceil(server.effectiveWeight / weightScale)),
    act: state.active,
    bck: state.backup,
    lastchg: seconds(now - state.lastChange),
    downtime: servers.length > 0 ? seconds(state.downMs(now)) : undefined,
    pid: 1,
    iid: id,
    sid: 0,
    type: 1,
    rate: state.sessionRate(),
    lastsess: lastSession(state, now),
    mode,
    cookie: view.detailed ? backend.cookie?.name : undefined,
    algo: view.detailed ? balance.kind : undefined,
    uweight: sum(weights, (server) => server.weight),
    agg_server_status: 0,
    agg_server_check_status: 0,
    agg_check_status: 0,
  };
}

/** The servers among which requests are shared now. */
function serving({ state, servers, allBackups }: BackendPlan): ServerState[] {
  const usable = servers.filter((server) => server.state.usable);
  const active = usable.filter(({ backup }) => !backup);
  if (active.length > 0) return active.map((server) => server.state);
  if (allBackups) return usable.map((server) => server.state);
  return state.firstBackup ? [state.firstBackup] : [];
}

function sum(servers: readonly ServerState[], value: (server: ServerState) => number): number {
  return servers.reduce((total, server) => total + value(server), 0);
}
