import type { Preference } from "../dns/choice.ts";
import type { Resolver } from "../dns/resolver.ts";
import type { Address } from "../lang/address.ts";
import type { LogFormat } from "../lang/log_format.ts";
import type { ServerState } from "../state/server_state.ts";
import type { KeepAlive } from "./bind_plan.ts";
import type { Position } from "./diagnostic.ts";

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
