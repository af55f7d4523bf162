import type { Position } from "../diagnostic.ts";
import type { ServerPlan } from "../plan.ts";

/** What `server` and `default-server` options set. */
export type ServerOptions =
  & {
    -readonly [K in Exclude<keyof ServerPlan, "name" | "id" | "state" | "at" | "text" | "address">]:
      ServerPlan[K];
  }
  & { id: number | undefined };

/** HAProxy's defaults. */
export function serverDefaults(): ServerOptions {
  return {
    id: undefined,
    weight: 1,
    backup: false,
    disabled: false,
    maxconn: 0,
    minconn: 0,
    maxqueue: 0,
    check: false,
    checkPort: undefined,
    checkHost: undefined,
    interMs: 2000,
    fastinterMs: undefined,
    downinterMs: undefined,
    rise: 2,
    fall: 3,
    slowstartMs: 0,
    poolMaxConn: -1,
    poolPurgeDelayMs: 5000,
    maxReuse: -1,
    redirectPrefix: undefined,
    observe: "none",
    errorLimit: 10,
    onError: "fail-check",
    closeSessionsWhenDown: false,
  };
}

export interface ServerDraft {
  readonly name: string;
  readonly at: Position;
  readonly text: string;
  readonly address: ServerPlan["address"];
  readonly options: ServerOptions;
}
