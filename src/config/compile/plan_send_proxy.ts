import type { SendProxyPlan } from "../server_plan.ts";
import { compileWord } from "./plan_formats.ts";
import type { ProxyDraft } from "./proxy_draft.ts";
import type { ProxyHeaderOptions } from "./server_draft.ts";
import type { Site } from "./site.ts";

/** What a server's connections begin with. As in HAProxy, an option of version 2 alone makes 1. */
export function sendProxyPlan(
  site: Site,
  draft: ProxyDraft,
  { v1, v2, v2Options, tlvs }: ProxyHeaderOptions,
): SendProxyPlan | undefined {
  const compiled = tlvs.flatMap(({ type, format }) => {
    const value = compileWord(site, draft, format, "be_src_select", { forLog: false });
    return value ? [{ type, value }] : [];
  });
  if (!v1 && !v2 && v2Options.length === 0) return undefined;
  return { version: v2 ? 2 : 1, options: new Set(v2Options), tlvs: compiled };
}
