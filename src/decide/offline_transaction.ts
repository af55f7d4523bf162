import type { BackendPlan } from "../config/backend_plan.ts";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import type { RequestHead } from "../http/request_head.ts";
import type { ResponseHead } from "../http/response_head.ts";
import type {
  BackendFacts,
  BodyFacts,
  ClientFacts,
  Context,
  FrontendFacts,
  LogFacts,
  ProcessFacts,
  ServerFacts,
} from "../lang/context.ts";
import { offlineContext, type OfflineOptions } from "../lang/offline_context.ts";
import type { TransactionVariables } from "../lang/transaction_variables.ts";
import { errorReply } from "../rules/error_page.ts";
import type { Reply, TimerName, Transaction, Wait } from "../rules/transaction.ts";

/** Who asks, and when; what is left out is neutral. */
export type Surroundings = Pick<
  OfflineOptions,
  "src" | "srcPort" | "dst" | "dstPort" | "env" | "now" | "process"
>;

/**
 * A transaction without a connection: rules run on it as on a live one, and what they change stays
 * in it. It counts nothing and waits for nothing.
 */
export class OfflineTransaction implements Transaction {
  final = true;
  mayChange = false;
  /** Milliseconds since the epoch; whoever waits sets it on. */
  now: number;
  readonly client: ClientFacts;
  readonly frontend: FrontendFacts;
  backendPlan: BackendPlan | undefined;
  serverPlan: ServerPlan | undefined;
  request: RequestHead | undefined;
  response: ResponseHead | undefined;
  requestBody: BodyFacts | undefined;
  responseBody: BodyFacts | undefined;
  serverStatus = 0;
  readonly firstRequest = true;
  readonly variables: TransactionVariables;
  readonly requestCaptures: (string | undefined)[];
  readonly responseCaptures: (string | undefined)[];
  received: Context["received"];
  readonly process: ProcessFacts;
  readonly log: LogFacts;
  readonly requestBuffer = undefined;
  readonly responseBuffer = undefined;
  authenticated: Context["authenticated"];

  reply: Reply | undefined;
  wait: Wait | undefined;
  logLevel: string | undefined;
  strict = true;
  l7RetryDisabled = false;
  resetHops: number | undefined;
  decidedBy: string | undefined;
  /** Two letters: cause and phase of an early end (the manual's §8.5). */
  flags = "--";
  /** Fields of 103 answers, in order. */
  readonly earlyHints: (readonly [name: string, value: string])[] = [];
  /** Milliseconds, where `set-timeout` gave another value. */
  readonly timeoutsMs: Partial<Record<TimerName, number>> = {};
  failedRewrites = 0;
  #uniqueId: string | undefined;

  constructor(readonly frontendPlan: FrontendPlan, surroundings: Surroundings = {}) {
    const bind = frontendPlan.binds[0];
    const base = offlineContext({
      ...surroundings,
      src: surroundings.src,
      dst: surroundings.dst,
      client: { listenerId: bind?.id ?? 1, listenerName: bind?.name ?? "" },
    });
    this.now = base.now;
    this.client = base.client;
    this.frontend = frontendPlan.state;
    this.variables = base.variables;
    this.process = base.process;
    this.log = base.log;
    this.requestCaptures = new Array(frontendPlan.requestCaptures.length).fill(undefined);
    this.responseCaptures = new Array(frontendPlan.responseCaptures.length).fill(undefined);
  }

  get backend(): BackendFacts | undefined {
    return this.backendPlan?.state;
  }

  set backend(_facts: BackendFacts | undefined) {
    throw new TypeError("A backend is chosen by its plan");
  }

  get server(): ServerFacts | undefined {
    return this.serverPlan?.state;
  }

  set server(_facts: ServerFacts | undefined) {
    throw new TypeError("A server is chosen by its plan");
  }

  /** The rules of an answer come: what was the request's alone is over. */
  beginAnswer(head: ResponseHead): void {
    this.response = head;
    this.variables.beginAnswer();
  }

  uniqueId(): string | undefined {
    return this.#uniqueId ??= this.frontendPlan.uniqueIdFormat?.render(this);
  }

  failedRewrite(): void {
    this.failedRewrites++;
  }

  /** Nothing flows. */
  limitBandwidth(): void {}

  /** Nobody reads a log of what does not happen. */
  logNow(): void {}

  demand(): void {}

  earlyHint(name: string, value: string): void {
    if (this.request?.version !== "1.0") this.earlyHints.push([name, value]);
  }

  setTimeout(timer: TimerName, ms: number): void {
    this.timeoutsMs[timer] = ms;
  }

  errorPage(status: number): Reply {
    return errorReply(status, this, this.backendPlan?.errorPages, this.frontendPlan.errorPages);
  }

  captureLength(direction: "request" | "response", slot: number): number | undefined {
    const { requestCaptures, responseCaptures } = this.frontendPlan;
    return (direction === "request" ? requestCaptures : responseCaptures)[slot]?.length;
  }

  terminate(flags: string): void {
    if (this.flags === "--") this.flags = flags;
  }
}
