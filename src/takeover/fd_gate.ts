import { Buffer } from "node:buffer";
import {
  FdChannel,
  type Libc,
  peerCredentials,
  SystemCallError,
  unixAddress,
  unixFamily,
} from "../../ffi/mod.ts";
import { type Endpoint, isAlone } from "./endpoint.ts";
import { FdCourier } from "./fd_courier.ts";

const stream = 1;
const nonBlocking = 0o4000;
const closeOnExec = 0o2000000;
/** Connections that are looked at for the one that was announced. */
export const waitingMax = 64;

/** Whether to deal with the process at the other end of a socket. */
export type Gate = (libc: Libc, socket: number) => boolean;

/** A process of this user, or of root, may take part in a takeover; nobody else. */
export function isTrusted(libc: Libc, socket: number): boolean {
  try {
    const { uid } = peerCredentials(libc, socket);
    return uid === 0 || uid === libc.geteuid();
  } catch {
    return false;
  }
}

/** Root may ask any user's process to upgrade itself: it takes nothing from that process, and gives none. */
export function mayBeAsked(libc: Libc, socket: number): boolean {
  return libc.geteuid() === 0 || isTrusted(libc, socket);
}

/**
 * Root also takes over from a process that has given its rights up: nobody but root can have made it
 * listen in a folder that is root's alone.
 */
export function mayBeTakenFrom({ folder }: Endpoint): Gate {
  return (libc, socket) => isTrusted(libc, socket) || (libc.geteuid() === 0 && isAlone(folder, 0));
}

/** Connects the channel of descriptors, and introduces itself by the session. */
export function connectCourier(
  libc: Libc,
  path: string,
  session: string,
  gate: Gate = isTrusted,
): FdCourier | { readonly why: string } {
  const socket = libc.socket(unixFamily, stream | nonBlocking | closeOnExec, 0);
  if (socket < 0) return { why: new SystemCallError("socket", libc.errno()).message };
  const address = unixAddress(path);
  if (libc.connect(socket, address, address.length) < 0) {
    const why = new SystemCallError("connect", libc.errno()).message;
    libc.close(socket);
    return { why };
  }
  const sent = new FdChannel(libc, 64).send(socket, [], Buffer.from(session, "latin1"));
  if (sent.kind === "sent" && sent.bytes === session.length && gate(libc, socket)) {
    return new FdCourier(libc, socket);
  }
  libc.close(socket);
  return { why: "the channel of descriptors could not be opened" };
}

/** Takes the connection that introduces itself by the session; undefined when there is none. */
export function acceptCourier(
  libc: Libc,
  listener: number,
  session: string,
): FdCourier | undefined {
  for (let i = 0; i < waitingMax; i++) {
    const socket = acceptNext(libc, listener);
    if (socket < 0) return undefined;
    if (isTrusted(libc, socket) && introducesItself(libc, socket, session)) {
      return new FdCourier(libc, socket);
    }
    libc.close(socket);
  }
  return undefined;
}

/**
 * Closes all connections that wait. Nobody takes them between two takeovers, also those that are
 * gone: a full queue would refuse the one that is announced next.
 */
export function dismissWaiting(libc: Libc, listener: number): void {
  // The kernel's queue holds one more than it was asked for.
  for (let i = 0; i <= waitingMax; i++) {
    const socket = acceptNext(libc, listener);
    if (socket < 0) return;
    libc.close(socket);
  }
}

/** A connection that waits, or -1. */
function acceptNext(libc: Libc, listener: number): number {
  const address = new Uint8Array(new ArrayBuffer(128));
  const length = new Uint8Array(new ArrayBuffer(4));
  new DataView(length.buffer).setInt32(0, address.length, true);
  return libc.accept4(listener, address, length, nonBlocking | closeOnExec);
}

function introducesItself(libc: Libc, socket: number, session: string): boolean {
  const got = new FdChannel(libc, session.length).receive(socket);
  if (got.kind !== "received") return false;
  for (const fd of got.fds) libc.close(fd);
  return got.fds.length === 0 && Buffer.from(got.data).toString("latin1") === session;
}
