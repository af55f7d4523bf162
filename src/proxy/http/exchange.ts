import { offerPlace, type QueueTicket } from "../../backend/queue.ts";
import type { Persistence } from "../../backend/persistence/persistence.ts";
import type { BackendPlan } from "../../config/backend_plan.ts";
import type { FrontendPlan } from "../../config/frontend_plan.ts";
import type { Plan } from "../../config/plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import { admitRequest } from "../../http/admission.ts";
import { type ConnectionWish, noWish } from "../../http/connection_fields.ts";
import { type Framing, noBody } from "../../http/framing.ts";
import type { HeadProblem } from "../../http/head_reader.ts";
import type { RequestHead } from "../../http/request_head.ts";
import type { ResponseHead } from "../../http/response_head.ts";
import type {
  BackendFacts,
  BodyFacts,
  FrontendFacts,
  ServerFacts,
  Variables,
} from "../../lang/context.ts";
import { TransactionVariables } from "../../lang/transaction_variables.ts";
import { clock } from "../../net/clock.ts";
import type { Timer } from "../../net/timers.ts";
import type { Bandwidth, BandwidthFilter } from "../../rules/bandwidth.ts";
import { errorReply } from "../../rules/error_page.ts";
import type { ServerState } from "../../state/server_state.ts";
import type { RuleCursor } from "../../rules/rule_set.ts";
import type { Reply, TimerName, Wait } from "../../rules/transaction.ts";
import type { BodyCoding } from "./body_writer.ts";
import type { ClientHttp1 } from "./client_http1.ts";
import { countRewriteFailure } from "../counting.ts";

import type { FrontendApp } from "../frontend_app.ts";
import type { HandlerRun } from "../user/handler_run.ts";
import { HeldBody } from "./held_body.ts";
import type { Pipe } from "../pipe.ts";
import { sendReply } from "./reply_phase.ts";
import { processFacts } from "../process_facts.ts";
import type { ResponseSink } from "./response_sink.ts";
import type { ServerHttp1 } from "./server_http1.ts";
import { connectTo } from "./server_phase.ts";
import { SlowBodies } from "./slow_bodies.ts";
import { leaveServer } from "../server_search.ts";
import { never, type Stream } from "../stream.ts";
import { StreamLog } from "../stream_log.ts";
import { uniqueIdOf } from "./unique_id.ts";

const noCaptures: (string | undefined)[] = [];
const noTimeouts: Partial<Record<TimerName, number>> = Object.freeze({});

/**
 * One request and its answer, from the first byte to the log line: what rules and fetches see, and
 * what the phases of its life (request, server, response, end) hand on to each other. It keeps the
 * Plan it started with.
 */
export class Exchange implements Stream {
  declare final: boolean;
  declare mayChange: boolean;
  readonly plan: Plan;
  readonly frontendPlan: FrontendPlan;
  readonly frontend: FrontendFacts;
  readonly app: FrontendApp;
  backendPlan: BackendPlan | undefined;
  serverPlan: ServerPlan | undefined;
  response: ResponseHead | undefined;
  serverStatus = 0;
  readonly firstRequest: boolean;
  /** What the request, later the answer, asked of its connection. */
  wish: ConnectionWish = noWish;

  /** The head is complete and the request is being decided on. */
  started = false;
  requestFraming: Framing = noBody;
  requestEnded = false;
  declare requestTrailers: string;
  /** Body that arrived and was not yet sent on. */
  declare held: HeldBody | undefined;
  requestCoding: BodyCoding = "plain";
  /** The server has the head: body bytes go straight to it. */
  forwarding = false;
  /** All of the request is in hand, and `retry-on` may want it sent again. */
  declare repeatable: boolean;
  /** The whole request was sent. */
  requestSent = false;

  link: ServerHttp1 | undefined;
  /** The connection to the server existed before this request. */
  linkReused = false;
  /** One of the server's connections is counted for this exchange. */
  holdsServer = false;
  /** The server was named by a rule, not by the balancer. */
  declare direct: boolean;
  /** The user's handlers, while they have it. */
  declare handlers: HandlerRun | undefined;
  declare persistence: Persistence | undefined;
  declare connectAttempts: number;
  declare redispatched: boolean;
  declare logged: boolean;

  responseFraming: Framing = noBody;
  responseCoding: BodyCoding = "plain";
  declare responseHeld: HeldBody | undefined;
  /** The answer's head went out to the client. */
  responseStarted = false;
  responseEnded = false;
  responseReusesLink = true;
  /** The server's answer is here; the rest of the request still goes to it. */
  declare answered: boolean;
  /** The client's connection ends with this exchange. */
  closeClient = false;
  over = false;

  declare reply: Reply | undefined;
  declare wait: Wait | undefined;
  /** Until when rules of content inspection may wait, a reading of the clock. */
  declare inspectUntil: number;
  /** Goes on after a wait. */
  declare resume: ((x: Exchange) => void) | undefined;
  declare private _cursor: RuleCursor | undefined;
  declare waitTimer: Timer | undefined;
  declare afterWait: ((x: Exchange) => void) | undefined;
  /** Runs while the same server gets a rest between two tries. */
  declare turnAround: Timer | undefined;
  /** Both connections, once they are one pipe. */
  declare tunnel: Pipe | undefined;
  /** Undefined where no rule has limited anything. */
  declare slow: SlowBodies | undefined;
  /** The place in a queue, while it waits for a server. */
  declare place: QueueTicket | undefined;
  /** Whoever of the user's asked for the answer, instead of the client. */
  declare sink: ResponseSink | undefined;
  /** `silent-drop`: the client is told nothing. */
  declare quiet: boolean;
  declare l7RetryDisabled: boolean;
  declare resetHops: number | undefined;
  declare onClientDrain: (() => void) | undefined;
  declare logLevel: string | undefined;
  declare strict: boolean;
  decidedBy: string | undefined;
  declare problem: HeadProblem | undefined;
  /** What a refused head held, for `show errors` and the log. */
  declare badText: string;
  /** Cause and phase of an early end, for the log. */
  flags = "--";
  status = 0;
  declare responseTrailers: string;
  requestCounter = 0;
  /** Bytes of the request's head as received. */
  headBytes = 0;
  declare requestCookie: string | undefined;
  declare responseCookie: string | undefined;
  /** Its numbers in the server's and the backend's queue. */
  declare serverQueuePosition: number;
  declare backendQueuePosition: number;
  declare private _hints: string;

  /** Readings of the clock; -1 for what has not happened. */
  idleSince: number;
  headAt: number;
  requestAt = never;
  queuedAt = -1;
  connectAt = -1;
  connectedAt = -1;
  responseAt = -1;
  endAt = -1;
  bytesToClient = 0;
  bytesFromClient = 0;

  receivedMethod: string;
  receivedTarget: string;
  declare _variables: TransactionVariables | undefined;
  declare private _log: StreamLog | undefined;
  declare _uniqueId: string | undefined;
  declare _requestCaptures: (string | undefined)[] | undefined;
  declare _responseCaptures: (string | undefined)[] | undefined;
  declare authenticated: { user: string; groups: readonly string[] } | undefined;
  /** `set-timeout`, over the proxies' own. */
  declare timeoutsMs: Partial<Record<TimerName, number>>;

  constructor(
    readonly client: ClientHttp1,
    public request: RequestHead | undefined,
    firstByteAt: number,
  ) {
    this.plan = client.plan;
    this.frontendPlan = client.frontend;
    this.frontend = this.frontendPlan.state;
    this.app = client.listener.app;
    this.firstRequest = client.requestCount === 1;
    this.idleSince = client.idleSince;
    this.headAt = firstByteAt;
    this.receivedMethod = request?.method ?? "";
    this.receivedTarget = request?.target ?? "";
  }

  /** Settles what the head says about its connection and its body; false when it can't be trusted. */
  readFraming(): boolean {
    const head = this.request!;
    this.requestAt = clock.now;
    const { wish, framing: result } = admitRequest(head);
    this.wish = wish;
    if (result.kind === "invalid") {
      this.problem = result.problem;
      return false;
    }
    this.requestFraming = result.framing;
    this.closeClient = wish.close || result.mustClose ||
      (head.version === "1.0" && !wish.keepAlive);
    return true;
  }

  /** `timeout client`, or what a rule set instead. */
  get clientTimeoutMs(): number | undefined {
    return this.timeoutsMs.client ?? this.frontendPlan.timeouts.clientMs;
  }

  get now(): number {
    return clock.epoch(clock.now);
  }

  get backend(): BackendFacts | undefined {
    return this.backendPlan?.state;
  }

  set backend(_facts: BackendFacts | undefined) {
    throw new TypeError("A backend is chosen by its plan");
  }

  get lastServer(): ServerState | undefined {
    const { client } = this;
    const { prefersLastServer, state } = this.backendPlan!;
    const last = client.own?.findLast((one) =>
      one.waitsFor(client) && one.server.state.backend === state
    );
    const prefers = prefersLastServer === "own" ||
      (prefersLastServer === "authenticated" && last?.serves === "authenticated client");
    return prefers ? last?.server.state : undefined;
  }

  get server(): ServerFacts | undefined {
    return this.serverPlan?.state;
  }

  set server(_facts: ServerFacts | undefined) {
    throw new TypeError("A server is chosen by its plan");
  }

  get variables(): Variables {
    return this._variables ??= new TransactionVariables(
      this.client,
      processFacts,
      this.response ? "res" : "req",
    );
  }

  /** The rules of an answer come, a server's or our own: what was the request's alone is over. */
  beginAnswer(head: ResponseHead): void {
    this.response = head;
    this._variables?.beginAnswer();
  }

  get received(): { method: string; target: string; version: string } | undefined {
    return !this.started ? undefined : {
      method: this.receivedMethod,
      target: this.receivedTarget,
      version: this.request?.version ?? "1.1",
    };
  }

  get requestCaptures(): (string | undefined)[] {
    if (this.frontendPlan.requestCaptures.length === 0) return noCaptures;
    return this._requestCaptures ??= new Array(this.frontendPlan.requestCaptures.length);
  }

  get responseCaptures(): (string | undefined)[] {
    if (this.frontendPlan.responseCaptures.length === 0) return noCaptures;
    return this._responseCaptures ??= new Array(this.frontendPlan.responseCaptures.length);
  }

  get requestBody(): BodyFacts | undefined {
    if (this.requestFraming.kind === "none") return { text: "", size: 0, complete: true };
    return this.held?.facts(this.requestFraming, this.requestEnded);
  }

  get responseBody(): BodyFacts | undefined {
    if (!this.response) return undefined;
    return this.responseHeld?.facts(this.responseFraming, this.responseEnded);
  }

  get log(): StreamLog {
    return this._log ??= new StreamLog(this);
  }

  declare readonly process: typeof processFacts;
  declare readonly requestBuffer: undefined;
  declare readonly responseBuffer: undefined;

  /** Where a rule set was left waiting. */
  get cursor(): RuleCursor {
    return this._cursor ??= { next: 0, resuming: false };
  }

  uniqueId(): string | undefined {
    return this._uniqueId ??= uniqueIdOf(this);
  }

  limitBandwidth(filter: BandwidthFilter, to: Bandwidth): void {
    this.slow ??= new SlowBodies(this);
    this.slow.limit(filter, to);
  }

  logNow(): void {
    this.client.listener.host.log(this, "under-way");
  }

  failedRewrite(): void {
    countRewriteFailure(this);
  }

  /** It is HTTP already, and its connection past the rules that could expect a header. */
  demand(): void {}

  earlyHint(name: string, value: string): void {
    if (this.request?.version === "1.0") return;
    this._hints += name + ": " + value + "\r\n";
  }

  /** Sends the hints gathered by a run of `early-hint` actions as one 103 (RFC 8297). */
  sendHints(): void {
    if (this._hints === "") return;
    this.client.out.text("HTTP/1.1 103 Early Hints\r\n" + this._hints + "\r\n");
    this._hints = "";
  }

  setTimeout(timer: TimerName, ms: number): void {
    if (this.timeoutsMs === noTimeouts) this.timeoutsMs = {};
    this.timeoutsMs[timer] = ms;
  }

  errorPage(status: number): Reply {
    return errorReply(status, this, this.backendPlan?.errorPages, this.frontendPlan.errorPages);
  }

  captureLength(direction: "request" | "response", slot: number): number | undefined {
    const plan = this.frontendPlan;
    return (direction === "request" ? plan.requestCaptures : plan.responseCaptures)[slot]?.length;
  }

  terminate(flags: string): void {
    if (this.flags === "--") this.flags = flags;
  }

  connectTo(server: ServerPlan): void {
    connectTo(this, server);
  }

  refuse(): void {
    sendReply(this, this.errorPage(503));
  }

  /** The server's part is over; the answer is still on its way to the client. */
  releaseLink(): void {
    const { link } = this;
    this.link = undefined;
    const left = leaveServer(this);
    link?.release(this.responseEnded && this.requestSent && this.responseReusesLink);
    if (left) offerPlace(this.serverPlan!.state);
  }

  /** A handler of the user's does not want the rest of the answer. */
  abandonAnswer(): void {
    this.responseReusesLink = false;
    this.releaseLink();
  }

  /** Resolves when the client has read what waits for it, or is gone. */
  clientDrained(): Promise<void> {
    return new Promise((resolve) => {
      this.onClientDrain = resolve;
    });
  }
}

// An exchange has more properties than the engine keeps inline, and most exchanges never write most of
// them: those stand here until they are written.
Object.assign(Exchange.prototype, {
  final: true,
  mayChange: false,
  requestTrailers: "",
  held: undefined,
  direct: false,
  handlers: undefined,
  persistence: undefined,
  connectAttempts: 0,
  redispatched: false,
  logged: false,
  responseHeld: undefined,
  answered: false,
  reply: undefined,
  wait: undefined,
  inspectUntil: 0,
  resume: undefined,
  waitTimer: undefined,
  afterWait: undefined,
  turnAround: undefined,
  tunnel: undefined,
  slow: undefined,
  place: undefined,
  sink: undefined,
  quiet: false,
  repeatable: false,
  l7RetryDisabled: false,
  resetHops: undefined,
  onClientDrain: undefined,
  logLevel: undefined,
  problem: undefined,
  badText: "",
  responseTrailers: "",
  requestCookie: undefined,
  responseCookie: undefined,
  serverQueuePosition: 0,
  backendQueuePosition: 0,
  authenticated: undefined,
  timeoutsMs: noTimeouts,
  strict: true,
  _variables: undefined,
  _log: undefined,
  _uniqueId: undefined,
  _requestCaptures: undefined,
  _responseCaptures: undefined,
  _cursor: undefined,
  requestBuffer: undefined,
  responseBuffer: undefined,
  _hints: "",
  process: processFacts,
});
