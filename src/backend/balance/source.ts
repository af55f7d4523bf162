import type { Address } from "../../lang/address.ts";
import type { Context } from "../../lang/context.ts";
import type { ServerState } from "../../state/server_state.ts";
import { StaticRoundRobin } from "./static_rr.ts";

/**
 * `balance source` with HAProxy's default `hash-type map-based`: a client's address always points
 * to the same server while the same servers are up, full or not. Clients without an address take
 * turns.
 */
export class SourceHash extends StaticRoundRobin {
  override choose(cx: Context, excluded: ServerState | undefined): ServerState | undefined {
    const { src } = cx.client;
    if (!src) return super.choose(cx, excluded);
    this.refresh();
    const { map } = this;
    return map.length === 0 ? undefined : map[hashAddress(src) % map.length];
  }
}

/** The address's 32-bit words, XORed. */
function hashAddress(address: Address): number {
  if (address.family === 4) return address.d;
  return (address.a ^ address.b ^ address.c ^ address.d) >>> 0;
}
