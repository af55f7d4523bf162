import * as v from "valibot";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const text = v.pipe(v.string(), v.maxLength(4096));
/** Milliseconds that are left; null for ever. */
const remaining = v.nullable(v.pipe(v.number(), v.minValue(0)));
const duration = v.pipe(v.number(), v.minValue(0));

/** A variable's value with its type, see `value.ts`. */
const value = v.variant("type", [
  v.object({ type: v.literal("bool"), value: v.boolean() }),
  v.object({ type: v.literal("int"), value: v.string() }),
  v.object({ type: v.picklist(["str", "bin", "meth", "addr"]), value: v.string() }),
]);
export type ValueDescription = v.InferOutput<typeof value>;

export const variables = v.array(v.tuple([text, value]));
export type VariablesDescription = v.InferOutput<typeof variables>;

/** An address and port that a rule or a PROXY header put in place of the connection's own. */
const place = v.object({
  /** Null where it is known that there is none. */
  address: v.optional(v.nullable(text)),
  port: v.optional(count),
});
export type PlaceDescription = v.InferOutput<typeof place>;

/** A client as rules and logs know it. */
const client = v.object({
  /** Milliseconds since the epoch. */
  acceptedAt: v.number(),
  requests: count,
  src: place,
  dst: place,
  /** Values of the PROXY header it began with; null without one. */
  tlvs: v.nullable(v.array(v.object({ type: count, value: v.string() }))),
  handshakeMs: v.number(),
  variables,
});
export type ClientDescription = v.InferOutput<typeof client>;

const common = { id, listener: id, client };

/** A connection to a server, and which requests may use it. */
const waiting = {
  backend: text,
  server: text,
  /** Where it goes, see `serverPlace`. */
  place: text,
  poolKey: v.string(),
  uses: count,
  timeoutMs: remaining,
};
const ownServer = v.object({
  ...waiting,
  /** Its client authenticated it: it is the client's own whatever `http-reuse` says. */
  authenticated: v.optional(v.boolean(), false),
});
export type OwnServerDescription = v.InferOutput<typeof ownServer>;

/** A client between two requests; `unread` are bytes of the next one. */
const idleClient = v.object({
  kind: v.literal("idle-client"),
  ...common,
  unread: count,
  idleFor: v.number(),
  timeoutMs: remaining,
  /** It came in by a frontend in TCP mode, which has found that it speaks HTTP. */
  upgraded: v.optional(v.boolean(), false),
  /** The backend that was chosen for its first request, which is yet to come. */
  firstBackend: v.optional(v.nullable(text), null),
  /** Connections to servers that no other client may use (`http-reuse never`, NTLM), that used last at the end. */
  own: v.optional(v.array(ownServer), []),
});
export type IdleClientDescription = v.InferOutput<typeof idleClient>;

/**
 * One end of a pipe. `pending` are bytes for it that it has not taken yet, `held` such as it has sent
 * and whose time has not come.
 */
const end = v.object({
  ended: v.boolean(),
  shut: v.boolean(),
  pending: count,
  held: v.optional(count, 0),
  timeoutMs: remaining,
});
export type EndDescription = v.InferOutput<typeof end>;

/** A limit that a stream is under (`set-bandwidth-limit`). */
const pace = v.object({
  filter: text,
  direction: v.picklist(["upload", "download"]),
  limitBytes: v.pipe(v.number(), v.minValue(1)),
  periodMs: v.pipe(v.number(), v.minValue(1)),
  /** How long it lets nothing pass. */
  freeInMs: duration,
});
export const paces = v.array(pace);
export type PacesDescription = v.InferOutput<typeof paces>;

/** What a log line and the counters will want to know of a stream when it ends. */
const stream = v.object({
  backend: text,
  server: text,
  holdsServer: v.boolean(),
  requestCounter: count,
  connectAttempts: count,
  redispatched: v.boolean(),
  serverQueuePosition: count,
  backendQueuePosition: count,
  logged: v.boolean(),
  bytesToClient: count,
  bytesFromClient: count,
  uniqueId: v.nullable(text),
  logLevel: v.nullable(text),
  captures: v.array(v.nullable(text)),
  /** How long ago it began, ms. */
  idleFor: v.number(),
  headFor: v.number(),
  queueMs: duration,
  connectMs: duration,
  /** `set-timeout`. */
  timeoutsMs: v.record(text, v.number()),
  paces: v.optional(paces, []),
  transaction: variables,
  message: variables,
});
export type StreamDescription = v.InferOutput<typeof stream>;

/** A stream in TCP mode whose two connections are one pipe. */
const tcpPipe = v.object({
  kind: v.literal("tcp-pipe"),
  ...common,
  stream,
  clientEnd: end,
  serverEnd: end,
});
export type TcpPipeDescription = v.InferOutput<typeof tcpPipe>;

/** What a log line will want to know of a request and its answer. */
const exchange = v.object({
  ...stream.entries,
  receivedMethod: v.string(),
  receivedTarget: v.string(),
  /** Heads as rules have left them, latin1. */
  request: v.string(),
  response: v.string(),
  headBytes: count,
  status: count,
  serverStatus: count,
  requestMs: v.number(),
  responseMs: duration,
  responseCaptures: v.array(v.nullable(text)),
  requestCookie: v.nullable(text),
  responseCookie: v.nullable(text),
});
export type ExchangeDescription = v.InferOutput<typeof exchange>;

/** A request that made one pipe of its two connections: CONNECT, or an upgrade (101). */
const tunnel = v.object({
  kind: v.literal("tunnel"),
  ...common,
  exchange,
  clientEnd: end,
  serverEnd: end,
});
export type TunnelDescription = v.InferOutput<typeof tunnel>;

/** A connection to a server that waits for a request. */
const idleServer = v.object({ kind: v.literal("idle-server"), id, ...waiting });
export type IdleServerDescription = v.InferOutput<typeof idleServer>;

/** A connection, or two, in words that another process understands. */
export const moved = v.variant("kind", [idleClient, tcpPipe, tunnel, idleServer]);
export type MovedDescription = v.InferOutput<typeof moved>;

/** Descriptors that belong to one description. */
export function descriptorsOf(description: MovedDescription): number {
  switch (description.kind) {
    case "idle-client":
      return 1 + description.own.length;
    case "idle-server":
      return 1;
    case "tcp-pipe":
    case "tunnel":
      return 2;
  }
}

/**
 * Bytes behind the message that belong to one description: what is for the client, what is for the
 * server, and what each of them has sent that is held.
 */
export function bytesOf(description: MovedDescription): number {
  switch (description.kind) {
    case "idle-client":
      return description.unread;
    case "idle-server":
      return 0;
    case "tcp-pipe":
    case "tunnel":
      return bytesOfEnd(description.clientEnd) + bytesOfEnd(description.serverEnd);
  }
}

function bytesOfEnd({ pending, held }: EndDescription): number {
  return pending + held;
}
