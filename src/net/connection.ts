import type { OutgoingSocket } from "../config/server_plan.ts";
import type { Address } from "../lang/address.ts";

/** Why a connection is gone when it did not simply end. */
export type ConnectionError = "refused" | "unreachable" | "timeout" | "reset" | "local";

/**
 * One stream socket, the same on Bun and Deno. Nothing is buffered behind the caller's back: what
 * `write` does not take stays the caller's.
 */
export interface Connection {
  readonly remote: Address | undefined;
  readonly remotePort: number;
  readonly local: Address | undefined;
  readonly localPort: number;
  /** Its descriptor, which closes with it; -1 where the runtime keeps it secret. */
  readonly fd: number;
  /** The peer has closed its sending side: `onEnd` has told of it, or is about to. */
  readonly ended: boolean;
  /** Whoever handles its events; may be replaced at any time. */
  handler: ConnectionHandler;
  /** Takes bytes `from`..`to`, returns how many were taken; `onDrain` tells when more fit. */
  write(bytes: Uint8Array, from: number, to: number): number;
  /** Sends FIN after what was written; reading goes on. */
  shutdown(): void;
  /** Closes both ways; what was written is still delivered. No event but `onClose` follows. */
  close(): void;
  /** Closes with RST. */
  reset(): void;
  /**
   * Closes without telling the peer, as far as the system allows it.
   *
   * @param resetHops sends a reset all the same, past so many routers
   */
  drop(resetHops?: number): void;
  /** Stops reading: what arrives stays in the kernel. */
  pause(): void;
  resume(): void;
  /**
   * Closes this process's descriptor and nothing else: another process has the connection, and its
   * peer must not notice. Never {@link shutdown} or {@link reset} such a one: both act on what it has.
   */
  letGo(): void;
}

/**
 * Its events come with the clock read, and what they write is sent behind the last of them: see
 * {@link import("./arrivals.ts").arrive}.
 */
export interface ConnectionHandler {
  /** An outgoing connection is there. */
  onOpen?(connection: Connection): void;
  /** The bytes are the handler's to keep. */
  onData(bytes: Uint8Array): void;
  onDrain(): void;
  /** The peer has closed its sending side. */
  onEnd(): void;
  /** Exactly once, last; also when an outgoing connection could not be made. */
  onClose(error?: ConnectionError): void;
}

/** For a connection that nobody handles yet, or any more. */
export const deaf: ConnectionHandler = { onData() {}, onDrain() {}, onEnd() {}, onClose() {} };

/** Where to connect to, and how the socket is made where it is not left to the kernel. */
export type Target =
  & (
    | { readonly kind: "tcp"; readonly host: string; readonly port: number }
    | { readonly kind: "unix"; readonly path: string }
    | { readonly kind: "abstract"; readonly name: string; readonly form: "padded" | "exact" }
  )
  & { readonly socket?: OutgoingSocket };
