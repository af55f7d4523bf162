import type { BandwidthFilter } from "../../rules/bandwidth.ts";
import type { Position } from "../diagnostic.ts";
import type { ProxyDraft } from "./proxy_draft.ts";
import type { Site } from "./site.ts";

/** A proxy's bandwidth filters, and the rules that name them: either may stand first. */
export class BandwidthDraft {
  readonly filters = new Map<string, BandwidthFilter>();
  /** Names of filters, the faulty ones as well. */
  readonly declared = new Set<string>();
  readonly references: { readonly name: string; readonly at: Position }[] = [];
}

/** Rules may only name what the same proxy has. */
export function lintBandwidth(site: Site, draft: ProxyDraft): void {
  const { declared, references } = draft.bandwidth;
  for (const { name, at } of references) {
    if (declared.has(name)) continue;
    const message = `Proxy '${draft.name}': unable to find bwlim filter '${name}' referenced by ` +
      "set-bandwidth-limit rule";
    site.report({ severity: "error", code: "unknown-filter", at, message });
  }
}
