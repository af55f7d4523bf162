import { chmodSync, chownSync, lstatSync, renameSync, rmSync } from "node:fs";
import process from "node:process";
import { type Libc, SystemCallError, unixAddress, unixFamily } from "../../ffi/mod.ts";
import type { BindAddress } from "../config/bind_plan.ts";
import { NativeSocket, SocketError } from "./native_socket.ts";

const notASocket = 88;

/**
 * Listens on a path. The socket is bound under a name of its own and takes the path over when it
 * listens: whoever listened there before serves until then, and no client finds the path missing.
 *
 * @returns the socket's descriptor
 */
export function listenOnPath(
  libc: Libc,
  address: Extract<BindAddress, { kind: "unix" }>,
  backlog: number,
): number {
  const { path } = address;
  const temporary = `${path}.${process.pid}.tmp`;
  refuseFile(path);
  const native = pathAddress(temporary);
  const made = NativeSocket.open(libc, unixFamily);
  try {
    rmSync(temporary, { force: true });
    made.bind(native, "cannot bind UNIX socket");
    own(temporary, address);
    made.check(libc.listen(made.fd, backlog), "listen", "cannot listen to UNIX socket");
    step("cannot switch final and temporary UNIX sockets", () => renameSync(temporary, path));
    return made.fd;
  } catch (error) {
    rmSync(temporary, { force: true });
    made.close();
    throw error;
  }
}

function pathAddress(temporary: string): Uint8Array {
  try {
    return unixAddress(temporary);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SocketError("path of UNIX socket too long", new SystemCallError("bind", 36));
  }
}

/** A socket that nobody listens on any more may be replaced, a file must not be. */
function refuseFile(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there || there.isSocket()) return;
  throw new SocketError(
    "cannot replace a file by a UNIX socket",
    new SystemCallError("bind", notASocket),
  );
}

function own(path: string, { mode, uid, gid }: Extract<BindAddress, { kind: "unix" }>): void {
  const what = "cannot change UNIX socket ownership";
  if (uid !== undefined || gid !== undefined) {
    step(what, () => chownSync(path, uid ?? -1, gid ?? -1));
  }
  if (mode !== undefined) step(what, () => chmodSync(path, mode));
}

function step(text: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const { errno = 0, syscall = "" } = error as NodeJS.ErrnoException;
    throw new SocketError(text, new SystemCallError(syscall, Math.abs(errno)));
  }
}
