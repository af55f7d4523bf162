import type { ConnectStep } from "../../config/check_plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import type { Context } from "../../lang/context.ts";
import type { Target } from "../../net/connection.ts";

/**
 * Where a step connects to: its own address and port, else those that the server line gives checks
 * (`addr`, `port`), else the server's.
 */
export function checkTarget(server: ServerPlan, step: ConnectStep, cx: Context): Target {
  const { address, checkHost, checkPort, state, outgoing: socket } = server;
  const own = step.address;
  if (own?.kind === "unix") return { ...own, socket };
  if (!own && address.kind !== "tcp" && checkHost === undefined) return { ...address, socket };
  const serverHost = address.kind === "tcp" ? address.host : "";
  const stepPort = typeof step.port === "function" ? step.port(cx) : step.port;
  return {
    kind: "tcp",
    host: own?.host ?? checkHost ?? state.address?.toString() ?? serverHost,
    port: stepPort || own?.port || checkPort || state.port,
    socket,
  };
}
