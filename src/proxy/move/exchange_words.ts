import type { BackendPlan } from "../../config/backend_plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import { HeadProgress, readRequestHead, readResponseHead } from "../../http/head_reader.ts";
import { RequestHead } from "../../http/request_head.ts";
import { ResponseHead } from "../../http/response_head.ts";
import { TransactionVariables } from "../../lang/transaction_variables.ts";
import { clock } from "../../net/clock.ts";
import type { TimerName } from "../../rules/transaction.ts";
import type { ClientHttp1 } from "../http/client_http1.ts";
import { Exchange } from "../http/exchange.ts";
import { processFacts } from "../process_facts.ts";
import type { ExchangeDescription } from "./description.ts";
import { describeVariables, reviveVariables } from "./values.ts";

/** An exchange that has become a tunnel, in words that another process understands. */
export function describeExchange(x: Exchange): ExchangeDescription {
  const own = x._variables?.own;
  const { request, response } = x;
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
    transaction: describeVariables(own?.transaction),
    message: describeVariables(own?.message),
    receivedMethod: x.receivedMethod,
    receivedTarget: x.receivedTarget,
    request: request
      ? `${request.method} ${request.target} HTTP/${request.version}\r\n${request.render()}\r\n`
      : "",
    response: response
      ? `HTTP/${response.version} ${response.status} ${response.reason}\r\n${response.render()}\r\n`
      : "",
    headBytes: x.headBytes,
    status: x.status,
    serverStatus: x.serverStatus,
    requestMs: x.requestAt - x.headAt,
    responseMs: Math.max(0, x.responseAt - x.connectedAt),
    responseCaptures: orNull(x._responseCaptures),
    requestCookie: x.requestCookie ?? null,
    responseCookie: x.responseCookie ?? null,
  };
}

/** The same exchange in this process, up to where its connections became one pipe. */
export function reviveExchange(
  client: ClientHttp1,
  described: ExchangeDescription,
  { backend, server }: { readonly backend: BackendPlan; readonly server: ServerPlan },
): Exchange {
  const x = new Exchange(client, requestOf(client, described), clock.now - described.headFor);
  x.receivedMethod = described.receivedMethod;
  x.receivedTarget = described.receivedTarget;
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
  x._responseCaptures = orUndefined(described.responseCaptures);
  x.timeoutsMs = { ...described.timeoutsMs } as Partial<Record<TimerName, number>>;
  x.headBytes = described.headBytes;
  x.status = described.status;
  x.serverStatus = described.serverStatus;
  x.requestCookie = described.requestCookie ?? undefined;
  x.responseCookie = described.responseCookie ?? undefined;
  setTimes(x, described);
  x.response = responseOf(client, described);
  setVariables(x, described);
  x.started =
    x.requestSent =
    x.forwarding =
    x.responseStarted =
    x.closeClient =
      true;
  x.responseReusesLink = false;
  return x;
}

/** The clock of this process did not run yet: only the distances count, and below 0 is never. */
function setTimes(x: Exchange, described: ExchangeDescription): void {
  x.idleSince = clock.now - described.idleFor;
  x.requestAt = x.headAt + described.requestMs;
  x.queuedAt = 0;
  x.connectAt = described.queueMs;
  x.connectedAt = x.connectAt + described.connectMs;
  x.responseAt = x.connectedAt + described.responseMs;
}

function setVariables(x: Exchange, { transaction, message }: ExchangeDescription): void {
  x._variables = new TransactionVariables(x.client, processFacts, "res");
  x._variables.own = {
    transaction: reviveVariables(transaction),
    message: reviveVariables(message),
  };
}

function requestOf(client: ClientHttp1, { request }: ExchangeDescription): RequestHead | undefined {
  const head = new RequestHead();
  const state = readRequestHead(request, head, new HeadProgress(), client.plan.global);
  return state === "complete" ? head : undefined;
}

function responseOf(
  client: ClientHttp1,
  { response }: ExchangeDescription,
): ResponseHead | undefined {
  const head = new ResponseHead();
  const state = readResponseHead(response, head, new HeadProgress(), client.plan.global);
  return state === "complete" ? head : undefined;
}

function orNull(values: readonly (string | undefined)[] | undefined): (string | null)[] {
  return Array.from(values ?? [], (value) => value ?? null);
}

function orUndefined(values: readonly (string | null)[]): (string | undefined)[] | undefined {
  return values.length === 0 ? undefined : values.map((value) => value ?? undefined);
}
