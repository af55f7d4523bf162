import {
  abstractAddress,
  ipv6Family,
  type Libc,
  portOf,
  SystemCallError,
  unixFamily,
} from "../../ffi/mod.ts";
import type { BindAddress, BindSocket } from "../config/bind_plan.ts";
import type { Address } from "../lang/address.ts";
import { setKeepAlive } from "./keep_alive.ts";
import { type NativeAddress, nativeAddress, NativeSocket, SocketError } from "./native_socket.ts";
import { inNamespace } from "./network_namespace.ts";
import { listenOnPath } from "./unix_listening_socket.ts";

/** HAProxy's wait for a client's first bytes under `defer-accept`. */
const deferAcceptSeconds = 1;

/** A listening socket as the kernel has it. */
export interface ListeningSocket {
  readonly fd: number;
  /** The port bound, also when 0 was asked for; 0 without one. */
  readonly port: number;
}

/** What a listening socket is made of. */
export interface ListeningOptions {
  readonly socket: BindSocket;
  /** Connections that the kernel accepts before the process does. */
  readonly backlog: number;
  /** Other processes of this user may listen on the same port. */
  readonly reusePort: boolean;
  /** `once it accepts`: it is bound, and the kernel gives it no client before; `at once` without it. */
  readonly listens?: Listens | undefined;
}

export type Listens = "at once" | "once it accepts";

/**
 * Makes a socket listen at an address.
 *
 * @param resolved what the address's host means
 */
export function listenAt(
  libc: Libc,
  address: Exclude<BindAddress, { kind: "fd" }>,
  resolved: Address | undefined,
  options: ListeningOptions,
): ListeningSocket {
  return inNamespace(libc, options.socket.namespace, () => {
    switch (address.kind) {
      case "tcp":
        return listenOnPort(libc, nativeAddress(resolved!, address.port), address.v6only, options);
      case "abstract":
        return listenOnName(libc, address, options);
      case "unix":
        return { fd: listenOnPath(libc, address, options.backlog), port: 0 };
      default:
        return address satisfies never;
    }
  });
}

/** A socket that whoever started this process, or the one before it, has opened. */
export function inheritedSocket(
  libc: Libc,
  fd: number,
  { keepAlive }: BindSocket,
): ListeningSocket {
  const port = boundPort(libc, fd, "cannot use the inherited socket");
  // Only TCP probes; a unix socket has no port.
  if (port !== 0) setKeepAlive(NativeSocket.of(libc, fd), keepAlive);
  return { fd, port };
}

/** The port that a socket is bound to; 0 when it has none. */
function boundPort(libc: Libc, fd: number, step: string): number {
  const address = new Uint8Array(128);
  const length = Uint8Array.of(address.length, 0, 0, 0);
  if (libc.getsockname(fd, address, length) < 0) {
    throw new SocketError(step, new SystemCallError("getsockname", libc.errno()));
  }
  return portOf(address);
}

function listenOnPort(
  libc: Libc,
  { family, bytes }: NativeAddress,
  v6only: boolean,
  options: ListeningOptions,
): ListeningSocket {
  return guarded(NativeSocket.open(libc, family), (made) => {
    const { socket, backlog, reusePort } = options;
    made.set("reuseAddress", 1, "cannot do so_reuseaddr");
    if (reusePort) made.set("reusePort", 1, "cannot do so_reuseport");
    if (socket.transparent) {
      made.makeTransparent(family, "cannot make listening socket transparent");
    }
    if (family === ipv6Family) {
      made.set("ipv6Only", v6only ? 1 : 0, "cannot choose between IPv4 and IPv6");
    }
    if (socket.interface !== undefined) {
      made.bindToDevice(socket.interface, "cannot bind listener to device");
    }
    made.bind(bytes, "cannot bind socket");
    setTcpOptions(made, socket, backlog);
    if (options.listens !== "once it accepts") {
      made.check(libc.listen(made.fd, backlog), "listen", "cannot listen to socket");
    }
    return { fd: made.fd, port: boundPort(libc, made.fd, "cannot read the port bound") };
  });
}

function setTcpOptions(made: NativeSocket, socket: BindSocket, backlog: number): void {
  const { mss, userTimeoutMs } = socket;
  if (mss !== undefined) made.set("maximumSegment", mss, `cannot set MSS to ${mss}`);
  if (userTimeoutMs !== undefined) {
    made.set("userTimeout", userTimeoutMs, "cannot set TCP User Timeout");
  }
  if (socket.deferAccept) {
    made.set("deferAccept", deferAcceptSeconds, "cannot enable DEFER_ACCEPT");
  }
  setKeepAlive(made, socket.keepAlive);
  if (socket.fastOpen) made.set("fastOpen", backlog, "cannot enable TCP_FASTOPEN");
}

function listenOnName(
  libc: Libc,
  { name, form }: Extract<BindAddress, { kind: "abstract" }>,
  { backlog }: ListeningOptions,
): ListeningSocket {
  return guarded(NativeSocket.open(libc, unixFamily), (made) => {
    made.bind(abstractAddress(name, form), "cannot bind UNIX socket");
    made.check(libc.listen(made.fd, backlog), "listen", "cannot listen to socket");
    return { fd: made.fd, port: 0 };
  });
}

/** A socket that can't be finished is closed. */
export function guarded<T>(socket: NativeSocket, finish: (socket: NativeSocket) => T): T {
  try {
    return finish(socket);
  } catch (error) {
    socket.close();
    throw error;
  }
}
