import type { Libc } from "../../../ffi/mod.ts";
import { arrive } from "../arrivals.ts";
import type { Connection, ConnectionHandler, Target } from "../connection.ts";
import { failureOf } from "../failure.ts";
import { socketOptions } from "../native_socket.ts";
import { startConnecting } from "../outgoing_socket.ts";
import { EpollConnection } from "./epoll_connection.ts";
import type { Turns } from "./turns.ts";

const one = new Uint8Array(Int32Array.of(1).buffer);

/** Sends small messages at once; a unix socket has no such option, and needs none. */
export function sendAtOnce(libc: Libc, fd: number): void {
  libc.setsockopt(fd, ...socketOptions.noDelay, one, one.length);
}

/** See {@link import("../open.ts").connect}; an address must be a number. */
export function connectByEpoll(
  libc: Libc,
  turns: Turns,
  target: Target,
  handler: ConnectionHandler,
): Connection {
  const connection = new EpollConnection(libc, turns, -1, handler, "connecting");
  try {
    connection.fd = startConnecting(libc, target);
    if (target.kind === "tcp") sendAtOnce(libc, connection.fd);
    else connection.stopsShort = true;
    turns.watch(connection);
  } catch (error) {
    connection.failure = failureOf(error);
    if (connection.fd < 0) arrive(connection, "close");
    else connection.close();
  }
  return connection;
}

/** See {@link import("../adopted_socket.ts").adoptSocket}. */
export function adoptByEpoll(
  libc: Libc,
  turns: Turns,
  fd: number,
  beginning: "reading" | "paused",
  handler: ConnectionHandler,
): void {
  const connection = new EpollConnection(libc, turns, fd, handler, "open");
  connection.shared = true;
  // How it is read depends on who it is.
  connection.rememberPeer();
  if (beginning === "paused") connection.pause();
  arrive(connection, "open");
  try {
    turns.watch(connection);
  } catch (error) {
    connection.failure = failureOf(error);
    connection.close();
  }
}
