import { nearest } from "../../lang/nearest.ts";
import type { BackendPlan, BackendTimeouts, UseServerRule } from "../backend_plan.ts";
import type { ProxyPlan } from "../plan.ts";
import type { ServerPlan } from "../server_plan.ts";
import type { GlobalDraft } from "./global_draft.ts";
import { balancePlan } from "./plan_balance.ts";
import { timeoutOf } from "./plan_proxy.ts";
import { serverPlan } from "./plan_server.ts";
import type { ProxyDraft } from "./proxy_draft.ts";
import type { Site } from "./site.ts";

/** The backend that a `backend` or `listen` section makes. */
export function backendPlan(
  site: Site,
  draft: ProxyDraft,
  common: ProxyPlan,
  serverIds: ReadonlyMap<string, number>,
  global: GlobalDraft,
): BackendPlan {
  const { staged } = site.options;
  const servers = Array.from(
    draft.servers.values(),
    (server) => serverPlan(site, draft, server, serverIds.get(server.name)!, global),
  );
  return {
    ...common,
    state: staged.backend(draft.name, common.id),
    servers,
    balance: balancePlan(site, draft),
    timeouts: backendTimeouts(draft),
    retries: draft.retries,
    redispatch: draft.redispatch,
    retryOn: draft.retryOn,
    reuse: draft.reuse,
    fullconn: draft.fullconn,
    allBackups: draft.options.has("allbackups"),
    logHealthChecks: draft.options.has("log-health-checks"),
    check: draft.check.plan(),
    useServer: useServerRules(site, draft, servers),
    cookie: draft.mode === "http" ? draft.cookie : undefined,
    persist: draft.persist,
    persistDown: draft.options.has("persist"),
    rdpCookie: draft.rdpCookie,
    prefersLastServer: !unkeyed.has(draft.balance.kind)
      ? "never"
      : draft.options.has("prefer-last-server")
      ? "own"
      : "authenticated",
    pretendsKeepAlive: draft.options.has("http-pretend-keepalive"),
    checksCache: draft.options.has("checkcache"),
    dropsRequestTrailers: draft.options.has("http-drop-request-trailers"),
    sendNameHeader: draft.sendNameHeader,
  };
}

/** Algorithms that send the same request now here, now there. */
const unkeyed: ReadonlySet<string> = new Set([
  "roundrobin",
  "static-rr",
  "leastconn",
  "first",
  "random",
]);

function backendTimeouts(draft: ProxyDraft): BackendTimeouts {
  return {
    connectMs: timeoutOf(draft, "connect"),
    serverMs: timeoutOf(draft, "server"),
    serverFinMs: timeoutOf(draft, "server-fin"),
    queueMs: timeoutOf(draft, "queue") ?? timeoutOf(draft, "connect"),
    tunnelMs: timeoutOf(draft, "tunnel"),
    tarpitMs: timeoutOf(draft, "tarpit") ?? timeoutOf(draft, "connect"),
    checkMs: timeoutOf(draft, "check"),
    httpRequestMs: timeoutOf(draft, "http-request"),
    httpKeepAliveMs: timeoutOf(draft, "http-keep-alive"),
  };
}

function useServerRules(
  site: Site,
  draft: ProxyDraft,
  servers: readonly ServerPlan[],
): readonly UseServerRule[] {
  const named = new Map(servers.map((server) => [server.name, server]));
  return draft.useServer.flatMap(({ condition, target, at }): UseServerRule[] => {
    if (target.kind === "format") {
      const { format } = target;
      return [{ condition, target: format, text: `use-server ${format.text}`, at }];
    }
    const { name: word } = target;
    const server = named.get(word.text);
    if (server) return [{ condition, target: server, text: `use-server ${server.name}`, at }];
    site.report({
      severity: "error",
      code: "unknown-server",
      at: word.at,
      message: `backend '${draft.name}' : unable to find server '${word.text}' referenced in a ` +
        "'use-server' rule",
      hint: () => nearest(word.text, named.keys()),
    });
    return [];
  });
}
