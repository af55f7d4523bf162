import type { BackendPlan, UseServerRule } from "../config/backend_plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import type { Context } from "../lang/context.ts";
import type { ConditionTrace } from "../lang/condition_trace.ts";
import { makeBalancer } from "./balance/catalog.ts";
import { serverNamedBy } from "./named_server.ts";
import type { Selection } from "./selection.ts";

/** A `use-server` line that was looked at. */
export interface UseServerTrace {
  readonly rule: UseServerRule;
  readonly condition: ConditionTrace | undefined;
  /** `passed on`: the condition holds, but the server is down, or there is none of that name. */
  readonly result: "chosen" | "skipped" | "passed on";
}

/**
 * Where `selectServer` would send a first request: nobody's place is taken, nobody's turn passes and
 * nothing is counted. Algorithms that take turns begin anew.
 */
export function previewServer(
  backend: BackendPlan,
  cx: Context,
  kept: ServerPlan | undefined,
  sink: (trace: UseServerTrace) => void,
): Selection {
  for (const rule of backend.useServer) {
    const trace = rule.condition?.explain(cx);
    const holds = trace === undefined || trace.holds;
    const server = holds ? serverNamedBy(rule, backend, cx) : undefined;
    const isUp = server !== undefined && server.state.operational !== "stopped";
    sink({ rule, condition: trace, result: !holds ? "skipped" : isUp ? "chosen" : "passed on" });
    if (isUp) return roomAt(server, true);
  }
  if (kept) return roomAt(kept, true);
  const states = backend.servers.map((server) => server.state);
  const chosen = makeBalancer(backend.balance, backend.state, states).choose(cx, undefined);
  const server = backend.servers.find(({ state }) => state === chosen);
  if (server) return roomAt(server, false);
  return backend.state.usableServers() > 0
    ? { kind: "queue", server: undefined }
    : { kind: "none", cause: "no-server" };
}

function roomAt(server: ServerPlan, direct: boolean): Selection {
  const { state, maxqueue } = server;
  if (state.hasRoom()) return { kind: "server", server, direct };
  return maxqueue > 0 && state.queue.length >= maxqueue
    ? { kind: "none", cause: "queue-full", server }
    : { kind: "queue", server };
}
