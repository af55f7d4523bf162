import { nearest } from "../../lang/nearest.ts";
import type { BackendPlan } from "../backend_plan.ts";
import type { BindSocket } from "../bind_plan.ts";
import type { FrontendPlan, FrontendTimeouts, SwitchRule } from "../frontend_plan.ts";
import type { ProxyPlan } from "../plan.ts";
import type { Word } from "../directive.ts";
import type { BindDraft } from "./bind_draft.ts";
import { checkModes } from "./lint_mode.ts";
import { frontendFormats } from "./plan_formats.ts";
import { ruleSet, timeoutOf } from "./plan_proxy.ts";
import type { ProxyDraft } from "./proxy_draft.ts";
import type { Site } from "./site.ts";

/** HAProxy's, where nothing limits the connections. */
const backlogDefault = 1024;

/** The frontend that a `frontend` or `listen` section makes. */
export function frontendPlan(
  site: Site,
  draft: ProxyDraft,
  common: ProxyPlan,
  backends: ReadonlyMap<string, BackendPlan>,
): FrontendPlan {
  const maxconn = draft.maxconn ?? site.options.proxyMaxconn;
  const plan: FrontendPlan = {
    ...common,
    state: site.options.staged.frontend(draft.name, common.id, maxconn),
    binds: draft.binds.map((bind) => ({
      ...bind,
      socket: bindSocket(draft, bind),
      id: draft.bindIds.assign(bind.id),
      backlog: backlogOf(draft, bind),
    })),
    maxconn,
    sessionRateMax: draft.sessionRateMax,
    tcpRequestConnection: ruleSet(draft.tcpRequestConnection),
    tcpRequestSession: ruleSet(draft.tcpRequestSession),
    timeouts: frontendTimeouts(draft),
    switching: switchRules(site, draft, backends),
    defaultBackend: defaultBackend(site, draft, backends),
    defaultBackendAt: draft.defaultBackend?.at,
    requestCaptures: draft.requestCaptures,
    responseCaptures: draft.responseCaptures,
    captureCookie: draft.isPlainTcp ? undefined : draft.captureCookie,
    ...frontendFormats(site, draft),
    logOptions: {
      ignoreNull: draft.options.has("dontlognull"),
      ignoreNormal: draft.options.has("dontlog-normal"),
      separateErrors: draft.options.has("log-separate-errors"),
      early: draft.options.has("logasap"),
    },
    uniqueIdHeader: draft.uniqueIdHeader,
    monitorUri: draft.mode === "http" ? draft.monitorUri : undefined,
    monitorFail: draft.monitorFail,
    modules: draft.modules,
    dropsResponseTrailers: draft.options.has("http-drop-response-trailers"),
    ignoreProbes: !draft.isPlainTcp && draft.options.has("http-ignore-probes"),
    idleCloseOnResponse: !draft.isPlainTcp && draft.options.has("idle-close-on-response"),
  };
  checkModes(site, plan);
  return plan;
}

function bindSocket(draft: ProxyDraft, { address, socket }: BindDraft): BindSocket {
  const hasProbes = address.kind === "tcp" || address.kind === "fd";
  if (!hasProbes || !draft.options.has("clitcpka")) return socket;
  return { ...socket, keepAlive: draft.keepAlive.client };
}

/** Without one of its own a socket's queue is as long as the number of connections it may have. */
function backlogOf(draft: ProxyDraft, bind: BindDraft): number {
  return bind.backlog ?? (draft.backlog || bind.maxconn || draft.maxconn || backlogDefault);
}

function frontendTimeouts(draft: ProxyDraft): FrontendTimeouts {
  const clientMs = timeoutOf(draft, "client");
  return {
    clientMs,
    clientFinMs: timeoutOf(draft, "client-fin"),
    clientHandshakeMs: timeoutOf(draft, "client-hs"),
    httpRequestMs: timeoutOf(draft, "http-request"),
    httpKeepAliveMs: timeoutOf(draft, "http-keep-alive"),
    tarpitMs: timeoutOf(draft, "tarpit"),
  };
}

function switchRules(
  site: Site,
  draft: ProxyDraft,
  backends: ReadonlyMap<string, BackendPlan>,
): SwitchRule[] {
  return draft.switching.flatMap(({ condition, target, text, at }): SwitchRule[] => {
    if (target.kind === "format") return [{ condition, target: target.format, text, at }];
    const backend = findBackend(site, draft, target.name, "use_backend", backends);
    return backend ? [{ condition, target: backend, text, at }] : [];
  });
}

/** A `listen` without one goes to its own servers, when it has any. */
function defaultBackend(
  site: Site,
  draft: ProxyDraft,
  backends: ReadonlyMap<string, BackendPlan>,
): BackendPlan | undefined {
  const word = draft.defaultBackend;
  if (word) return findBackend(site, draft, word, "default_backend", backends);
  return draft.kind === "listen" ? backends.get(draft.name) : undefined;
}

function findBackend(
  site: Site,
  draft: ProxyDraft,
  word: Word,
  keyword: string,
  backends: ReadonlyMap<string, BackendPlan>,
): BackendPlan | undefined {
  const backend = backends.get(word.text);
  if (backend) return backend;
  site.report({
    severity: "error",
    code: "unknown-backend",
    at: word.at,
    message: `Proxy '${draft.name}': unable to find required ${keyword}: '${word.text}'`,
    hint: () => nearest(word.text, backends.keys()),
  });
  return undefined;
}
