import type { GlobalPlan } from "../plan.ts";
import { type GlobalDraft, rewriteBytesDefault } from "./global_draft.ts";
import type { Site } from "./site.ts";

export function globalPlan(site: Site, draft: GlobalDraft): GlobalPlan {
  // As in HAProxy, the part for rewriting takes half of the buffer at most.
  const half = draft.bufferBytes / 2;
  const wanted = draft.rewriteBytes ?? rewriteBytesDefault;
  const rewriteBytes = wanted >= half ? Math.floor(half) : wanted;
  return {
    maxconn: draft.maxconn,
    connectionRateMax: draft.connectionRateMax,
    sessionRateMax: draft.sessionRateMax,
    logs: draft.logs,
    logTag: draft.logTag,
    logHostname: draft.logHostname,
    closeSpreadMs: draft.closeSpreadMs,
    hardStopAfterMs: draft.hardStopAfterMs,
    node: draft.node ?? site.options.hostname,
    description: draft.description,
    headBytesMax: draft.bufferBytes - rewriteBytes,
    headFieldsMax: draft.headFieldsMax,
    reusePort: draft.reusePort,
    process: draft.process,
    control: draft.control,
  };
}
