import { settleAuthority } from "../http/authority.ts";
import {
  defaultHeadLimits,
  type HeadLimits,
  HeadProgress,
  readRequestHead,
  readResponseHead,
} from "../http/head_reader.ts";
import { RequestHead } from "../http/request_head.ts";
import { ResponseHead } from "../http/response_head.ts";
import { Address } from "./address.ts";
import type {
  BackendFacts,
  BodyFacts,
  ClientFacts,
  Context,
  FrontendFacts,
  LogFacts,
  ProcessFacts,
  ServerFacts,
  StreamBuffer,
  Timers,
} from "./context.ts";
import { type MessageScope, TransactionVariables } from "./transaction_variables.ts";
import type { Value } from "./value.ts";
import { parseVariableName } from "./variable_name.ts";

/** What an offline evaluation is about; all that is left out is neutral: counters 0, names plain. */
export interface OfflineOptions {
  /** A raw HTTP/1 request as latin1 text, its body behind the empty line. */
  readonly raw?: string;
  /** A raw HTTP/1 response as latin1 text. */
  readonly rawResponse?: string;
  /** Address in text form; `undefined` given explicitly stands for a unix socket. */
  readonly src?: string | undefined;
  readonly srcPort?: number;
  readonly dst?: string | undefined;
  readonly dstPort?: number;
  /** Bodies in place of what follows the heads. */
  readonly requestBody?: Partial<BodyFacts>;
  readonly responseBody?: Partial<BodyFacts>;
  /** By full name, like `txn.user`. */
  readonly variables?: Readonly<Record<string, Value>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly now?: number;
  readonly requestCaptures?: readonly (string | undefined)[];
  readonly responseCaptures?: readonly (string | undefined)[];
  readonly uniqueId?: string;
  readonly frontend?: Partial<FrontendFacts>;
  readonly backend?: Partial<BackendFacts>;
  readonly server?: Partial<ServerFacts>;
  readonly client?: Partial<ClientFacts>;
  readonly process?: Partial<ProcessFacts>;
  readonly timers?: Partial<Timers>;
  readonly log?: Partial<LogFacts>;
  /** Raw bytes of the connection, of which more may come unless `closed`. */
  readonly requestBuffer?: StreamBuffer;
  readonly responseBuffer?: StreamBuffer;
  /** False for content inspection while more may come. */
  readonly final?: boolean;
  readonly limits?: HeadLimits;
}

const zero = () => 0;

/**
 * A context without a gateway: built from raw messages, for tests, `explain` and the library.
 * Throws SyntaxError when a message cannot be read.
 */
export function offlineContext(
  options: OfflineOptions = {},
): Context & { readonly variables: TransactionVariables } {
  const now = options.now ?? Date.now();
  const limits = options.limits ?? defaultHeadLimits;
  const request = options.raw === undefined ? undefined : readRequest(options.raw, limits);
  const response = options.rawResponse === undefined
    ? undefined
    : readResponse(options.rawResponse, limits);
  return {
    final: options.final ?? true,
    mayChange: false,
    now,
    client: clientFacts(options, now),
    frontend: { ...frontendFacts, ...options.frontend },
    backend: options.backend && { ...backendFacts, ...options.backend },
    server: options.server && { ...serverFacts, ...options.server },
    request: request?.head,
    response: response?.head,
    requestBody: bodyFacts(request?.body, options.requestBody),
    responseBody: bodyFacts(response?.body, options.responseBody),
    serverStatus: response?.head.status ?? 0,
    firstRequest: true,
    variables: variablesOf(options.variables, response === undefined ? "req" : "res"),
    requestCaptures: [...options.requestCaptures ?? []],
    responseCaptures: [...options.responseCaptures ?? []],
    received: request?.received,
    uniqueId: () => options.uniqueId,
    process: { ...processFacts(options.env), ...options.process },
    log: logFacts(options, now),
    requestBuffer: options.requestBuffer,
    responseBuffer: options.responseBuffer,
    authenticated: undefined,
  };
}

function readRequest(raw: string, limits: HeadLimits) {
  const head = new RequestHead();
  const progress = new HeadProgress();
  const state = readRequestHead(raw, head, progress, limits);
  if (state !== "complete") throw unreadable("request", state, progress);
  const { method, target, version } = head;
  const problem = settleAuthority(head);
  if (problem) throw new SyntaxError(`Cannot use the request: ${problem.reason}`);
  return { head, received: { method, target, version }, body: raw.substring(progress.end) };
}

function readResponse(raw: string, limits: HeadLimits) {
  const head = new ResponseHead();
  const progress = new HeadProgress();
  const state = readResponseHead(raw, head, progress, limits);
  if (state !== "complete") throw unreadable("response", state, progress);
  return { head, body: raw.substring(progress.end) };
}

function unreadable(what: string, state: string, { problem }: HeadProgress): SyntaxError {
  const reason = problem ? `${problem.reason} at offset ${problem.at}` : `its head is ${state}`;
  return new SyntaxError(`Cannot read the ${what}: ${reason}`);
}

function bodyFacts(
  text: string | undefined,
  given: Partial<BodyFacts> | undefined,
): BodyFacts | undefined {
  if (text === undefined && given === undefined) return undefined;
  const body = given?.text ?? text ?? "";
  return { text: body, size: given?.size ?? body.length, complete: given?.complete ?? true };
}

function addressOf(text: string | undefined): Address | undefined {
  if (text === undefined) return undefined;
  const address = Address.parse(text);
  if (address === undefined) throw new SyntaxError(`Not an address: '${text}'`);
  return address;
}

function clientFacts(options: OfflineOptions, now: number): ClientFacts {
  const src = "src" in options ? addressOf(options.src) : Address.v4(0x7f000001);
  const dst = "dst" in options ? addressOf(options.dst) : Address.v4(0x7f000001);
  const srcPort = options.srcPort ?? 0;
  const dstPort = options.dstPort ?? 0;
  return {
    src,
    srcPort,
    dst,
    dstPort,
    peer: src,
    peerPort: srcPort,
    local: dst,
    localPort: dstPort,
    proxied: false,
    listenerId: 1,
    listenerName: "",
    listenerConnections: () => 1,
    httpMajor: 1,
    acceptedAt: now,
    requestCount: 1,
    ...options.client,
  };
}

const frontendFacts: FrontendFacts = {
  name: "frontend",
  id: 2,
  maxconn: 0,
  connections: zero,
  sessionRate: zero,
  requestRate: zero,
};

const backendFacts: BackendFacts = {
  name: "backend",
  id: 3,
  connections: zero,
  sessionRate: zero,
  requestRate: zero,
  usableServers: zero,
  queued: zero,
  averageQueue: zero,
  connectionSlots: zero,
  server: () => undefined,
};

const serverFacts: ServerFacts = {
  name: "server",
  id: 1,
  address: undefined,
  port: 0,
  connections: zero,
  queued: zero,
  sessionRate: zero,
  isUp: () => true,
};

function processFacts(env: Readonly<Record<string, string>> | undefined): ProcessFacts {
  return {
    pid: 0,
    hostname: "localhost",
    stopping: false,
    connections: zero,
    env: (name) => env !== undefined && Object.hasOwn(env, name) ? env[name] : undefined,
  };
}

function variablesOf(
  given: OfflineOptions["variables"],
  open: MessageScope,
): TransactionVariables {
  const [session, process] = [{ variables: undefined }, { variables: undefined }];
  const variables = new TransactionVariables(session, process, open);
  for (const [text, value] of Object.entries(given ?? {})) {
    const { scope, name } = parseVariableName(text);
    variables.set(scope, name, value);
  }
  return variables;
}

function logFacts(options: OfflineOptions, now: number): LogFacts {
  return {
    early: false,
    bytesToClient: 0,
    bytesFromClient: 0,
    terminationState: "--",
    terminationStateCookie: "----",
    retries: 0,
    redispatched: false,
    requestCounter: 0,
    logCounter: 0,
    sourceAddress: undefined,
    sourcePort: 0,
    requestCookie: undefined,
    responseCookie: undefined,
    serverQueue: 0,
    backendQueue: 0,
    tls: undefined,
    ...options.log,
    timers: {
      startedAt: now,
      handshake: 0,
      idle: 0,
      request: 0,
      queue: -1,
      connect: -1,
      response: -1,
      active: 0,
      total: 0,
      ...options.timers,
      ...options.log?.timers,
    },
  };
}
