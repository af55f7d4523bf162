import type { Position } from "../diagnostic.ts";
import type { Word } from "../directive.ts";
import type { ProxyV2Option, ServerPlan } from "../plan.ts";

type Elsewhere = "name" | "id" | "state" | "at" | "text" | "address" | "sendProxy";

/** What `server` and `default-server` options set. */
export type ServerOptions =
  & { -readonly [K in Exclude<keyof ServerPlan, Elsewhere>]: ServerPlan[K] }
  & { id: number | undefined; proxyHeader: ProxyHeaderOptions };

/** What `send-proxy` and its relatives add up to. */
export interface ProxyHeaderOptions {
  readonly v1: boolean;
  readonly v2: boolean;
  readonly v2Options: readonly ProxyV2Option[];
  /** Compiled when the whole section is read. */
  readonly tlvs: readonly { readonly type: number; readonly format: Word }[];
}

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
    checkSendProxy: false,
    proxyHeader: { v1: false, v2: false, v2Options: [], tlvs: [] },
  };
}

export interface ServerDraft {
  readonly name: string;
  readonly at: Position;
  readonly text: string;
  readonly address: ServerPlan["address"];
  readonly options: ServerOptions;
}
