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
import type { StreamDescription } from "../move/description.ts";
import { describeVariables, reviveVariables } from "../move/values.ts";
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

  #variables: TransactionVariables | undefined;
  #log: StreamLog | undefined;
  #uniqueId: string | undefined;
  #captures: (string | undefined)[] | undefined;

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
    return this.#variables ??= new TransactionVariables(this.client, processFacts, "req");
  }

  get log(): StreamLog & LogFacts {
    return this.#log ??= new StreamLog(this);
  }

  get requestCaptures(): (string | undefined)[] {
    return this.#captures ??= new Array(this.frontendPlan.requestCaptures.length);
  }

  /** In words that another process understands; the backend and the server must be chosen. */
  describe(): StreamDescription {
    const own = this.#variables?.own;
    return {
      backend: this.backendPlan!.name,
      server: this.serverPlan!.name,
      holdsServer: this.holdsServer,
      requestCounter: this.requestCounter,
      connectAttempts: this.connectAttempts,
      redispatched: this.redispatched,
      serverQueuePosition: this.serverQueuePosition,
      backendQueuePosition: this.backendQueuePosition,
      logged: this.logged,
      bytesToClient: this.bytesToClient,
      bytesFromClient: this.bytesFromClient,
      uniqueId: this.#uniqueId ?? null,
      logLevel: this.logLevel ?? null,
      captures: (this.#captures ?? []).map((captured) => captured ?? null),
      idleFor: clock.now - this.idleSince,
      headFor: clock.now - this.headAt,
      queueMs: this.connectAt - this.queuedAt,
      connectMs: this.connectedAt - this.connectAt,
      timeoutsMs: this.timeoutsMs,
      transaction: describeVariables(own?.transaction),
      message: describeVariables(own?.message),
    };
  }

  /** Goes on with what another process knew. */
  revive(described: StreamDescription, backend: BackendPlan, server: ServerPlan): void {
    this.backendPlan = backend;
    this.serverPlan = server;
    this.holdsServer = described.holdsServer;
    this.requestCounter = described.requestCounter;
    this.connectAttempts = described.connectAttempts;
    this.redispatched = described.redispatched;
    this.serverQueuePosition = described.serverQueuePosition;
    this.backendQueuePosition = described.backendQueuePosition;
    this.logged = described.logged;
    this.bytesToClient = described.bytesToClient;
    this.bytesFromClient = described.bytesFromClient;
    this.#uniqueId = described.uniqueId ?? undefined;
    this.logLevel = described.logLevel ?? undefined;
    this.#captures = described.captures.map((captured) => captured ?? undefined);
    this.idleSince = clock.now - described.idleFor;
    this.headAt = clock.now - described.headFor;
    // This process's clock did not run yet. Only the distances count, and below 0 is never.
    this.queuedAt = 0;
    this.connectAt = described.queueMs;
    this.connectedAt = described.queueMs + described.connectMs;
    this.timeoutsMs = described.timeoutsMs as Partial<Record<TimerName, number>>;
    this.#variables = new TransactionVariables(this.client, processFacts, "req");
    this.#variables.own = {
      transaction: reviveVariables(described.transaction),
      message: reviveVariables(described.message),
    };
  }

  uniqueId(): string | undefined {
    return this.#uniqueId ??= this.frontendPlan.uniqueIdFormat?.render(this);
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
