import type { ServerPlan } from "../../config/server_plan.ts";

/** Milliseconds until the next check, by how sure the state is: `inter`, `fastinter`, `downinter`. */
export function checkInterval(server: ServerPlan): number {
  const { health, operational } = server.state;
  if (health === server.rise + server.fall - 1) return server.interMs;
  if (operational === "stopped" && health === 0) return server.downinterMs ?? server.interMs;
  return server.fastinterMs ?? server.interMs;
}
