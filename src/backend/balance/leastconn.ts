import type { Context } from "../../lang/context.ts";
import type { BackendState } from "../../state/backend_state.ts";
import { type ServerState, weightScale } from "../../state/server_state.ts";
import type { Balancer } from "./balancer.ts";
import { Candidates } from "./candidates.ts";

const weightMax = 256 * weightScale;

/**
 * `balance leastconn`: the server with the fewest connections for its weight, those that wait for
 * it included; among equals the one whose load has not changed for longest, which is a round robin.
 */
export class LeastConnections implements Balancer {
  #candidates: Candidates;

  constructor(backend: BackendState, servers: readonly ServerState[]) {
    this.#candidates = new Candidates(backend, servers);
  }

  choose(_cx: Context, excluded: ServerState | undefined): ServerState | undefined {
    this.#candidates.refresh();
    const { list } = this.#candidates;
    let best: ServerState | undefined;
    let bestLoad = 0;
    let excludedFits = false;
    for (let i = 0; i < list.length; i++) {
      const server = list[i]!;
      if (server === excluded) {
        excludedFits = server.hasRoom();
        continue;
      }
      const load = loadOf(server);
      if (best && (load > bestLoad || (load === bestLoad && server.movedAt >= best.movedAt))) {
        continue;
      }
      if (!server.hasRoom()) continue;
      best = server;
      bestLoad = load;
    }
    return best ?? (excludedFits ? excluded : undefined);
  }
}

/** An idle server weighs nothing; else the connections it would have, by weight, as an integer. */
function loadOf(server: ServerState): number {
  const busy = server.connections() + server.queue.length;
  return busy === 0 ? 0 : Math.floor((busy + 1) * weightMax / server.effectiveWeight);
}
