import type { Condition } from "../lang/condition.ts";
import type { Context } from "../lang/context.ts";
import type { LogFormat } from "../lang/log_format.ts";
import type { BackendState } from "../state/backend_state.ts";
import type { CheckPlan } from "./check_plan.ts";
import type { Position } from "./diagnostic.ts";
import type { ProxyPlan } from "./plan.ts";
import type { ServerPlan } from "./server_plan.ts";

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
  /**
   * Which of a client's own connections to a server decides before the balancer: any (`option
   * prefer-last-server`), one that the client authenticated (NTLM), or none where a key leads the way.
   */
  readonly prefersLastServer: "own" | "authenticated" | "never";
  /** `option http-pretend-keepalive`: a server is not told that its connection will be closed. */
  readonly pretendsKeepAlive: boolean;
  /** `option checkcache`: answers that would have caches share cookies are not let through. */
  readonly checksCache: boolean;
  /** `option http-drop-request-trailers`. */
  readonly dropsRequestTrailers: boolean;
  /** `http-send-name-header`. */
  readonly sendNameHeader: string | undefined;
}
