import type { Resolver } from "../dns/resolver.ts";
import type { ResolverSettings } from "../dns/settings.ts";
import type { AclSet } from "../lang/acl_set.ts";
import type { Address } from "../lang/address.ts";
import type { Context } from "../lang/context.ts";
import type { UserlistFacts } from "../lang/spec.ts";
import type { HeaderNamePolicy } from "../rules/header_names.ts";
import type { RuleSet } from "../rules/rule_set.ts";
import type { Reply } from "../rules/transaction.ts";
import type { BackendPlan } from "./backend_plan.ts";
import type { ControlPlan } from "./control_plan.ts";
import type { Position } from "./diagnostic.ts";
import type { FrontendPlan } from "./frontend_plan.ts";

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
