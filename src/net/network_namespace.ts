import { closeSync, openSync } from "node:fs";
import { type Libc, SystemCallError } from "../../ffi/mod.ts";
import { SocketError } from "./native_socket.ts";

const folder = "/var/run/netns/";
const networkNamespace = 0x40000000;

/**
 * Runs `make` inside of a network namespace that `ip netns add` named: a socket belongs for ever to
 * the one it was made in. Nothing else of this thread runs meanwhile.
 */
export function inNamespace<T>(libc: Libc, name: string | undefined, make: () => T): T {
  if (name === undefined) return make();
  const own = openSync("/proc/thread-self/ns/net", "r");
  try {
    enter(libc, name);
    try {
      return make();
    } finally {
      // With the thread left in there, every later socket would be in the wrong place.
      if (libc.setns(own, networkNamespace) < 0) abandon(libc.errno());
    }
  } finally {
    closeSync(own);
  }
}

function enter(libc: Libc, name: string): void {
  let fd: number;
  try {
    fd = openSync(folder + name, "r");
  } catch (error) {
    const { errno = 0 } = error as NodeJS.ErrnoException;
    throw new SocketError(
      `Cannot open namespace '${name}'`,
      new SystemCallError("open", Math.abs(errno)),
    );
  }
  const entered = libc.setns(fd, networkNamespace);
  const errno = libc.errno();
  closeSync(fd);
  if (entered < 0) {
    throw new SocketError(
      `Cannot enter namespace '${name}'`,
      new SystemCallError("setns", errno),
    );
  }
}

function abandon(errno: number): never {
  throw new Error("The thread can't return to its network namespace", {
    cause: new SystemCallError("setns", errno),
  });
}
