import type { BackendPlan } from "../../config/backend_plan.ts";
import type { FrontendPlan } from "../../config/frontend_plan.ts";
import type { Plan } from "../../config/plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import type { RequestHead } from "../../http/request_head.ts";
import type {
  BackendFacts,
  FrontendFacts,
  LogFacts,
  ServerFacts,
  StreamBuffer,
  Variables,
} from "../../lang/context.ts";
import { TransactionVariables } from "../../lang/transaction_variables.ts";
import { clock } from "../../net/clock.ts";
import type { Timer } from "../../net/timers.ts";
import { errorReply } from "../../rules/error_page.ts";
import type { Bandwidth, BandwidthFilter } from "../../rules/bandwidth.ts";
import type { ConnectionDemand, Reply, TimerName, Wait } from "../../rules/transaction.ts";
import type { QueueTicket } from "../../backend/queue.ts";
import type { Connection } from "../../net/connection.ts";
import { StreamPaces } from "../pace.ts";
import { processFacts } from "../process_facts.ts";
import type { ConnectedClient } from "../client_facts.ts";
import { never, type Stream } from "../stream.ts";
import { StreamLog } from "../stream_log.ts";

/**
 * What a connection on which HTTP is not spoken (yet) shows to rules, logs and the search for a
 * server. What belongs to HTTP messages alone is empty.
 */
export abstract class TcpTransaction implements Stream {
  final = true;
  mayChange = false;
  readonly plan: Plan;
  readonly frontendPlan: FrontendPlan;
  backendPlan: BackendPlan | undefined;
  serverPlan: ServerPlan | undefined;

  holdsServer = false;
  direct = false;
  connectAttempts = 0;
  redispatched = false;
  place: QueueTicket | undefined;
  turnAround: Timer | undefined;
  serverQueuePosition = 0;
  backendQueuePosition = 0;
  timeoutsMs: Partial<Record<TimerName, number>> = {};

  over = false;
  flags = "--";
  decidedBy: string | undefined;
  logLevel: string | undefined;
  strict = true;
  reply: Reply | undefined;
  wait: Wait | undefined;
  l7RetryDisabled = false;
  resetHops: number | undefined;
  /** Undefined where no rule has limited anything. */
  paces: StreamPaces | undefined;
  /** What rules want done to the connection itself. */
  demanded: ConnectionDemand | undefined;

  idleSince: number = clock.now;
  headAt: number = clock.now;
  queuedAt = -1;
  connectAt = -1;
  connectedAt = -1;
  endAt = -1;
  bytesToClient = 0;
  bytesFromClient = 0;
  requestCounter = 0;
  logged = false;

  _variables: TransactionVariables | undefined;
  #log: StreamLog | undefined;
  _uniqueId: string | undefined;
  _requestCaptures: (string | undefined)[] | undefined;

  constructor(readonly client: ConnectedClient) {
    this.plan = client.listener.plan;
    this.frontendPlan = client.listener.frontend;
  }

  abstract readonly link: { readonly connection: Connection } | undefined;
  abstract readonly requestBuffer: StreamBuffer | undefined;
  abstract readonly responseBuffer: StreamBuffer | undefined;
  abstract readonly request: RequestHead | undefined;
  abstract connectTo(server: ServerPlan): void;
  abstract refuse(): void;

  get now(): number {
    return clock.epoch(clock.now);
  }

  get frontend(): FrontendFacts {
    return this.frontendPlan.state;
  }

  get backend(): BackendFacts | undefined {
    return this.backendPlan?.state;
  }

  get server(): ServerFacts | undefined {
    return this.serverPlan?.state;
  }

  get variables(): Variables {
    return this._variables ??= new TransactionVariables(this.client, processFacts, "req");
  }

  get log(): StreamLog & LogFacts {
    return this.#log ??= new StreamLog(this);
  }

  get requestCaptures(): (string | undefined)[] {
    return this._requestCaptures ??= new Array(this.frontendPlan.requestCaptures.length);
  }

  uniqueId(): string | undefined {
    return this._uniqueId ??= this.frontendPlan.uniqueIdFormat?.render(this);
  }

  setTimeout(timer: TimerName, ms: number): void {
    this.timeoutsMs[timer] = ms;
  }

  captureLength(direction: "request" | "response", slot: number): number | undefined {
    return direction === "request" ? this.frontendPlan.requestCaptures[slot]?.length : undefined;
  }

  errorPage(status: number): Reply {
    return errorReply(status, this, this.backendPlan?.errorPages, this.frontendPlan.errorPages);
  }

  terminate(flags: string): void {
    if (this.flags === "--") this.flags = flags;
  }

  demand(what: ConnectionDemand): void {
    this.demanded = what;
  }

  limitBandwidth(filter: BandwidthFilter, to: Bandwidth): void {
    this.paces ??= new StreamPaces();
    this.paces.limit(filter, to);
  }

  logNow(): void {
    this.client.listener.host.log(this, "under-way");
  }

  failedRewrite(): void {}
  earlyHint(): void {}

  declare readonly process: typeof processFacts;
  declare readonly response: undefined;
  declare readonly requestBody: undefined;
  declare readonly responseBody: undefined;
  declare readonly responseCaptures: (string | undefined)[];
  declare readonly received: undefined;
  declare readonly serverStatus: number;
  declare readonly status: number;
  declare readonly firstRequest: boolean;
  declare readonly started: boolean;
  declare readonly requestAt: number;
  declare readonly responseAt: number;
  declare readonly headBytes: number;
  declare readonly requestCookie: undefined;
  declare readonly responseCookie: undefined;
  declare readonly authenticated: undefined;
}

// HTTP's answers, the same for all.
Object.assign(TcpTransaction.prototype, {
  process: processFacts,
  response: undefined,
  requestBody: undefined,
  responseBody: undefined,
  responseCaptures: [],
  received: undefined,
  serverStatus: 0,
  status: 0,
  firstRequest: true,
  started: true,
  requestAt: never,
  responseAt: -1,
  headBytes: 0,
  requestCookie: undefined,
  responseCookie: undefined,
  authenticated: undefined,
});
