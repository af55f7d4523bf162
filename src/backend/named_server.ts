import type { BackendPlan, UseServerRule } from "../config/backend_plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import type { Context } from "../lang/context.ts";

/** The server of a `use-server` rule; undefined where its format names none of the backend's. */
export function serverNamedBy(
  { target }: UseServerRule,
  backend: BackendPlan,
  cx: Context,
): ServerPlan | undefined {
  if (!("render" in target)) return target;
  const named = target.render(cx);
  return backend.servers.find(({ name }) => name === named);
}
