import type { Preference } from "../../dns/choice.ts";
import type { Position } from "../diagnostic.ts";
import type { Word } from "../directive.ts";
import type {
  InitialAddress,
  ProxyV2Option,
  ServerPlan,
  ShownSource,
  SourceAddress,
} from "../server_plan.ts";

type Elsewhere =
  | "name"
  | "id"
  | "state"
  | "at"
  | "text"
  | "address"
  | "checksSayLocal"
  | "sendProxy"
  | "outgoing"
  | "shownSource"
  | "cookieKey"
  | "followsClient"
  | "followed";

/** What `server` and `default-server` options set. */
export type ServerOptions =
  & { -readonly [K in Exclude<keyof ServerPlan, Elsewhere>]: ServerPlan[K] }
  & {
    id: number | undefined;
    proxyHeader: ProxyHeaderOptions;
    source: SourceOption | undefined;
    userTimeoutMs: number | undefined;
    namespace: string | undefined;
    resolvers: Word | undefined;
    preference: Preference;
  };

/** What `source` says, on a server's line or for a whole proxy. */
export interface SourceOption {
  readonly source: SourceAddress;
  readonly interface: string | undefined;
  readonly shown: ShownSource | undefined;
}

/** What `send-proxy` and its relatives add up to. */
export interface ProxyHeaderOptions {
  readonly v1: boolean;
  readonly v2: boolean;
  readonly v2Options: readonly ProxyV2Option[];
  /** Compiled when the whole section is read. */
  readonly tlvs: readonly { readonly type: number; readonly format: Word }[];
}

const initialAddressDefault: readonly InitialAddress[] = ["last", "libc"];

/** HAProxy's defaults. */
export function serverDefaults(): ServerOptions {
  return {
    id: undefined,
    weight: 1,
    backup: false,
    disabled: false,
    maxconn: 0,
    minconn: 0,
    maxqueue: 0,
    check: false,
    checkPort: undefined,
    checkHost: undefined,
    interMs: 2000,
    fastinterMs: undefined,
    downinterMs: undefined,
    rise: 2,
    fall: 3,
    slowstartMs: 0,
    poolMaxConn: -1,
    poolPurgeDelayMs: 5000,
    maxReuse: -1,
    redirectPrefix: undefined,
    observe: "none",
    errorLimit: 10,
    onError: "fail-check",
    closeSessionsWhenDown: false,
    checkSendProxy: false,
    cookie: undefined,
    initialAddress: initialAddressDefault,
    source: undefined,
    userTimeoutMs: undefined,
    namespace: undefined,
    resolvers: undefined,
    preference: { family: 6, networks: [], allowsDuplicates: false },
    proxyHeader: { v1: false, v2: false, v2Options: [], tlvs: [] },
  };
}

export interface ServerDraft {
  readonly name: string;
  readonly at: Position;
  readonly text: string;
  readonly address: ServerPlan["address"];
  readonly options: ServerOptions;
}
