import type { Context } from "../../lang/context.ts";
import type { BackendState } from "../../state/backend_state.ts";
import type { ServerState } from "../../state/server_state.ts";
import type { Balancer } from "./balancer.ts";
import { Candidates } from "./candidates.ts";

/** `balance first`: the server with the lowest id that is not full. */
export class FirstAvailable implements Balancer {
  #candidates: Candidates;

  constructor(backend: BackendState, servers: readonly ServerState[]) {
    this.#candidates = new Candidates(backend, servers.toSorted((a, b) => a.id - b.id));
  }

  choose(_cx: Context, excluded: ServerState | undefined): ServerState | undefined {
    this.#candidates.refresh();
    let avoided: ServerState | undefined;
    for (const server of this.#candidates.list) {
      if (!server.hasRoom()) continue;
      if (server !== excluded) return server;
      avoided = server;
    }
    return avoided;
  }
}
