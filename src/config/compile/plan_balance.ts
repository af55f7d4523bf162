import type { BalanceAlgorithm } from "../backend_plan.ts";
import type { ProxyDraft } from "./proxy_draft.ts";
import type { Site } from "./site.ts";

/** The algorithm that a backend's `balance`, `hash-type` and `hash-balance-factor` add up to. */
export function balancePlan(site: Site, draft: ProxyDraft): BalanceAlgorithm {
  const { balance, hashType, hashBalanceFactor: balanceFactor } = draft;
  switch (balance.kind) {
    case "roundrobin":
    case "static-rr":
    case "leastconn":
    case "first":
    case "random":
      return balance;
    case "uri":
    case "url_param":
    case "hdr":
      if (draft.mode !== "http") return withoutHead(site, draft);
  }
  if (!hashType) return balance;
  return { ...balance, hash: { ...hashType, balanceFactor } };
}

/** Such a key stands in a request's head, which nobody reads here. */
function withoutHead(site: Site, draft: ProxyDraft): BalanceAlgorithm {
  site.report({
    severity: "warning",
    code: "ignored-by-mode",
    at: draft.at,
    message: `Layer 7 hash not possible for ${draft.kindText} '${draft.name}' ` +
      "(needs 'mode http'). Falling back to round robin.",
  });
  return { kind: "roundrobin" };
}
