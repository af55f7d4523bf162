import type { AclSet } from "../lang/acl_set.ts";
import type { Condition } from "../lang/condition.ts";
import type { Address } from "../lang/address.ts";
import type { Context } from "../lang/context.ts";
import type { UserlistFacts } from "../lang/spec.ts";
import type { Fetch } from "../lang/spec.ts";
import type { LogFormat } from "../lang/log_format.ts";
import type { Preference } from "../dns/choice.ts";
import type { Resolver } from "../dns/resolver.ts";
import type { ResolverSettings } from "../dns/settings.ts";
import type { HeaderNamePolicy } from "../rules/header_names.ts";
import type { RuleSet } from "../rules/rule_set.ts";
import type { Reply } from "../rules/transaction.ts";
import type { BackendState } from "../state/backend_state.ts";
import type { FrontendState } from "../state/frontend_state.ts";
import type { ServerState } from "../state/server_state.ts";
import type { CheckPlan } from "./check_plan.ts";
import type { ControlPlan } from "./control_plan.ts";
import type { Position } from "./diagnostic.ts";

/**
 * What the operator wrote, compiled: immutable, shared by every transaction that started under it.
 * It refers to State (counters, servers' health, lists) and never holds any of its own.
 */
export interface Plan {
  readonly global: GlobalPlan;
  /** In declaration order; a `listen` section gives one here and one in `backends`. */
  readonly frontends: readonly FrontendPlan[];
  readonly backends: ReadonlyMap<string, BackendPlan>;
  readonly userlists: ReadonlyMap<string, UserlistFacts>;
  readonly resolvers: ReadonlyMap<string, ResolversPlan>;
  /** The configuration's own files. */
  readonly files: readonly string[];
  /** What they name and was read: lists, maps, pages. */
  readonly namedFiles: readonly string[];
}

/** A `resolvers` section. */
export interface ResolversPlan {
  readonly resolver: Resolver;
  readonly settings: ResolverSettings;
  readonly at: Position;
}

export interface GlobalPlan {
  /** Process-wide connection limit; 0 for what the descriptors allow. */
  readonly maxconn: number;
  /** `maxconnrate` and `maxsessrate`: new ones a second over all frontends; 0 for any number. */
  readonly connectionRateMax: number;
  readonly sessionRateMax: number;
  readonly logs: readonly LogTarget[];
  readonly logTag: string;
  /** Name sent to syslog by `log-send-hostname`; undefined sends none. */
  readonly logHostname: string | undefined;
  /** `close-spread-time`, ms; undefined for at once, Infinity where nobody is sent away. */
  readonly closeSpreadMs: number | undefined;
  /** `hard-stop-after`, ms; undefined never. */
  readonly hardStopAfterMs: number | undefined;
  /** `node` or the host's name. */
  readonly node: string;
  readonly description: string | undefined;
  /** Largest head held, `tune.bufsize` less `tune.maxrewrite` as HAProxy counts; bytes. */
  readonly headBytesMax: number;
  /** `tune.http.maxhdr`, fields. */
  readonly headFieldsMax: number;
  /** Other processes may listen on the same ports; `noreuseport` forbids it. */
  readonly reusePort: boolean;
  readonly process: ProcessPlan;
  readonly control: ControlPlan;
}

/** How the process runs, and as whom. */
export interface ProcessPlan {
  readonly daemon: boolean;
  readonly masterWorker: boolean;
  readonly quiet: boolean;
  readonly zeroWarning: boolean;
  readonly pidFile: string | undefined;
  readonly chroot: string | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** `ulimit-n`. */
  readonly descriptorsMax: number | undefined;
}

export type ProxyMode = "http" | "tcp";

/** Whether a connection lives on after an exchange (the `option http…` keywords). */
export type ConnectionMode = "keep-alive" | "server-close" | "close";

export interface ProxyPlan {
  readonly name: string;
  readonly id: number;
  readonly mode: ProxyMode;
  readonly at: Position;
  readonly description: string | undefined;
  readonly disabled: boolean;
  /** The proxy's own, for conditions that are compiled later. */
  readonly acls: AclSet;
  readonly httpRequest: RuleSet;
  readonly httpResponse: RuleSet;
  readonly httpAfterResponse: RuleSet;
  readonly tcpRequestContent: RuleSet;
  readonly tcpResponseContent: RuleSet;
  /** Longest wait for what `tcp-request content` and `tcp-response content` rules ask; none without. */
  readonly inspectDelayMs: number | undefined;
  readonly responseInspectDelayMs: number | undefined;
  /** In TCP mode, a `switch-mode http` rule makes HTTP of it, to which the HTTP rules then apply. */
  readonly switchesToHttp: boolean;
  readonly errorPages: ErrorPages;
  readonly forwardFor: ForwardFor | undefined;
  readonly originalTo: ForwardFor | undefined;
  /** `option http-restrict-req-hdr-names`; undefined leaves all. */
  readonly headerNames: HeaderNamePolicy | undefined;
  readonly connectionMode: ConnectionMode;
  /** Log targets, `log global` already replaced. */
  readonly logs: readonly LogTarget[];
  readonly logTag: string | undefined;
  /** `option http-buffer-request`. */
  readonly bufferRequest: boolean;
  /** `option abortonclose`; on by default in HTTP mode, as in HAProxy 3.3 and later. */
  readonly abortOnClose: boolean;
}

export interface FrontendPlan extends ProxyPlan {
  readonly state: FrontendState;
  readonly binds: readonly BindPlan[];
  readonly maxconn: number;
  /** `rate-limit sessions`: new ones a second; undefined for any number. */
  readonly sessionRateMax: number | undefined;
  /** Before anything is received, a PROXY header included. */
  readonly tcpRequestConnection: RuleSet;
  /** Before the first byte of the client's own. */
  readonly tcpRequestSession: RuleSet;
  readonly timeouts: FrontendTimeouts;
  readonly switching: readonly SwitchRule[];
  readonly defaultBackend: BackendPlan | undefined;
  /** Where `default_backend` stands; undefined without one. */
  readonly defaultBackendAt: Position | undefined;
  /** Slots declared by `capture` and `declare capture`. */
  readonly requestCaptures: readonly Capture[];
  readonly responseCaptures: readonly Capture[];
  readonly captureCookie: { readonly name: string; readonly length: number } | undefined;
  readonly logFormat: LogFormat | undefined;
  readonly errorLogFormat: LogFormat | undefined;
  /** `option dontlognull`, `dontlog-normal`, `log-separate-errors`, `logasap`. */
  readonly logOptions: {
    readonly ignoreNull: boolean;
    readonly ignoreNormal: boolean;
    readonly separateErrors: boolean;
    readonly early: boolean;
  };
  readonly uniqueIdFormat: LogFormat | undefined;
  readonly uniqueIdHeader: string | undefined;
  readonly monitorUri: string | undefined;
  readonly monitorFail: readonly Condition[];
  /** Files whose exported Hono app or `{ fetch }` is mounted here, in order. */
  readonly modules: readonly ModulePlan[];
  /** `option http-drop-response-trailers`. */
  readonly dropsResponseTrailers: boolean;
  /** `option http-ignore-probes`. */
  readonly ignoreProbes: boolean;
}

export interface ModulePlan {
  /** Absolute path. */
  readonly path: string;
  /** Path prefix it is mounted on; "/" for all. */
  readonly mount: string;
  readonly at: Position;
}

/** Milliseconds; undefined waits for ever. Keep-alive and request fall back as HAProxy's do. */
export interface FrontendTimeouts {
  readonly clientMs: number | undefined;
  readonly clientFinMs: number | undefined;
  /** `client-hs`, for what comes before the first request; `client` without it. */
  readonly clientHandshakeMs: number | undefined;
  readonly httpRequestMs: number | undefined;
  readonly httpKeepAliveMs: number | undefined;
  readonly tarpitMs: number | undefined;
}

export interface BackendTimeouts {
  readonly connectMs: number | undefined;
  readonly serverMs: number | undefined;
  readonly serverFinMs: number | undefined;
  readonly queueMs: number | undefined;
  readonly tunnelMs: number | undefined;
  readonly tarpitMs: number | undefined;
  readonly checkMs: number | undefined;
  readonly httpRequestMs: number | undefined;
  readonly httpKeepAliveMs: number | undefined;
}

export interface Capture {
  /** Lower-case header for `capture … header`; undefined for a slot that actions fill. */
  readonly header: string | undefined;
  readonly length: number;
}

/** `use_backend X if …`: the name may be a log format, then looked up when the request is there. */
export interface SwitchRule {
  readonly condition: Condition | undefined;
  readonly target: BackendPlan | LogFormat;
  readonly text: string;
  readonly at: Position;
}

export interface ForwardFor {
  readonly header: string;
  readonly except: { readonly address: Address; readonly mask: Address } | undefined;
  readonly ifNone: boolean;
}

/** Error pages by status; every status HAProxy knows has one (its default text, or the operator's). */
export interface ErrorPages {
  /** The page to give; one with a log format is rendered with `cx`, and passed over without it. */
  get(status: number, cx?: Context): Reply;
  /** The operator's page of this proxy, undefined without one. */
  own(status: number, cx?: Context): Reply | undefined;
}

export type BindAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly v6only: boolean }
  | {
    readonly kind: "unix";
    readonly path: string;
    readonly mode: number | undefined;
    readonly uid: number | undefined;
    readonly gid: number | undefined;
  }
  /** Linux's abstract name space: `abns@` pads the name, `abnsz@` ends with it. */
  | { readonly kind: "abstract"; readonly name: string; readonly form: "padded" | "exact" }
  | { readonly kind: "fd"; readonly fd: number };

/** How a listening socket is made; what is undefined is left to the kernel. */
export interface BindSocket {
  /** The network interface it accepts from. */
  readonly interface: string | undefined;
  /** It may have an address that is not of this machine. */
  readonly transparent: boolean;
  /** `tfo`: data may come with the first packet. */
  readonly fastOpen: boolean;
  /** Accepts when the first bytes are there. */
  readonly deferAccept: boolean;
  /** Maximum segment size in bytes. */
  readonly mss: number | undefined;
  /** `tcp-ut`: how long sent data may stay unacknowledged. */
  readonly userTimeoutMs: number | undefined;
  /** The network namespace it is made in. */
  readonly namespace: string | undefined;
  /** `option clitcpka`; undefined without it. */
  readonly keepAlive: KeepAlive | undefined;
}

/** How the kernel probes a silent peer; what is undefined is left to it. */
export interface KeepAlive {
  /** Unanswered ones after which the peer is gone. */
  readonly probes: number | undefined;
  readonly idleSeconds: number | undefined;
  readonly intervalSeconds: number | undefined;
}

export interface BindPlan {
  readonly address: BindAddress;
  readonly socket: BindSocket;
  /** As written, for messages and fetches. */
  readonly text: string;
  readonly name: string;
  readonly id: number;
  readonly maxconn: number;
  /** Connections that the kernel accepts before the process does. */
  readonly backlog: number;
  /** `accept-proxy`. */
  readonly acceptProxy: boolean;
  readonly at: Position;
}

export type BalanceAlgorithm =
  | { readonly kind: "roundrobin" }
  | { readonly kind: "static-rr" }
  | { readonly kind: "leastconn" }
  | { readonly kind: "first" }
  | { readonly kind: "random"; readonly draws: number }
  | HashedAlgorithm;

/** Algorithms that send what has the same key to the same server. */
export type HashedAlgorithm =
  & { readonly hash?: HashType }
  & (
    | { readonly kind: "source" }
    | {
      readonly kind: "uri";
      /** With the query. */
      readonly whole: boolean;
      readonly pathOnly: boolean;
      /** Bytes that count; 0 for all. */
      readonly lengthMax: number;
      /** Directories that count; 0 for all. */
      readonly depthMax: number;
    }
    | { readonly kind: "url_param"; readonly name: string }
    /** `name` in lower case. */
    | { readonly kind: "hdr"; readonly name: string; readonly domainOnly: boolean }
    | {
      readonly kind: "hash";
      readonly text: string;
      readonly key: (cx: Context) => string | undefined;
    }
    | { readonly kind: "rdp-cookie"; readonly name: string }
  );

/** `hash-type` and `hash-balance-factor`. */
export interface HashType {
  readonly method: "map-based" | "consistent";
  readonly function: "sdbm" | "djb2" | "wt6" | "crc32" | "none";
  readonly avalanche: boolean;
  /** Percentage of its share that a server takes at most, over 100; 0 for no limit. */
  readonly balanceFactor: number;
}

/** A `use-server` line: a server, or a format that gives the name of one. */
export interface UseServerRule {
  readonly condition: Condition | undefined;
  readonly target: ServerPlan | LogFormat;
  readonly text: string;
  readonly at: Position;
}

/** `cookie`: how a client is led back to its server. */
export interface CookiePlan {
  readonly name: string;
  /** `passive` only reads what servers set. */
  readonly mode: "passive" | "rewrite" | "insert" | "prefix";
  readonly indirect: boolean;
  readonly nocache: boolean;
  readonly postonly: boolean;
  readonly preserve: boolean;
  readonly maxIdleSeconds: number | undefined;
  readonly maxLifeSeconds: number | undefined;
  /** Servers without a name of their own get one. */
  readonly dynamic: boolean;
  /** `%tsc` tells of it: not where it is only read. */
  readonly logged: boolean;
  /** What follows the path in Set-Cookie, each from its `; ` on. */
  readonly attributes: string;
}

export interface BackendPlan extends ProxyPlan {
  readonly state: BackendState;
  readonly servers: readonly ServerPlan[];
  readonly balance: BalanceAlgorithm;
  readonly timeouts: BackendTimeouts;
  readonly retries: number;
  /** `option redispatch`: undefined off; else after which retries another server is chosen. */
  readonly redispatch: number | undefined;
  readonly retryOn: ReadonlySet<string>;
  readonly reuse: "never" | "safe" | "aggressive" | "always";
  readonly fullconn: number | undefined;
  /** `option allbackups`. */
  readonly allBackups: boolean;
  readonly logHealthChecks: boolean;
  readonly check: CheckPlan;
  readonly useServer: readonly UseServerRule[];
  readonly cookie: CookiePlan | undefined;
  /** `force-persist` and `ignore-persist`: the first that holds counts. */
  readonly persist: readonly {
    readonly kind: "force" | "ignore";
    readonly condition: Condition;
  }[];
  /** `option persist`: a cookie leads to its server even if that one is down. */
  readonly persistDown: boolean;
  /** `persist rdp-cookie`: the name of the cookie that holds a server's address. */
  readonly rdpCookie: string | undefined;
  /** `option prefer-last-server`: a client's own connection to a server decides before the balancer. */
  readonly prefersLastServer: boolean;
  /** `option http-pretend-keepalive`: a server is not told that its connection will be closed. */
  readonly pretendsKeepAlive: boolean;
  /** `option checkcache`: answers that would have caches share cookies are not let through. */
  readonly checksCache: boolean;
  /** `option http-drop-request-trailers`. */
  readonly dropsRequestTrailers: boolean;
  /** `http-send-name-header`. */
  readonly sendNameHeader: string | undefined;
}

/** How the socket of a connection to a server is made; what is undefined is left to the kernel. */
export interface OutgoingSocket {
  readonly source: SourceAddress | undefined;
  /** The network interface it is bound to. */
  readonly interface: string | undefined;
  /** `tcp-ut`: how long sent data may stay unacknowledged. */
  readonly userTimeoutMs: number | undefined;
  /** The network namespace it is made in. */
  readonly namespace: string | undefined;
  /** `option srvtcpka`; undefined without it. */
  readonly keepAlive: KeepAlive | undefined;
}

/** Where connections come from (`source`). */
export interface SourceAddress {
  /** Undefined for the kernel's choice. */
  readonly address: Address | undefined;
  /** One of them is taken; 0 is any. */
  readonly ports: readonly [from: number, to: number];
  /** The address is not of this machine. */
  readonly transparent: boolean;
}

/** `usesrc`: the source that a server is shown instead of our own. */
export type ShownSource =
  | { readonly kind: "address"; readonly address: Address; readonly port: number }
  | { readonly kind: "client"; readonly port: "same" | "any" };

/** A way to an address for a name, in the order of `init-addr`. */
export type InitialAddress = "last" | "libc" | "none" | Address;

/** A server's name and whom it is asked of (`resolvers`). */
export interface FollowedName {
  readonly resolver: Resolver;
  /** As `normalName` gives it. */
  readonly name: string;
  readonly preference: Preference;
}

export interface ServerPlan {
  readonly name: string;
  readonly id: number;
  readonly state: ServerState;
  readonly at: Position;
  /** As written. */
  readonly text: string;
  readonly address:
    | {
      readonly kind: "tcp";
      /** Of nowhere (`0.0.0.0`, `::`): the client's own destination. */
      readonly host: string;
      /** The only family that a name may stand for. */
      readonly family?: 4 | 6;
      readonly port: number; /** Added to the client's destination port when relative (`+10`). */
      readonly portOffset: boolean;
    }
    | { readonly kind: "abstract"; readonly name: string; readonly form: "padded" | "exact" }
    | { readonly kind: "unix"; readonly path: string };
  /** Its name in the backend's cookie. */
  readonly cookie: string | undefined;
  /** Makes a name of its address where it has none; undefined without `cookie … dynamic`. */
  readonly cookieKey: string | undefined;
  /** Undefined where nothing is asked of the socket. */
  readonly outgoing: OutgoingSocket | undefined;
  readonly shownSource: ShownSource | undefined;
  /** How its name is followed while the gateway runs; undefined when it is not. */
  readonly followed: FollowedName | undefined;
  /** `init-addr`. */
  readonly initialAddress: readonly InitialAddress[];
  /** Where a connection goes, or comes from, depends on the client it is for. */
  readonly followsClient: boolean;
  readonly weight: number;
  readonly backup: boolean;
  readonly disabled: boolean;
  /** 0 for no limit. */
  readonly maxconn: number;
  readonly minconn: number;
  readonly maxqueue: number;
  readonly check: boolean;
  readonly checkPort: number | undefined;
  readonly checkHost: string | undefined;
  readonly interMs: number;
  readonly fastinterMs: number | undefined;
  readonly downinterMs: number | undefined;
  readonly rise: number;
  readonly fall: number;
  readonly slowstartMs: number;
  /** `pool-max-conn`: idle connections kept; -1 unlimited. */
  readonly poolMaxConn: number;
  readonly poolPurgeDelayMs: number;
  readonly maxReuse: number;
  readonly redirectPrefix: string | undefined;
  /** `observe`, `error-limit`, `on-error`, `on-marked-down`. */
  readonly observe: "none" | "layer4" | "layer7";
  readonly errorLimit: number;
  readonly onError: "fastinter" | "fail-check" | "sudden-death" | "mark-down";
  readonly closeSessionsWhenDown: boolean;
  /** What a new connection begins with; undefined for nothing. */
  readonly sendProxy: SendProxyPlan | undefined;
  /** `check-send-proxy`: health checks begin with it, whatever `sendProxy` and `addr` say. */
  readonly checkSendProxy: boolean;
  /** Checks begin with `LOCAL` in version 2; `pp2-never-send-local` has them say `PROXY`. */
  readonly checksSayLocal: boolean;
}

/** `send-proxy`, `send-proxy-v2` and their options. */
export interface SendProxyPlan {
  readonly version: 1 | 2;
  readonly options: ReadonlySet<ProxyV2Option>;
  /** `set-proxy-v2-tlv-fmt`. */
  readonly tlvs: readonly { readonly type: number; readonly value: LogFormat }[];
}

export type ProxyV2Option = "authority" | "crc32c" | "unique-id";

export type LogTarget = {
  readonly to:
    | { readonly kind: "udp"; readonly host: string; readonly port: number }
    | { readonly kind: "unix"; readonly path: string }
    | { readonly kind: "stdout" }
    | { readonly kind: "stderr" }
    | { readonly kind: "file"; readonly path: string };
  readonly format: "rfc3164" | "rfc5424" | "short" | "raw" | "timed" | "iso" | "json" | "priority";
  readonly facility: number;
  /** Least severe level that is sent, 0 (emerg) to 7 (debug). */
  readonly level: number;
  /** Severe messages are sent as this level at most. */
  readonly minLevel: number;
  readonly length: number;
  readonly sample: {
    readonly ranges: readonly (readonly [number, number])[];
    readonly size: number;
  } | undefined;
};

/** A sample expression kept in a Plan. */
export type Expression = Fetch & { readonly text: string };
