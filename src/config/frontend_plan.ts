import type { Condition } from "../lang/condition.ts";
import type { LogFormat } from "../lang/log_format.ts";
import type { RuleSet } from "../rules/rule_set.ts";
import type { FrontendState } from "../state/frontend_state.ts";
import type { BackendPlan } from "./backend_plan.ts";
import type { BindPlan } from "./bind_plan.ts";
import type { Position } from "./diagnostic.ts";
import type { ProxyPlan } from "./plan.ts";

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
  /** `option idle-close-on-response`. */
  readonly idleCloseOnResponse: boolean;
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
