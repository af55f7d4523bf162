import type { Persistence } from "../backend/persistence/persistence.ts";
import type { QueueTicket } from "../backend/queue.ts";
import type { BackendPlan } from "../config/backend_plan.ts";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { Plan } from "../config/plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import type { ClientFacts } from "../lang/context.ts";
import type { Connection } from "../net/connection.ts";
import type { Timer } from "../net/timers.ts";
import type { TimerName, Transaction } from "../rules/transaction.ts";
import type { ServerState } from "../state/server_state.ts";
import type { ClientListener } from "./listener.ts";

/** Earlier than any reading of a clock. */
export const never = -Infinity;

/** A client's connection, and where it came in. */
export interface StreamClient extends ClientFacts {
  readonly connection: Connection;
  readonly listener: ClientListener;
  /** How long what came before the session took. */
  readonly handshakeMs: number;
}

/**
 * One way from a client to a server, whatever is spoken on it: an HTTP exchange or a TCP connection.
 * Searching for a server, counting and logging need no more of it than this.
 */
export interface Stream extends Transaction {
  readonly plan: Plan;
  readonly frontendPlan: FrontendPlan;
  readonly client: StreamClient;
  backendPlan: BackendPlan | undefined;
  serverPlan: ServerPlan | undefined;
  /** The connection to the server. */
  readonly link: { readonly connection: Connection } | undefined;

  /** One of the server's connections is counted for this stream. */
  holdsServer: boolean;
  /** The server was named by a rule, not by the balancer. */
  direct: boolean;
  /** What the client's cookie said of its server; undefined where the backend has no cookie. */
  readonly persistence?: Persistence | undefined;
  /** Decides before the balancer: its client has a connection to it that nobody else may use. */
  readonly lastServer?: ServerState | undefined;
  connectAttempts: number;
  redispatched: boolean;
  /** The place in a queue, while it waits for a server. */
  place: QueueTicket | undefined;
  /** Runs while the same server gets a rest between two tries. */
  turnAround: Timer | undefined;
  /** Its numbers in the server's and the backend's queue, from 1; 0 for one it was not in. */
  serverQueuePosition: number;
  backendQueuePosition: number;
  /** `set-timeout`, over the proxies' own. */
  readonly timeoutsMs: Partial<Record<TimerName, number>>;

  /** What there is to decide on is there. */
  readonly started: boolean;
  over: boolean;
  /** Cause and phase of an early end, for the log. */
  readonly flags: string;
  /** Of HTTP answers: as the client got it, and as the server gave it; 0 without one. */
  readonly status: number;

  /** Readings of the clock; -1 for what has not happened. */
  readonly idleSince: number;
  readonly headAt: number;
  /** {@link never} for a request that never was whole; that of a moved one may lie before this clock began. */
  readonly requestAt: number;
  queuedAt: number;
  connectAt: number;
  readonly connectedAt: number;
  readonly responseAt: number;
  readonly endAt: number;
  readonly bytesToClient: number;
  /** Bytes of a request's head as received, and what else the client sent. */
  readonly headBytes: number;
  readonly bytesFromClient: number;
  requestCounter: number;
  /** Its end writes no log line: it was written before, or there is to be none. */
  logged: boolean;
  readonly requestCookie: string | undefined;
  readonly responseCookie: string | undefined;

  /** Notes why it ends early; the first reason stays. */
  terminate(flags: string): void;
  /** A server is chosen and one of its connections is taken: goes to it. */
  connectTo(server: ServerPlan): void;
  /** No server takes it; the flags say why. */
  refuse(): void;
}
