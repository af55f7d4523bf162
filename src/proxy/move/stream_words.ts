import type { BackendPlan } from "../../config/backend_plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import { type MessageScope, TransactionVariables } from "../../lang/transaction_variables.ts";
import { clock } from "../../net/clock.ts";
import type { TimerName } from "../../rules/transaction.ts";
import type { StreamPaces } from "../pace.ts";
import { processFacts } from "../process_facts.ts";
import type { Stream, StreamClient } from "../stream.ts";
import type { StreamDescription } from "./description.ts";
import { describePaces } from "./pace_words.ts";
import { describeVariables, reviveVariables } from "./values.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What an exchange and a connection in TCP mode have in common when they go on elsewhere. */
interface MovedStream extends
  Pick<
    Stream,
    | "backendPlan"
    | "serverPlan"
    | "holdsServer"
    | "requestCounter"
    | "connectAttempts"
    | "redispatched"
    | "logged"
    | "logLevel"
    | "serverQueuePosition"
    | "backendQueuePosition"
    | "queuedAt"
    | "connectAt"
  >,
  Writable<
    Pick<
      Stream,
      | "bytesToClient"
      | "bytesFromClient"
      | "idleSince"
      | "headAt"
      | "connectedAt"
      | "timeoutsMs"
    >
  > {
  readonly client: StreamClient & ConstructorParameters<typeof TransactionVariables>[0];
  _variables: TransactionVariables | undefined;
  _uniqueId: string | undefined;
  _requestCaptures: (string | undefined)[] | undefined;
}

/** Where a stream leads, in the Plan of the process that goes on with it. */
export interface Places {
  readonly backend: BackendPlan;
  readonly server: ServerPlan;
}

/** A stream in words that another process understands; its backend and server must be chosen. */
export function describeStream(
  x: MovedStream,
  paces: StreamPaces | undefined,
): StreamDescription {
  const own = x._variables?.own;
  return {
    backend: x.backendPlan!.name,
    server: x.serverPlan!.name,
    holdsServer: x.holdsServer,
    requestCounter: x.requestCounter,
    connectAttempts: x.connectAttempts,
    redispatched: x.redispatched,
    serverQueuePosition: x.serverQueuePosition,
    backendQueuePosition: x.backendQueuePosition,
    logged: x.logged,
    bytesToClient: x.bytesToClient,
    bytesFromClient: x.bytesFromClient,
    uniqueId: x._uniqueId ?? null,
    logLevel: x.logLevel ?? null,
    captures: orNull(x._requestCaptures),
    idleFor: clock.now - x.idleSince,
    headFor: clock.now - x.headAt,
    queueMs: Math.max(0, x.connectAt - x.queuedAt),
    connectMs: Math.max(0, x.connectedAt - x.connectAt),
    timeoutsMs: { ...x.timeoutsMs },
    paces: describePaces(paces),
    transaction: describeVariables(own?.transaction),
    message: describeVariables(own?.message),
  };
}

/**
 * Goes on with what another process knew.
 *
 * @param open which message's variables are open
 */
export function reviveStream(
  x: MovedStream,
  described: StreamDescription,
  { backend, server }: Places,
  open: MessageScope,
): void {
  x.backendPlan = backend;
  x.serverPlan = server;
  x.holdsServer = described.holdsServer;
  x.requestCounter = described.requestCounter;
  x.connectAttempts = described.connectAttempts;
  x.redispatched = described.redispatched;
  x.serverQueuePosition = described.serverQueuePosition;
  x.backendQueuePosition = described.backendQueuePosition;
  x.logged = described.logged;
  x.bytesToClient = described.bytesToClient;
  x.bytesFromClient = described.bytesFromClient;
  x._uniqueId = described.uniqueId ?? undefined;
  x.logLevel = described.logLevel ?? undefined;
  x._requestCaptures = orUndefined(described.captures);
  x.idleSince = clock.now - described.idleFor;
  x.headAt = clock.now - described.headFor;
  // This process's clock did not run yet. Only the distances count, and below 0 is never.
  x.queuedAt = 0;
  x.connectAt = described.queueMs;
  x.connectedAt = x.connectAt + described.connectMs;
  x.timeoutsMs = { ...described.timeoutsMs } as Partial<Record<TimerName, number>>;
  x._variables = new TransactionVariables(x.client, processFacts, open);
  x._variables.own = {
    transaction: reviveVariables(described.transaction),
    message: reviveVariables(described.message),
  };
}

export function orNull(values: readonly (string | undefined)[] | undefined): (string | null)[] {
  return Array.from(values ?? [], (value) => value ?? null);
}

export function orUndefined(
  values: readonly (string | null)[],
): (string | undefined)[] | undefined {
  return values.length === 0 ? undefined : values.map((value) => value ?? undefined);
}
