import { sdbm } from "../../lang/converter/hash_32.ts";
import type { Context } from "../../lang/context.ts";
import { readRdpCookie } from "../../lang/fetch/rdp_cookie_read.ts";
import type { BackendState } from "../../state/backend_state.ts";
import type { ServerState } from "../../state/server_state.ts";
import { StaticRoundRobin } from "./static_rr.ts";

/**
 * `balance rdp-cookie(name)` with HAProxy's default `hash-type map-based`: a user's cookie always
 * points to the same server while the same servers are up, full or not. Clients without it take
 * turns.
 */
export class RdpCookieHash extends StaticRoundRobin {
  constructor(
    backend: BackendState,
    servers: readonly ServerState[],
    private readonly name: string,
  ) {
    super(backend, servers);
  }

  override choose(cx: Context, excluded: ServerState | undefined): ServerState | undefined {
    const cookie = readRdpCookie(cx.requestBuffer?.text ?? "", this.name);
    if (typeof cookie === "string" || cookie.value === "") return super.choose(cx, excluded);
    this.refresh();
    const { map } = this;
    return map.length === 0 ? undefined : map[sdbm(cookie.value) % map.length];
  }
}
