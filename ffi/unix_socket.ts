import { SystemCallError } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { unixFamily } from "./unix_address.ts";

const stream = 1;
const nonBlocking = 0o4000;
const closeOnExec = 0o2000000;
const solSocket = 1;
const soPeerCred = 17;
const duplicateCloseOnExec = 1030;

/** Who is at the other end of a unix socket, as the kernel knows it. */
export interface PeerCredentials {
  /** 0 for a process of another pid namespace. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Two connected unix stream sockets, non-blocking and close-on-exec. */
export function socketPair(libc: Libc): readonly [number, number] {
  const fds = new Uint8Array(new ArrayBuffer(8));
  const type = stream | nonBlocking | closeOnExec;
  if (libc.socketpair(unixFamily, type, 0, fds) < 0) {
    throw new SystemCallError("socketpair", libc.errno());
  }
  const view = new DataView(fds.buffer);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

/** The process that connected, or listens, at the other end of a unix socket (`SO_PEERCRED`). */
export function peerCredentials(libc: Libc, socket: number): PeerCredentials {
  const value = new Uint8Array(new ArrayBuffer(12));
  const length = new Uint8Array(new ArrayBuffer(4));
  new DataView(length.buffer).setInt32(0, value.length, true);
  if (libc.getsockopt(socket, solSocket, soPeerCred, value, length) < 0) {
    throw new SystemCallError("getsockopt", libc.errno());
  }
  const view = new DataView(value.buffer);
  return {
    pid: view.getInt32(0, true),
    uid: view.getUint32(4, true),
    gid: view.getUint32(8, true),
  };
}

/** Another descriptor of the same socket or file, close-on-exec. */
export function duplicate(libc: Libc, fd: number): number {
  const copy = libc.fcntl(fd, duplicateCloseOnExec, 0);
  if (copy < 0) throw new SystemCallError("fcntl", libc.errno());
  return copy;
}
