import { lookup } from "node:dns/promises";
import { type Libc, libc } from "../../ffi/mod.ts";
import type { BindAddress } from "../config/plan.ts";
import { Address } from "../lang/address.ts";
import { connectBun, listenBun } from "./bun.ts";
import type { Connection, ConnectionHandler, Target } from "./connection.ts";
import {
  boundPort,
  listenAt,
  type ListeningOptions,
  type ListeningSocket,
} from "./listening_socket.ts";
import { connectNode, listenNode } from "./node.ts";

export interface ConnectOptions {
  /** Address to connect from. */
  readonly sourceHost?: string;
}

export interface ListenOptions extends ListeningOptions {
  readonly address: BindAddress;
}

export interface Listener {
  /** The port bound, also when 0 was asked for; 0 on a unix socket. */
  readonly port: number;
  /** Its descriptor; the runtime owns it. -1 where the runtime made the socket and keeps it secret. */
  readonly fd: number;
  /** Accepts no more; connections that are there stay. */
  stop(): void;
}

/** Whoever is told of a new connection: names its handler, or undefined to close it. */
export type Accept = (connection: Connection) => ConnectionHandler | undefined;

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
 * Listens. Throws an Error that says which step failed and why, and whose `code` is the system's
 * (`EADDRINUSE`).
 */
export async function listen(options: ListenOptions, accept: Accept): Promise<Listener> {
  // Elsewhere than on Linux the runtime makes the socket, with what it has options for.
  const native = await libc().catch(() => undefined);
  if (!native) return await listenPlainly(options, accept);
  const { fd, port } = await socketFor(native, options);
  const open = onBun ? listenBun : listenNode;
  try {
    const listener = await open({ kind: "fd", fd }, options.backlog, accept);
    // The runtime has chosen a backlog of its own.
    native.listen(fd, options.backlog);
    return { port, fd, stop: () => listener.stop() };
  } catch (error) {
    native.close(fd);
    throw error;
  }
}

async function socketFor(native: Libc, options: ListenOptions): Promise<ListeningSocket> {
  const { address } = options;
  if (address.kind === "fd") return { fd: address.fd, port: boundPort(native, address.fd) };
  const resolved = address.kind === "tcp" ? await resolve(address.host) : undefined;
  return listenAt(native, address, resolved, options);
}

async function resolve(host: string): Promise<Address> {
  const literal = Address.parse(host);
  if (literal) return literal;
  const { address } = await lookup(host);
  return Address.parse(address)!;
}

async function listenPlainly(options: ListenOptions, accept: Accept): Promise<Listener> {
  const { address, backlog, socket } = options;
  if (address.kind === "abstract" || Object.values(socket).some((value) => value)) {
    throw new Error("this kind of socket needs Linux");
  }
  const listener = await (onBun ? listenBun : listenNode)(address, backlog, accept);
  return { port: listener.port, fd: -1, stop: () => listener.stop() };
}
