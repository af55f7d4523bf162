import type { Position } from "./diagnostic.ts";

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

/** As the kernel makes one that nobody has asked anything of. */
export const plainSocket: BindSocket = {
  interface: undefined,
  transparent: false,
  fastOpen: false,
  deferAccept: false,
  mss: undefined,
  userTimeoutMs: undefined,
  namespace: undefined,
  keepAlive: undefined,
};

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
