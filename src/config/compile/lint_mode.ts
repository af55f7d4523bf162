import type { ProxyDraft } from "./proxy_draft.ts";
import type { BackendPlan } from "../backend_plan.ts";
import type { FrontendPlan } from "../frontend_plan.ts";
import type { Site } from "./site.ts";

/** What a proxy in TCP mode has no use for, and HAProxy's words for it. */
interface NeedsHttp {
  /** The proxy has it. */
  readonly isThere: (draft: ProxyDraft) => boolean;
  readonly ignored: (proxy: string) => string;
}

const rules = (
  name: string,
  isThere: NeedsHttp["isThere"],
): NeedsHttp => ({
  isThere,
  ignored: (proxy) => `'${name}' rules ignored for ${proxy} as they require HTTP mode`,
});

const statement = (name: string, isThere: NeedsHttp["isThere"]): NeedsHttp => ({
  isThere,
  ignored: (proxy) => `'${name}' statement ignored for ${proxy} as it requires HTTP mode`,
});

const option = (name: string, isThere: NeedsHttp["isThere"]): NeedsHttp => ({
  isThere,
  ignored: (proxy) => `'option ${name}' ignored for ${proxy} as it requires HTTP mode`,
});

const toggle = (name: string): NeedsHttp => option(name, ({ options }) => options.has(name));

const needsHttp: readonly NeedsHttp[] = [
  statement("capture", ({ captureCookie }) => captureCookie !== undefined),
  rules("http-request", ({ httpRequest }) => httpRequest.length > 0),
  rules("http-response", ({ httpResponse }) => httpResponse.length > 0),
  rules("http-after-response", ({ httpAfterResponse }) => httpAfterResponse.length > 0),
  rules("redirect", ({ redirects }) => redirects.length > 0),
  option("forwardfor", ({ forwardFor }) => forwardFor !== undefined),
  option("originalto", ({ originalTo }) => originalTo !== undefined),
  toggle("http-buffer-request"),
  toggle("http-ignore-probes"),
  toggle("idle-close-on-response"),
];

/** Says what a proxy's mode leaves without effect. */
export function lintMode(site: Site, draft: ProxyDraft): void {
  if (draft.mode === "http") return warnOfRawReaders(site, draft);
  const proxy = `${draft.kindText} '${draft.name}'`;
  // Whatever a connection becomes, this answers before anything is known of it.
  if (draft.monitorUri !== undefined) {
    warn(site, draft, `monitor-uri will be ignored for ${proxy} (needs 'mode http')`);
  }
  if (draft.cookie) {
    warn(site, draft, `cookie will be ignored for ${proxy} (needs 'mode http')`);
  }
  if (!draft.isPlainTcp) return;
  for (const { isThere, ignored } of needsHttp) {
    if (isThere(draft)) warn(site, draft, ignored(proxy));
  }
}

function warn(site: Site, draft: ProxyDraft, message: string): void {
  site.report({ severity: "warning", code: "ignored-by-mode", at: draft.at, message });
}

/** An HTTP stream has no raw bytes to look at. */
function warnOfRawReaders(site: Site, draft: ProxyDraft): void {
  for (const { fetch, at } of draft.rawReaders) {
    const message = fetch === undefined
      ? `Proxy '${draft.name}': L6 sample fetches ignored on HTTP proxies ` +
        `(declared at ${at.file}:${at.line})`
      : `L6 sample fetch <${fetch}> ignored in HTTP log-format string`;
    site.report({ severity: "warning", code: "ignored-by-mode", at, message });
  }
}

/** HTTP cannot become TCP again; the other way round, a connection becomes HTTP. */
export function checkModes(site: Site, frontend: FrontendPlan): void {
  if (frontend.mode !== "http") return;
  const { defaultBackend, switching } = frontend;
  if (defaultBackend?.mode === "tcp") {
    refuse(site, frontend, defaultBackend, "as its default backend");
  }
  for (const { target } of switching) {
    if ("mode" in target && target.mode === "tcp") {
      refuse(site, frontend, target, "in a 'use_backend' rule");
    }
  }
}

function refuse(site: Site, frontend: FrontendPlan, backend: BackendPlan, how: string): void {
  const { at } = frontend;
  const there = `${backend.at.file}:${backend.at.line}`;
  site.report({
    severity: "error",
    code: "incompatible-mode",
    at,
    message: `http frontend '${frontend.name}' (${at.file}:${at.line}) tries to use incompatible ` +
      `tcp backend '${backend.name}' (${there}) ${how} (see 'mode')`,
  });
}
