import type { Condition } from "../../lang/condition.ts";
import { AclSet } from "../../lang/acl_set.ts";
import type { LogFormat } from "../../lang/log_format.ts";
import type { PredefinedLogFormat } from "../../lang/log_formats_predefined.ts";
import { ErrorPageSet } from "../../rules/error_page.ts";
import type { HeaderNamePolicy } from "../../rules/header_names.ts";
import type { Rule } from "../../rules/rule_set.ts";
import type { Position } from "../diagnostic.ts";
import type { Word } from "../directive.ts";
import type { BackendPlan, BalanceAlgorithm, CookiePlan, HashType } from "../backend_plan.ts";
import type { KeepAlive } from "../bind_plan.ts";
import type { Capture, ModulePlan } from "../frontend_plan.ts";
import type { ConnectionMode, ForwardFor, LogTarget, ProxyMode } from "../plan.ts";
import { BandwidthDraft } from "./bandwidth_draft.ts";
import { Identities } from "./identities.ts";
import type { BindDraft } from "./bind_draft.ts";
import { CheckDraft } from "./check_draft.ts";
import {
  serverDefaults,
  type ServerDraft,
  type ServerOptions,
  type SourceOption,
} from "./server_draft.ts";

export type ProxyKind = "frontend" | "backend" | "listen" | "defaults";

export const timeoutNames = [
  "client",
  "client-fin",
  "client-hs",
  "connect",
  "server",
  "server-fin",
  "queue",
  "tunnel",
  "tarpit",
  "check",
  "http-request",
  "http-keep-alive",
] as const;
export type TimeoutName = (typeof timeoutNames)[number];

/** Where a proxy's log line comes from; compiled when the whole section is read. */
export type FormatSource =
  | { readonly kind: "predefined"; readonly name: PredefinedLogFormat; readonly at: Position }
  | { readonly kind: "text"; readonly word: Word };

/** A backend chosen by `use_backend`, a server by `use-server`: by name, or by a format that gives the name. */
export type SwitchTarget = { readonly kind: "name"; readonly name: Word } | {
  readonly kind: "format";
  readonly format: LogFormat;
};

export interface SwitchDraft {
  readonly condition: Condition | undefined;
  readonly target: SwitchTarget;
  readonly text: string;
  readonly at: Position;
}

export interface UseServerDraft {
  readonly condition: Condition | undefined;
  readonly target: SwitchTarget;
  readonly at: Position;
}

const kernelProbes: KeepAlive = {
  probes: undefined,
  idleSeconds: undefined,
  intervalSeconds: undefined,
};

/** What the lines of one proxy add up to, those of its defaults first. */
export class ProxyDraft {
  id: number | undefined;
  idAt: Position | undefined;
  mode: ProxyMode | undefined;
  description: string | undefined;
  disabled = false;
  acls = new AclSet();
  /** Where each ACL was declared first. */
  readonly aclPlaces = new Map<string, Position>();
  readonly httpRequest: Rule[] = [];
  readonly httpResponse: Rule[] = [];
  readonly httpAfterResponse: Rule[] = [];
  readonly tcpRequestConnection: Rule[] = [];
  readonly tcpRequestSession: Rule[] = [];
  readonly tcpRequestContent: Rule[] = [];
  readonly tcpResponseContent: Rule[] = [];
  inspectDelayMs: number | undefined;
  responseInspectDelayMs: number | undefined;
  /** A `switch-mode http` rule is there. */
  switchesToHttp = false;
  readonly bandwidth = new BandwidthDraft();
  /** `redirect` lines: HAProxy runs them after the `http-request` rules. */
  readonly redirects: Rule[] = [];
  readonly errorPages = new ErrorPageSet();
  forwardFor: ForwardFor | undefined;
  originalTo: ForwardFor | undefined;
  headerNames: HeaderNamePolicy | undefined;
  connectionMode: ConnectionMode = "keep-alive";
  logs: (LogTarget | "global")[] = [];
  logTag: string | undefined;
  readonly keepAlive: { client: KeepAlive; server: KeepAlive } = {
    client: kernelProbes,
    server: kernelProbes,
  };
  readonly timeouts = new Map<TimeoutName, number>();
  /** Names of `option X` switches that are on. */
  readonly options = new Set<string>();
  /** Names of those that a `no` turned off. */
  readonly negatedOptions = new Set<string>();

  readonly binds: BindDraft[] = [];
  readonly bindIds = new Identities(1);
  /** `bind` lines, the faulty ones as well. */
  bindLines = 0;
  maxconn: number | undefined;
  backlog: number | undefined;
  sessionRateMax: number | undefined;
  readonly switching: SwitchDraft[] = [];
  defaultBackend: Word | undefined;
  readonly requestCaptures: Capture[] = [];
  readonly responseCaptures: Capture[] = [];
  captureCookie: { name: string; length: number } | undefined;
  logFormat: FormatSource | undefined;
  errorLogFormat: FormatSource | undefined;
  uniqueIdFormat: Word | undefined;
  uniqueIdHeader: string | undefined;
  monitorUri: string | undefined;
  readonly monitorFail: Condition[] = [];
  readonly modules: ModulePlan[] = [];

  /** By name. */
  readonly servers = new Map<string, ServerDraft>();
  defaultServer: ServerOptions = serverDefaults();
  /** `source`, for servers without one of their own. */
  source: SourceOption | undefined;
  balance: BalanceAlgorithm = { kind: "roundrobin" };
  hashType: Omit<HashType, "balanceFactor"> | undefined;
  hashBalanceFactor = 0;
  cookie: CookiePlan | undefined;
  /** `dynamic-cookie-key`. */
  cookieKey: string | undefined;
  rdpCookie: string | undefined;
  readonly persist: BackendPlan["persist"][number][] = [];
  retries = 3;
  redispatch: number | undefined;
  retryOn: ReadonlySet<string> = new Set(["conn-failure"]);
  reuse: "never" | "safe" | "aggressive" | "always" = "safe";
  fullconn: number | undefined;
  readonly check = new CheckDraft();
  readonly useServer: UseServerDraft[] = [];
  sendNameHeader: string | undefined;

  /** Conditions, and formats by their fetch, that read raw bytes, which only TCP mode has. */
  readonly rawReaders: { readonly fetch: string | undefined; readonly at: Position }[] = [];
  /** ACLs whose line is faulty: who uses them is not to blame. */
  readonly faultyAcls = new Set<string>();
  /** The defaults it names are not there: what it lacks may come from them. */
  incomplete = false;
  /** Keywords whose rules run after others, for the warnings about order; see rule_order.ts. */
  readonly rulesSeen = new Set<string>();

  constructor(readonly kind: ProxyKind, readonly name: string, readonly at: Position) {}

  /** The lines of the defaults are read; the proxy's own follow. */
  endInheritance(): void {
    this.check.endInheritance();
    this.rulesSeen.clear();
    // ACLs of a defaults section are for its own rules only.
    this.acls = new AclSet();
    this.aclPlaces.clear();
  }

  get isFrontend(): boolean {
    return this.kind !== "backend";
  }

  get isBackend(): boolean {
    return this.kind !== "frontend";
  }

  /** Nothing of it is ever HTTP, so that what needs HTTP is ignored. */
  get isPlainTcp(): boolean {
    return this.mode !== "http" && !this.switchesToHttp;
  }

  /** HAProxy's word for it in messages: a `listen` is a proxy. */
  get kindText(): string {
    return this.kind === "listen" ? "proxy" : this.kind;
  }
}
