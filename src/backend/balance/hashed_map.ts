import type { Context } from "../../lang/context.ts";
import type { BackendState } from "../../state/backend_state.ts";
import type { ServerState } from "../../state/server_state.ts";
import type { HashKey } from "./hash_key.ts";
import { StaticRoundRobin } from "./static_rr.ts";

/**
 * `hash-type map-based`: a key always points to the same server while the same servers are up, full
 * or not. Sessions without a key take turns.
 */
export class HashedMap extends StaticRoundRobin {
  constructor(
    backend: BackendState,
    servers: readonly ServerState[],
    private readonly key: HashKey,
  ) {
    super(backend, servers);
  }

  override choose(cx: Context, excluded: ServerState | undefined): ServerState | undefined {
    const key = this.key(cx);
    if (key === undefined) return super.choose(cx, excluded);
    this.refresh();
    const { map } = this;
    return map.length === 0 ? undefined : map[key % map.length];
  }
}
