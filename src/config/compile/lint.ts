import type { BackendPlan } from "../backend_plan.ts";
import { lintBandwidth } from "./bandwidth_draft.ts";
import { lintMode } from "./lint_mode.ts";
import type { ProxyDraft } from "./proxy_draft.ts";
import type { Site } from "./site.ts";

/** Checks what a whole proxy is, once all of its lines are read. */
export function lintProxy(site: Site, draft: ProxyDraft): void {
  lintMode(site, draft);
  lintBandwidth(site, draft);
  warnMissingTimeouts(site, draft);
  warnNoBind(site, draft);
  warnUnusedAcls(site, draft);
  warnUnreachableSwitch(site, draft);
  warnChecksIgnored(site, draft);
}

function warnMissingTimeouts(site: Site, draft: ProxyDraft): void {
  const needed = [
    ...(draft.isFrontend ? ["client"] as const : []),
    ...(draft.isBackend ? ["connect", "server"] as const : []),
  ];
  const missing = needed.filter((name) => !draft.timeouts.get(name));
  if (draft.incomplete) return;
  if (missing.length === 0 || (draft.kind === "backend" && draft.servers.size === 0)) return;
  const list = missing.map((name) => `'${name}'`).join(", ");
  site.report({
    severity: "warning",
    code: "missing-timeouts",
    at: draft.at,
    message:
      `missing timeouts for ${draft.kindText} '${draft.name}': while not properly invalid, ` +
      "you will certainly encounter various problems with such a configuration; set to a " +
      `non-zero value: ${list}`,
  });
}

function warnNoBind(site: Site, draft: ProxyDraft): void {
  if (!draft.isFrontend || draft.bindLines > 0 || draft.disabled) return;
  site.report({
    severity: "warning",
    code: "no-bind",
    at: draft.at,
    message: `${draft.kindText} '${draft.name}' has no 'bind' directive. Please declare it as a ` +
      "backend if this was intended",
  });
}

export function warnUnusedAcls(site: Site, draft: ProxyDraft): void {
  for (const name of draft.acls.unused()) {
    const at = draft.aclPlaces.get(name);
    if (!at) continue;
    const message = `acl '${name}' is never used`;
    site.report({ severity: "warning", code: "unused-acl", at, message });
  }
}

function warnUnreachableSwitch(site: Site, draft: ProxyDraft): void {
  const always = draft.switching.findIndex(({ condition }) => condition === undefined);
  const next = always < 0 ? undefined : draft.switching[always + 1];
  if (next) {
    site.report({
      severity: "warning",
      code: "unreachable-rule",
      at: next.at,
      message: "previous 'use_backend' has no condition attached, further entries are NOOP",
    });
  }
  if (always >= 0 && draft.defaultBackend && !next) {
    site.report({
      severity: "warning",
      code: "unreachable-rule",
      at: draft.defaultBackend.at,
      message:
        "'default_backend' is never used: a 'use_backend' without condition stands before it",
    });
  }
}

const optionOf = { "http-check": "httpchk", "tcp-check": "tcp-check" } as const;

function warnChecksIgnored(site: Site, draft: ProxyDraft): void {
  const { kind, rules } = draft.check;
  for (const family of ["http-check", "tcp-check"] as const) {
    const used = family === "http-check" ? kind === "http" : kind === "tcp-check";
    if (used || !rules[family].areOwn) continue;
    site.report({
      severity: "warning",
      code: "checks-ignored",
      at: draft.at,
      message: `${draft.kindText} '${draft.name}' uses ${family} rules without 'option ` +
        `${optionOf[family]}', so the rules are ignored`,
    });
  }
}

/** Says which backends no frontend can reach. A name made by a format may be any of them. */
export function lintRoutes(
  site: Site,
  drafts: readonly ProxyDraft[],
  backends: ReadonlyMap<string, BackendPlan>,
): void {
  const reached = new Set<string>();
  for (const draft of drafts) {
    if (draft.kind === "listen") reached.add(draft.name);
    if (draft.defaultBackend) reached.add(draft.defaultBackend.text);
    for (const { target } of draft.switching) {
      if (target.kind === "format") return;
      reached.add(target.name.text);
    }
  }
  for (const backend of backends.values()) {
    if (reached.has(backend.name)) continue;
    site.report({
      severity: "warning",
      code: "unused-backend",
      at: backend.at,
      message: `no frontend routes to backend '${backend.name}'`,
    });
  }
}
