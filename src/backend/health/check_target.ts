import type { ServerPlan } from "../../config/plan.ts";
import type { Target } from "../../net/connection.ts";

/** Where a server is checked: its own address unless `addr` or `port` say another. */
export function checkTarget(server: ServerPlan): Target {
  const { address, checkHost, checkPort, state } = server;
  if (address.kind === "unix" && checkHost === undefined) {
    return { kind: "unix", path: address.path };
  }
  const own = address.kind === "tcp" ? address.host : "";
  return {
    kind: "tcp",
    host: checkHost ?? state.address?.toString() ?? own,
    port: checkPort ?? state.port,
  };
}
