import type { RequestHead } from "../http/request_head.ts";
import type { ResponseHead } from "../http/response_head.ts";
import type { Address } from "./address.ts";
import type { Value } from "./value.ts";

/** Counters and identity of a frontend or backend, as fetches and log formats read them. */
export interface ProxyFacts {
  readonly name: string;
  /** Numeric id: `id` keyword, or the order of declaration from 2 as HAProxy counts. */
  readonly id: number;
  /** Connections (frontend) or streams (backend) open now. */
  connections(): number;
  /** New sessions over the last second. */
  sessionRate(): number;
  /** New HTTP requests over the last second. */
  requestRate(): number;
}

export interface FrontendFacts extends ProxyFacts {
  readonly maxconn: number;
}

export interface BackendFacts extends ProxyFacts {
  /** Servers that can take traffic now (`nbsrv`): the active ones, else the usable backups. */
  usableServers(): number;
  /** Requests waiting for a server (`queue`), those in the servers' own queues included. */
  queued(): number;
  /** `avg_queue`. */
  averageQueue(): number;
  /** `connslots`; -1 when a server has no limit. */
  connectionSlots(): number;
  server(name: string): ServerFacts | undefined;
}

export interface ServerFacts {
  readonly name: string;
  readonly id: number;
  /** Where it is reached now; undefined for a unix socket or an unresolved name. */
  readonly address: Address | undefined;
  readonly port: number;
  connections(): number;
  queued(): number;
  sessionRate(): number;
  isUp(): boolean;
}

/** What ended a connection before anything was served on it: HAProxy's number and words for it. */
export interface ConnectionFault {
  readonly code: number;
  readonly text: string;
}

/** One side's view of the client connection. `set-src` and PROXY headers change `src`, not `peer`. */
export interface ClientFacts {
  /** `src`: undefined on a unix socket. */
  src: Address | undefined;
  srcPort: number;
  dst: Address | undefined;
  dstPort: number;
  /** `fc_src` …: the addresses of the connection itself. */
  readonly peer: Address | undefined;
  readonly peerPort: number;
  readonly local: Address | undefined;
  readonly localPort: number;
  /** A PROXY protocol header was received (`fc_rcvd_proxy`). */
  readonly proxied: boolean;
  /** Values of that header (`fc_pp_tlv`), in its order, latin1. */
  readonly proxyTlvs?: readonly { readonly type: number; readonly value: string }[];
  /** Why its handshake failed (`fc_err`). */
  readonly fault?: ConnectionFault;
  /** `so_id`, `so_name`: the listening socket. */
  readonly listenerId: number;
  readonly listenerName: string;
  /** Connections on that listening socket now (`dst_conn`). */
  listenerConnections(): number;
  /** 1 or 2 (`fc_http_major`). */
  readonly httpMajor: number;
  /** Milliseconds since the epoch at accept. */
  readonly acceptedAt: number;
  /** Requests received on this connection, the current one included. */
  requestCount: number;
}

/** How much of a message's body is here. `text` is latin1; the body may be longer than what is held. */
export interface BodyFacts {
  /** The bytes received so far (all of them only if waited for). */
  readonly text: string;
  /** Content-Length when known, else what was received. */
  readonly size: number;
  readonly complete: boolean;
}

/** The scopes of variables (`set-var(txn.x)`). */
export type VariableScope = "proc" | "sess" | "txn" | "req" | "res" | "check";

export interface Variables {
  get(scope: VariableScope, name: string): Value | undefined;
  set(scope: VariableScope, name: string, value: Value): void;
  unset(scope: VariableScope, name: string): void;
}

/** Milliseconds of a transaction's life, -1 for what never happened. See HAProxy's manual §8.4. */
export interface Timers {
  /** Ms since the epoch at which the transaction's first byte was awaited. */
  readonly startedAt: number;
  /** `%Th` handshake, `%Ti` idle, `%TR` request, `%Tw` queue, `%Tc` connect, `%Tr` response. */
  readonly handshake: number;
  readonly idle: number;
  readonly request: number;
  readonly queue: number;
  readonly connect: number;
  readonly response: number;
  /** `%Ta`: from the first byte of the request to the end. */
  readonly active: number;
  /** `%Tt`: from accept (or from the end of the previous request) to the end. */
  readonly total: number;
}

/** What only a log line asks for. */
export interface LogFacts {
  readonly timers: Timers;
  /** The line may be written before the end (`option logasap`): `%B` and total times get a `+`. */
  readonly early: boolean;
  /** `%B`: bytes sent to the client, head included. */
  readonly bytesToClient: number;
  /** `%U`: bytes received from the client. */
  readonly bytesFromClient: number;
  /** `%ts`, two letters, and `%tsc`, four. */
  readonly terminationState: string;
  readonly terminationStateCookie: string;
  /** `%rc`: connection retries; a redispatch puts a `+` before it. */
  readonly retries: number;
  readonly redispatched: boolean;
  /** `%rt`, `%lc`. */
  readonly requestCounter: number;
  readonly logCounter: number;
  /** `%bi` `%bp`: the address this side connects from. */
  readonly sourceAddress: Address | undefined;
  readonly sourcePort: number;
  /** `%CC` `%CS`: captured cookies, as `name=value`. */
  readonly requestCookie: string | undefined;
  readonly responseCookie: string | undefined;
  /** `%sq`, `%bq`: places waited for in the queues. */
  readonly serverQueue: number;
  readonly backendQueue: number;
  readonly tls: { readonly version: string; readonly cipher: string } | undefined;
}

/**
 * What an expression is evaluated in: one transaction of one connection, at one moment. Fetches
 * read it and nothing else; the live gateway, `explain` and the library each provide one.
 */
export interface Context {
  /** False only in content inspection while more data may still come (acl-semantics §2). */
  final: boolean;
  /** Set by a fetch that found nothing, or not enough, but may later. Only read when not final. */
  mayChange: boolean;
  /** Milliseconds since the epoch, read once a wake-up. */
  readonly now: number;
  readonly client: ClientFacts;
  readonly frontend: FrontendFacts;
  backend: BackendFacts | undefined;
  server: ServerFacts | undefined;
  /** The request's head; undefined before it is complete and in TCP mode. */
  request: RequestHead | undefined;
  response: ResponseHead | undefined;
  requestBody: BodyFacts | undefined;
  responseBody: BodyFacts | undefined;
  /** Status of the server's own answer (`server_status`), before any rewriting. */
  serverStatus: number;
  /** First request of its connection (`http_first_req`). */
  firstRequest: boolean;
  readonly variables: Variables;
  /** By slot; `undefined` where nothing was captured. */
  readonly requestCaptures: (string | undefined)[];
  readonly responseCaptures: (string | undefined)[];
  /** As received, before any rewriting (`capture.req.*`, `%r`, `%HU`). */
  readonly received: { method: string; target: string; version: string } | undefined;
  /** `unique-id`: made at its first use from `unique-id-format`. */
  uniqueId(): string | undefined;
  /** The process is stopping (`stopping`), its connections (`act_conn`). */
  readonly process: ProcessFacts;
  readonly log: LogFacts;
  /** The bytes received are no HTTP request, whatever follows; absent where none are looked at. */
  readonly neverHttp?: boolean;
  /** Raw bytes of TCP content inspection, latin1; undefined on HTTP streams. */
  readonly requestBuffer: StreamBuffer | undefined;
  /** Only while what the server sends is inspected: what reads either side then reads this one. */
  readonly responseBuffer: StreamBuffer | undefined;
  /** Who was authenticated last by `http_auth`/`http_auth_group` in this request; those fetches set it. */
  authenticated: { user: string; groups: readonly string[] } | undefined;
}

/** Bytes received and not yet forwarded, for content inspection. */
export interface StreamBuffer {
  readonly text: string;
  /** No more bytes will come, or no more fit. */
  readonly closed: boolean;
}

export interface ProcessFacts {
  readonly pid: number;
  readonly hostname: string;
  readonly stopping: boolean;
  connections(): number;
  env(name: string): string | undefined;
}
