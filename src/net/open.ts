import { type Libc, libc, openedLibc } from "../../ffi/mod.ts";
import type { BindAddress, KeepAlive } from "../config/bind_plan.ts";
import type { OutgoingSocket } from "../config/server_plan.ts";
import type { Address } from "../lang/address.ts";
import { connectBun, listenBun, type RuntimeListener } from "./bun.ts";
import { connectByHand } from "./bun_outgoing.ts";
import type { Connection, ConnectionHandler, Target } from "./connection.ts";
import { connectByEpoll } from "./epoll/epoll_sockets.ts";
import { openedTurns, openTurns } from "./epoll/turns.ts";
import { NativeListener } from "./native_listener.ts";
import {
  inheritedSocket,
  listenAt,
  type ListeningOptions,
  type ListeningSocket,
} from "./listening_socket.ts";
import { connectNode, listenNode } from "./node.ts";
import { isUnanswered } from "./unanswered.ts";
import { isAddress, tryOutgoing } from "./outgoing_socket.ts";
import { resolveHost } from "./resolve.ts";

export interface ListenOptions extends ListeningOptions {
  readonly address: BindAddress;
  /** The socket, when somebody else has made it. */
  readonly inherited?: number | undefined;
}

export interface Listener {
  /** The port bound, also when 0 was asked for; 0 on a unix socket. */
  readonly port: number;
  /** Its descriptor; the runtime owns it. -1 where the runtime made the socket and keeps it secret. */
  readonly fd: number;
  /** Begins to accept, or goes on after {@link rest} or {@link pause}; throws when its place is taken. */
  accept(): Promise<void>;
  /** Accepts no more, for good; connections that are there stay. */
  stop(): void;
  /** Accepts no more for now. The socket goes on listening: another process may have it as well. */
  rest(): void;
  /**
   * Lets go of its place for another process, at once. Who waited in its queue is accepted yet, and told
   * of when this resolves.
   */
  pause(): Promise<void>;
}

/** Whoever is told of a new connection: names its handler, or undefined to close it. */
export type Accept = (connection: Connection) => ConnectionHandler | undefined;

const onBun = typeof Bun !== "undefined";

/**
 * Starts to connect. `handler.onOpen` tells that it worked, `handler.onClose` with an error that it
 * did not; neither comes before this returns.
 */
export function connect(target: Target, handler: ConnectionHandler): Connection {
  const turns = openedTurns();
  if (turns && isAddress(target)) return connectByEpoll(openedLibc()!, turns, target, handler);
  if (!onBun) return connectNode(target, handler);
  const byHand = target.socket || target.kind === "abstract" || isUnanswered(target);
  const native = byHand ? openedLibc() : undefined;
  return native ? connectByHand(native, target, handler) : connectBun(target, handler);
}

/**
 * Says why connections can't be made this way here; undefined when they can.
 *
 * @param transparent they come from addresses of other machines
 */
export async function whyNotFrom(
  socket: OutgoingSocket,
  transparent: boolean,
): Promise<string | undefined> {
  const native = await libc().catch(() => undefined);
  const byHand = native && (onBun || await openTurns(native));
  if (!byHand) return whyNotPlainly(socket, transparent);
  try {
    tryOutgoing(native, socket, transparent);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function hasTimes(keepAlive: KeepAlive | undefined): boolean {
  return Object.values(keepAlive ?? {}).some((value) => value !== undefined);
}

/** What the runtime's own sockets can't do. */
function whyNotPlainly(socket: OutgoingSocket, transparent: boolean): string | undefined {
  const ports = socket.source?.ports ?? [0, 0];
  const asked = {
    "a range of source ports": ports[0] !== ports[1],
    "a source of another machine": transparent,
    "a network interface": socket.interface !== undefined,
    "a network namespace": socket.namespace !== undefined,
    "a user timeout": socket.userTimeoutMs !== undefined,
    "the timing of keep-alive probes": hasTimes(socket.keepAlive),
  };
  const missing = Object.entries(asked).find(([, wanted]) => wanted)?.[0];
  return missing && `${missing} needs Linux`;
}

/**
 * Makes a socket listen; `accept` is told of its connections once {@link Listener.accept} was called.
 * Throws an Error that says which step failed and why, and whose `code` is the system's
 * (`EADDRINUSE`).
 */
export async function bind(options: ListenOptions, accept: Accept): Promise<Listener> {
  // Elsewhere than on Linux the runtime makes the socket, with what it has options for.
  const native = await libc().catch(() => undefined);
  if (!native) return await bindPlainly(options, accept);
  await openTurns(native);
  const { fd, port } = await socketFor(native, options);
  return new NativeListener(native, options, accept, fd, port);
}

async function socketFor(native: Libc, options: ListenOptions): Promise<ListeningSocket> {
  const { address, inherited, socket } = options;
  if (inherited !== undefined) return inheritedSocket(native, inherited, socket);
  if (address.kind === "fd") return inheritedSocket(native, address.fd, socket);
  const resolved = address.kind === "tcp" ? await resolve(address.host) : undefined;
  return listenAt(native, address, resolved, options);
}

async function resolve(host: string): Promise<Address> {
  const address = await resolveHost(host);
  if (address) return address;
  throw new Error(`could not resolve address '${host}'`);
}

/** The runtime binds, listens and accepts in one; it can't be told to wait. */
async function bindPlainly(options: ListenOptions, accept: Accept): Promise<Listener> {
  const { address, backlog, socket } = options;
  if (address.kind === "abstract" || Object.values(socket).some((value) => value)) {
    throw new Error("this kind of socket needs Linux");
  }
  const open = () => (onBun ? listenBun : listenNode)(address, backlog, accept);
  let listener: RuntimeListener | undefined = await open();
  const stop = () => {
    listener?.stop();
    listener = undefined;
  };
  return {
    port: listener.port,
    fd: -1,
    accept: async () => {
      listener ??= await open();
    },
    stop,
    rest: stop,
    pause: async () => stop(),
  };
}
