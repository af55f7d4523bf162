import type { Context } from "../../lang/context.ts";
import type { BackendState } from "../../state/backend_state.ts";
import type { ServerState } from "../../state/server_state.ts";
import type { Balancer } from "./balancer.ts";
import { Candidates } from "./candidates.ts";
import { weightDivisor, weightMap } from "./weight_map.ts";

/** `balance static-rr`: turns by weight over a table made anew when a server comes or goes. */
export class StaticRoundRobin implements Balancer {
  protected map: readonly ServerState[] = [];
  #candidates: Candidates;
  #divisor: number;
  #at = 0;

  constructor(backend: BackendState, servers: readonly ServerState[]) {
    this.#candidates = new Candidates(backend, servers);
    this.#divisor = weightDivisor(servers);
  }

  choose(_cx: Context, excluded: ServerState | undefined): ServerState | undefined {
    this.refresh();
    const { map } = this;
    const length = map.length;
    let avoided = -1;
    for (let step = 0; step < length; step++) {
      const at = (this.#at + step) % length;
      const server = map[at]!;
      if (!server.hasRoom()) continue;
      if (server !== excluded) {
        this.#at = (at + 1) % length;
        return server;
      }
      if (avoided < 0) avoided = at;
    }
    if (avoided < 0) return undefined;
    this.#at = (avoided + 1) % length;
    return map[avoided];
  }

  protected refresh(): void {
    if (!this.#candidates.refresh()) return;
    const { list } = this.#candidates;
    this.map = list.length === 0 ? [] : weightMap(list, this.#divisor);
    if (this.#at >= this.map.length) this.#at = 0;
  }
}
