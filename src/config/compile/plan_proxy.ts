import { RuleSet } from "../../rules/rule_set.ts";
import type { LogTarget, ProxyPlan } from "../plan.ts";
import type { GlobalDraft } from "./global_draft.ts";
import type { ProxyDraft } from "./proxy_draft.ts";

/** What a frontend and a backend have in common; a `listen` makes it once for both. */
export function proxyPlan(draft: ProxyDraft, id: number, global: GlobalDraft): ProxyPlan {
  const { isPlainTcp } = draft;
  return {
    name: draft.name,
    id,
    mode: draft.mode ?? "tcp",
    at: draft.at,
    description: draft.description,
    disabled: draft.disabled,
    acls: draft.acls,
    // What a warning said to be ignored must not come back when a backend makes HTTP of it.
    httpRequest: ruleSet(isPlainTcp ? [] : [...draft.httpRequest, ...draft.redirects]),
    httpResponse: ruleSet(isPlainTcp ? [] : draft.httpResponse),
    httpAfterResponse: ruleSet(isPlainTcp ? [] : draft.httpAfterResponse),
    tcpRequestContent: ruleSet(draft.tcpRequestContent),
    tcpResponseContent: ruleSet(draft.tcpResponseContent),
    inspectDelayMs: draft.inspectDelayMs,
    responseInspectDelayMs: draft.responseInspectDelayMs,
    switchesToHttp: draft.switchesToHttp,
    errorPages: draft.errorPages,
    forwardFor: isPlainTcp ? undefined : draft.forwardFor,
    originalTo: isPlainTcp ? undefined : draft.originalTo,
    headerNames: isPlainTcp ? undefined : draft.headerNames,
    connectionMode: draft.connectionMode,
    logs: draft.logs.flatMap((log): readonly LogTarget[] => log === "global" ? global.logs : [log]),
    logTag: draft.logTag,
    bufferRequest: !isPlainTcp && draft.options.has("http-buffer-request"),
    abortOnClose: draft.mode === "http"
      ? !draft.negatedOptions.has("abortonclose")
      : draft.options.has("abortonclose"),
  };
}

export function ruleSet(rules: ConstructorParameters<typeof RuleSet>[0]): RuleSet {
  return rules.length === 0 ? RuleSet.empty : new RuleSet(rules);
}

/** A timeout in milliseconds; not given and 0 both wait for ever. */
export function timeoutOf(
  draft: ProxyDraft,
  name: Parameters<ProxyDraft["timeouts"]["get"]>[0],
): number | undefined {
  const ms = draft.timeouts.get(name);
  return ms === 0 ? undefined : ms;
}
