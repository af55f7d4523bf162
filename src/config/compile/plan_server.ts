import type { Preference } from "../../dns/choice.ts";
import { normalName } from "../../dns/name.ts";
import { Address } from "../../lang/address.ts";
import { unsupported } from "../../lang/unsupported.ts";
import type { Word } from "../directive.ts";
import type { FollowedName, OutgoingSocket, ServerPlan } from "../server_plan.ts";
import type { GlobalDraft } from "./global_draft.ts";
import { sendProxyPlan } from "./plan_send_proxy.ts";
import type { ProxyDraft } from "./proxy_draft.ts";
import type { ServerDraft, SourceOption } from "./server_draft.ts";
import type { Site } from "./site.ts";

/** A server of a backend, its references into State staged. */
export function serverPlan(
  site: Site,
  draft: ProxyDraft,
  server: ServerDraft,
  id: number,
  { checksSayLocal }: GlobalDraft,
): ServerPlan {
  checkServer(site, draft, server);
  const { name, at, text, address } = server;
  const { proxyHeader, source: own, userTimeoutMs, namespace, ...rest } = server.options;
  const { resolvers, preference, ...options } = rest;
  const source = own ?? draft.source;
  return {
    ...options,
    name,
    at,
    text,
    address,
    id,
    state: site.options.staged.server(draft.name, name, id),
    sendProxy: sendProxyPlan(site, draft, proxyHeader),
    checksSayLocal,
    outgoing: outgoingSocket(draft, source, userTimeoutMs, namespace),
    cookieKey: draft.cookie?.dynamic ? draft.cookieKey : undefined,
    shownSource: source?.shown,
    followed: resolvers && followedName(site, draft, server, resolvers, preference),
    followsClient: source?.shown?.kind === "client" || followsDestination(address),
  };
}

function outgoingSocket(
  draft: ProxyDraft,
  option: SourceOption | undefined,
  userTimeoutMs: number | undefined,
  namespace: string | undefined,
): OutgoingSocket | undefined {
  const keepAlive = draft.options.has("srvtcpka") ? draft.keepAlive.server : undefined;
  if (!option && !keepAlive && userTimeoutMs === undefined && namespace === undefined) {
    return undefined;
  }
  const { source, interface: device } = option ?? {};
  return { source, interface: device, userTimeoutMs, namespace, keepAlive };
}

function followedName(
  site: Site,
  draft: ProxyDraft,
  { name, address, at }: ServerDraft,
  resolvers: Word,
  preference: Preference,
): FollowedName | undefined {
  const resolver = site.resolver(resolvers.text, resolvers.at);
  if (!resolver) {
    const message = `${draft.kindText} '${draft.name}', server '${name}': unable to find ` +
      `required resolvers '${resolvers.text}'`;
    site.report({ severity: "error", code: "unknown-resolvers", at: resolvers.at, message });
    return undefined;
  }
  if (address.kind !== "tcp" || Address.parse(address.host)) return undefined;
  const followed = normalName(address.host);
  if (followed !== undefined && !followed.startsWith("_")) {
    return { resolver, name: followed, preference };
  }
  const subject = `'server ${draft.name}/${name}' : name '${address.host}'`;
  const message = followed === undefined
    ? `${subject} can't be asked for`
    : unsupported(subject, "SRV records are not followed");
  site.report({ severity: "error", code: "unsupported", at, message });
  return undefined;
}

/** The client's own destination is part of the server's address. */
function followsDestination(address: ServerPlan["address"]): boolean {
  return address.kind === "tcp" &&
    (address.portOffset || address.host === "0.0.0.0" || address.host === "::");
}

function checkServer(site: Site, draft: ProxyDraft, server: ServerDraft): void {
  const { address, options, at } = server;
  const hasPort = address.kind !== "tcp" || address.port !== 0 ||
    options.checkPort !== undefined || draft.check.connectsToPort;
  if (options.check && !hasPort) {
    site.report({
      severity: "error",
      code: "no-check-port",
      at,
      message: `backend '${draft.name}': server '${server.name}' has neither service port nor ` +
        "check port",
    });
  }
  if (options.minconn > options.maxconn && options.maxconn > 0) {
    site.report({
      severity: "warning",
      code: "minconn",
      at,
      message: `server '${server.name}' : minconn (${options.minconn}) is above maxconn ` +
        `(${options.maxconn})`,
    });
  }
}
