import type { ServerState } from "./server_state.ts";

/** Why a server's operational state changed, for the log. */
export type ChangeCause =
  /** The health check's last result, which stands in the server's {@link CheckReport}. */
  | { readonly kind: "health" }
  /** A runtime command. */
  | { readonly kind: "command" }
  /** Its name; `why` is a clause for the log. */
  | { readonly kind: "resolution"; readonly why: string }
  /** The health check's result was logged by itself (`option log-health-checks`). */
  | { readonly kind: "logged" };

export type ChangeKind =
  | "down"
  | "up"
  | "stopping"
  | "maintenance"
  /** It was down already when maintenance began. */
  | "maintenance-while-down"
  | "maintenance-left"
  /** The operator wants it no more, and its name still has no address. */
  | "maintenance-left-unresolved"
  /** Its name has an address again, and maintenance is over. */
  | "resolved"
  | "resolved-in-maintenance"
  | "drain"
  | "drain-while-down"
  | "drain-left"
  /** Maintenance was left for the drain state that still holds. */
  | "drain-kept"
  /** Weight, a step of slow start, or a limit. */
  | "weight";

/** One change of a server, told to every {@link ServerObserver} after it has taken effect. */
export class ServerChange {
  /** Requests that left the server's queue because of it; the queue's observer sets it. */
  requeued = 0;

  constructor(
    readonly server: ServerState,
    readonly kind: ChangeKind,
    readonly cause: ChangeCause | undefined,
    /** It could take traffic before. */
    readonly wasUsable: boolean,
    /** The backend had a usable server before and has none now. */
    readonly lastOne: boolean,
  ) {}
}

/** Whoever must know of servers' changes: queues, health checks, the log. Told in order of joining. */
export interface ServerObserver {
  serverChanged(change: ServerChange): void;
}
