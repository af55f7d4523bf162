import type { LogFormat } from "../../src/lang/log_format.ts";
import { bindDefaults } from "../../src/config/compile/bind_draft.ts";
import { serverDefaults } from "../../src/config/compile/server_draft.ts";
import type { ControlPlan } from "../../src/config/control_plan.ts";
import type { BackendPlan } from "../../src/config/backend_plan.ts";
import type { BindPlan } from "../../src/config/bind_plan.ts";
import type { FrontendPlan } from "../../src/config/frontend_plan.ts";
import type { Plan, ProxyPlan } from "../../src/config/plan.ts";
import type { RuleSet } from "../../src/rules/rule_set.ts";

/**
 * A Plan as plain data, without what has no text: State and compiled closures show as the lines
 * that they were made of. Positions are lines only.
 */
export function planSummary(plan: Plan): unknown {
  return prune({
    global: {
      ...changed(plan.global, { reusePort: true, connectionRateMax: 0, sessionRateMax: 0 }),
      control: control(plan.global.control),
    },
    frontends: plan.frontends.map(frontend),
    backends: [...plan.backends.values()].map(backend),
    userlists: [...plan.userlists.keys()],
  });
}

function proxy(plan: ProxyPlan): Record<string, unknown> {
  const { name, id, mode, description, disabled, forwardFor, originalTo, connectionMode } = plan;
  return {
    name,
    id,
    mode,
    line: plan.at.line,
    description,
    disabled,
    httpRequest: rules(plan.httpRequest),
    httpResponse: rules(plan.httpResponse),
    httpAfterResponse: rules(plan.httpAfterResponse),
    tcpRequestContent: rules(plan.tcpRequestContent),
    tcpResponseContent: rules(plan.tcpResponseContent),
    inspectDelayMs: plan.inspectDelayMs,
    responseInspectDelayMs: plan.responseInspectDelayMs,
    switchesToHttp: plan.switchesToHttp,
    ownErrorPages: ownPages(plan),
    forwardFor: forwardFor && { ...forwardFor, except: except(forwardFor.except) },
    originalTo: originalTo && { ...originalTo, except: except(originalTo.except) },
    headerNames: plan.headerNames,
    connectionMode,
    logs: plan.logs,
    logTag: plan.logTag,
    bufferRequest: plan.bufferRequest,
    abortOnClose: plan.abortOnClose,
  };
}

function bind({ at, socket, ...plan }: BindPlan): unknown {
  return {
    ...changed(plan, { backlog: 1024 }),
    socket: changed(socket, bindDefaults().socket),
    line: at.line,
  };
}

function control({ sockets, timeoutMs, maxconn }: ControlPlan): unknown {
  if (sockets.length === 0) return undefined;
  return {
    sockets: sockets.map((socket) => ({ ...socket, bind: bind(socket.bind) })),
    timeoutMs,
    maxconn,
  };
}

/** What differs from the usual; undefined when nothing does. */
function changed<T extends object>(plan: T, usual: Partial<T>): Partial<T> | undefined {
  const entries = Object.entries(plan).filter(([key, value]) => value !== usual[key as keyof T]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries) as Partial<T>;
}

function frontend(plan: FrontendPlan): unknown {
  return {
    ...proxy(plan),
    binds: plan.binds.map(bind),
    maxconn: plan.maxconn,
    sessionRateMax: plan.sessionRateMax,
    tcpRequestConnection: rules(plan.tcpRequestConnection),
    tcpRequestSession: rules(plan.tcpRequestSession),
    timeouts: plan.timeouts,
    switching: plan.switching.map(({ condition, target, text, at }) => ({
      condition: condition?.text,
      target: "render" in target ? `format ${target.text}` : target.name,
      text,
      line: at.line,
    })),
    defaultBackend: plan.defaultBackend?.name,
    requestCaptures: plan.requestCaptures,
    responseCaptures: plan.responseCaptures,
    captureCookie: plan.captureCookie,
    logFormat: text(plan.logFormat),
    errorLogFormat: text(plan.errorLogFormat),
    logOptions: plan.logOptions,
    uniqueIdFormat: text(plan.uniqueIdFormat),
    uniqueIdHeader: plan.uniqueIdHeader,
    monitorUri: plan.monitorUri,
    monitorFail: plan.monitorFail.map((condition) => condition.text),
    modules: plan.modules.map(({ path, mount }) => ({ path: path.split("/").at(-1), mount })),
    dropsResponseTrailers: plan.dropsResponseTrailers,
    ignoreProbes: plan.ignoreProbes,
  };
}

function backend(plan: BackendPlan): unknown {
  return {
    ...proxy(plan),
    servers: plan.servers.map(({ state: _state, at, sendProxy, ...server }) => ({
      ...changed(server, {
        initialAddress: serverDefaults().initialAddress,
        checksSayLocal: true,
      }),
      sendProxy: sendProxy && {
        version: sendProxy.version,
        options: [...sendProxy.options],
        tlvs: sendProxy.tlvs.map(({ type, value }) => `${type} ${value.text}`),
      },
      line: at.line,
    })),
    balance: plan.balance,
    timeouts: plan.timeouts,
    retries: plan.retries,
    redispatch: plan.redispatch,
    retryOn: [...plan.retryOn],
    reuse: plan.reuse,
    fullconn: plan.fullconn,
    allBackups: plan.allBackups,
    logHealthChecks: plan.logHealthChecks,
    check: check(plan.check),
    cookie: plan.cookie,
    persist: plan.persist.map(({ kind, condition }) => `${kind} if ${condition.text}`),
    persistDown: plan.persistDown,
    useServer: plan.useServer.map(({ condition, target, at }) => ({
      condition: condition?.text,
      server: "render" in target ? target.text : target.name,
      line: at.line,
    })),
    checksCache: plan.checksCache,
    dropsRequestTrailers: plan.dropsRequestTrailers,
    sendNameHeader: plan.sendNameHeader,
  };
}

function rules(set: RuleSet): unknown {
  return set.rules.map(({ action, text, wanted, condition }) => {
    // What the words say is another text than what stands in the file.
    const read = /["'\\$]/.test(text) ? `${text} => ${action.text}` : text;
    return condition === undefined
      ? read
      : `${read} => ${wanted ? "if" : "unless"} ${condition.text}`;
  });
}

/** Checks as their steps; what is a function shows as such. */
function check({ steps, ...plan }: BackendPlan["check"]): unknown {
  if (plan.kind === "tcp") return { kind: plan.kind };
  return { ...plan, steps: steps.map(plain) };
}

function plain(value: unknown): unknown {
  if (typeof value === "function") return "(function)";
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof RegExp) return String(value);
  if ("render" in value) return `format ${(value as { text?: string }).text}`;
  if ("test" in value) return `regex ${(value as { source?: string }).source}`;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function ownPages(plan: ProxyPlan): number[] {
  const statuses = [
    200,
    400,
    401,
    403,
    404,
    405,
    407,
    408,
    410,
    413,
    425,
    429,
    500,
    501,
    502,
    503,
    504,
  ];
  return statuses.filter((status) => plan.errorPages.own(status) !== undefined);
}

function except(network: { address: object; mask: object } | undefined): string | undefined {
  return network && `${network.address}/${network.mask}`;
}

function text(format: LogFormat | undefined): string | undefined {
  return format?.text;
}

/** Drops what says nothing, so that a golden file shows what its case is about. */
function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prune);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).map(([key, inner]) => [key, prune(inner)] as const)
    .filter(([, inner]) => inner !== undefined && inner !== false && !isEmpty(inner));
  return Object.fromEntries(kept);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** The same without lines, quotes and blanks of their source: what a configuration means. */
export function planMeaning(plan: Plan): unknown {
  const plain = (key: string, value: unknown) => {
    if (key === "line") return undefined;
    if (key !== "text" || typeof value !== "string") return value;
    return value.replaceAll('"', "").replaceAll(/\s+/g, " ");
  };
  return JSON.parse(JSON.stringify(planSummary(plan), plain));
}
