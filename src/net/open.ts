import type { BindAddress } from "../config/plan.ts";
import { connectBun, listenBun } from "./bun.ts";
import type { Connection, ConnectionHandler, Target } from "./connection.ts";
import { connectNode, listenNode } from "./node.ts";

export interface ConnectOptions {
  /** Address to connect from. */
  readonly sourceHost?: string;
}

export interface ListenOptions {
  readonly address: BindAddress;
  readonly backlog: number | undefined;
}

export interface Listener {
  /** The port bound, also when 0 was asked for; 0 on a unix socket. */
  readonly port: number;
  /** Accepts no more; connections that are there stay. */
  stop(): void;
}

const onBun = typeof Bun !== "undefined";

/**
 * Starts to connect. `handler.onOpen` tells that it worked, `handler.onClose` with an error that it
 * did not; neither comes before this returns.
 */
export function connect(
  target: Target,
  handler: ConnectionHandler,
  options: ConnectOptions = {},
): Connection {
  return onBun ? connectBun(target, handler, options) : connectNode(target, handler, options);
}

/**
 * Listens. `accept` names the handler of each new connection, or undefined to close it. Throws an
 * Error whose `code` is the system's (`EADDRINUSE`) when the address can't be bound.
 */
export function listen(
  options: ListenOptions,
  accept: (connection: Connection) => ConnectionHandler | undefined,
): Listener | Promise<Listener> {
  return onBun ? listenBun(options, accept) : listenNode(options, accept);
}
