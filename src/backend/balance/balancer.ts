import type { Context } from "../../lang/context.ts";
import type { ServerState } from "../../state/server_state.ts";

/** One algorithm at work over one backend's servers as one Plan lists them. */
export interface Balancer {
  /**
   * The server for a new session, or undefined when none can take it now. `excluded` just failed:
   * it is taken only when there is no other. Balancers look at changed weights and states
   * themselves, before they choose.
   */
  choose(cx: Context, excluded: ServerState | undefined): ServerState | undefined;
}
