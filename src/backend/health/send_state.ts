import type { BackendPlan } from "../../config/backend_plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import { type ServerState, weightScale } from "../../state/server_state.ts";

/** The value of `http-check send-state`'s field: what is known of the server, for itself to read. */
export function serverStateHeader(backend: BackendPlan, server: ServerPlan, node: string): string {
  const { state } = server;
  const parts = [stateText(state)];
  if (state.address) parts.push(`address=${state.address}`, `port=${state.port}`);
  parts.push(
    `name=${backend.name}/${server.name}`,
    `node=${node}`,
    `weight=${Math.ceil(state.effectiveWeight / weightScale)}/${totalWeight(backend)}`,
    `scur=${state.connections()}/${backend.state.connections()}`,
    `qcur=${state.queue.length}`,
  );
  if (state.operational === "starting") {
    parts.push(
      `throttle=${Math.floor(state.effectiveWeight * 100 / (state.weight * weightScale))}%`,
    );
  }
  return parts.join("; ");
}

function stateText(server: ServerState): string {
  const { rise, fall } = server.settings;
  if (server.operational === "stopped") {
    return server.health > 0 ? `DOWN ${server.health}/${rise}` : "DOWN";
  }
  const word = server.operational === "stopping" ? "NOLB" : "UP";
  const full = server.health >= rise + fall - 1;
  return full ? word : `${word} ${server.health - rise + 1}/${fall}`;
}

/** Weight of the servers that traffic goes to now. */
function totalWeight(backend: BackendPlan): number {
  const { state } = backend;
  if (state.active === 0 && state.firstBackup && !state.allBackups) {
    return Math.ceil(state.firstBackup.effectiveWeight / weightScale);
  }
  let total = 0;
  for (const server of state.servers) {
    if (server.usable && server.settings.backup === (state.active === 0)) {
      total += server.effectiveWeight;
    }
  }
  return Math.ceil(total / weightScale);
}
