import type { Libc } from "../../ffi/mod.ts";
import { adoptSocket } from "./adopted_socket.ts";
import { sendAtOnce } from "./epoll/epoll_sockets.ts";
import type { Accept } from "./open.ts";

const [nonBlocking, closeOnExec] = [0o4000, 0o2000000];
const [getFlags, setFlags] = [3, 4];
const [interrupted, aborted] = [4, 103];

/** Nobody new may keep this process from its other clients for ever. */
const acceptedMax = 65_536;

/**
 * Accepts everyone who waits in the queue of a socket that is about to listen no more: the kernel resets
 * their connections then. Nobody else may be accepting on it in this process. Resolves when all of them
 * are told of.
 */
export function acceptQueued(libc: Libc, fd: number, accept: Accept): Promise<void> {
  libc.fcntl(fd, setFlags, libc.fcntl(fd, getFlags, 0) | nonBlocking);
  // What is accepted inherits it.
  sendAtOnce(libc, fd);
  const opening: Promise<void>[] = [];
  while (opening.length < acceptedMax) {
    const client = libc.accept4(fd, noAddress, noLength, nonBlocking | closeOnExec);
    if (client >= 0) opening.push(begin(client, accept));
    else if (![interrupted, aborted].includes(libc.errno())) break;
  }
  return Promise.all(opening).then(() => {});
}

/** The runtime asks for the address itself. */
const noAddress = new Uint8Array(128);
const noLength = Uint8Array.of(128, 0, 0, 0);

function begin(fd: number, accept: Accept): Promise<void> {
  return new Promise((resolve) => {
    adoptSocket(fd, "reading", (connection) => {
      const handler = accept(connection);
      if (handler) connection.handler = handler;
      else connection.close();
      resolve();
    }, resolve);
  });
}
