import type { Context } from "../../lang/context.ts";
import type { BackendState } from "../../state/backend_state.ts";
import type { ServerState } from "../../state/server_state.ts";
import type { Balancer } from "./balancer.ts";
import { WeightedRing } from "./weighted_ring.ts";

/**
 * `balance roundrobin`: smooth turns by weight, in HAProxy's order. Weights may change at any time
 * and count from the next turn on.
 */
export class RoundRobin implements Balancer {
  #active: WeightedRing;
  #backups: WeightedRing;
  #version = -1;

  constructor(private readonly backend: BackendState, servers: readonly ServerState[]) {
    this.#active = new WeightedRing(servers.filter((server) => !server.settings.backup));
    this.#backups = new WeightedRing(servers.filter((server) => server.settings.backup));
  }

  choose(_cx: Context, excluded: ServerState | undefined): ServerState | undefined {
    const { backend } = this;
    if (this.#version !== backend.version) {
      this.#version = backend.version;
      this.#active.refresh();
      this.#backups.refresh();
    }
    if (this.#active.usable > 0) return this.#active.take(excluded);
    if (this.#backups.usable === 0) return undefined;
    return backend.allBackups ? this.#backups.take(excluded) : this.#backups.first();
  }
}
