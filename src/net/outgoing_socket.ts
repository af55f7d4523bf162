import {
  abstractAddress,
  type Libc,
  SystemCallError,
  unixAddress,
  unixFamily,
} from "../../ffi/mod.ts";
import type { OutgoingSocket, SourceAddress } from "../config/server_plan.ts";
import { Address } from "../lang/address.ts";
import type { Target } from "./connection.ts";
import { setKeepAlive } from "./keep_alive.ts";
import { type NativeAddress, nativeAddress, NativeSocket, SocketError } from "./native_socket.ts";
import { inNamespace } from "./network_namespace.ts";
import { pendingError } from "./socket_facts.ts";

/** Ports of a range that are tried for one connection, as in HAProxy. */
const portTriesMax = 10;

/** Who took a port of a range last, so that the next connection takes the next one. */
const turns = new WeakMap<readonly [number, number], number>();

/**
 * Makes a socket and lets it begin to connect.
 *
 * @returns its descriptor; writing becomes possible when it is connected
 */
export function startConnecting(libc: Libc, target: Target): number {
  const { socket } = target;
  return inNamespace(libc, socket?.namespace, () => {
    const to = addressOf(target);
    const tries = triesFor(socket?.source);
    for (let attempt = 1;; attempt++) {
      try {
        return connectOnce(libc, to, socket);
      } catch (error) {
        if (attempt >= tries || !isTaken(error)) throw error;
      }
    }
  });
}

/** Makes a socket of the kind and closes it: throws what the system has against it. */
export function tryOutgoing(libc: Libc, socket: OutgoingSocket, transparent: boolean): void {
  inNamespace(libc, socket.namespace, () => {
    const { family } = nativeAddress(socket.source?.address ?? anyIpv4, 0);
    const made = NativeSocket.open(libc, family);
    try {
      if (transparent) made.makeTransparent(family, "cannot use a source of another machine");
    } finally {
      made.close();
    }
  });
}

const anyIpv4 = Address.parse("0.0.0.0")!;
const anyIpv6 = Address.parse("::")!;

/** Whether the socket is connected; the reason why not, by the name of its errno. */
export function connectionState(libc: Libc, fd: number): "connected" | { readonly code: string } {
  const address = new Uint8Array(128);
  if (libc.getpeername(fd, address, Uint8Array.of(address.length, 0, 0, 0)) === 0) {
    return "connected";
  }
  const errno = pendingError(libc, fd);
  return { code: errno === 0 ? "ECONNREFUSED" : new SystemCallError("connect", errno).code };
}

/** Where targets lead, in the kernel's words: a server's target serves many connections. */
const addresses = new WeakMap<Target, NativeAddress>();

/** Whether it can be connected to without looking a name up. */
export function isAddress(target: Target): boolean {
  return addresses.has(target) || target.kind !== "tcp" || Address.parse(target.host) !== undefined;
}

function addressOf(target: Target): NativeAddress {
  const known = addresses.get(target);
  if (known) return known;
  const address = nativeTarget(target);
  addresses.set(target, address);
  return address;
}

function nativeTarget(target: Target): NativeAddress {
  switch (target.kind) {
    case "tcp": {
      const address = Address.parse(target.host);
      if (address) return nativeAddress(address, target.port);
      throw new SocketError(`no address for '${target.host}'`, new SystemCallError("connect", 99));
    }
    case "unix":
      return { family: unixFamily, bytes: unixAddress(target.path) };
    case "abstract":
      return { family: unixFamily, bytes: abstractAddress(target.name, target.form) };
    default:
      return target satisfies never;
  }
}

function triesFor(source: SourceAddress | undefined): number {
  if (!source) return 1;
  const [from, to] = source.ports;
  return Math.min(portTriesMax, to - from + 1);
}

function connectOnce(
  libc: Libc,
  { family, bytes }: NativeAddress,
  socket: OutgoingSocket | undefined,
): number {
  const made = NativeSocket.open(libc, family);
  try {
    if (socket && family !== unixFamily) prepare(made, family, socket);
    const result = libc.connect(made.fd, bytes, bytes.length);
    const errno = result < 0 ? libc.errno() : 0;
    if (errno !== 0 && errno !== inProgress && errno !== interrupted) {
      throw new SocketError("cannot connect", new SystemCallError("connect", errno));
    }
    return made.fd;
  } catch (error) {
    made.close();
    throw error;
  }
}

/** A connection that was interrupted goes on being made (POSIX `connect`). */
const [inProgress, interrupted] = [115, 4];

function prepare(made: NativeSocket, family: number, socket: OutgoingSocket): void {
  const { source, userTimeoutMs } = socket;
  if (socket.interface !== undefined) {
    made.bindToDevice(socket.interface, "cannot bind to device");
  }
  if (userTimeoutMs !== undefined) {
    made.set("userTimeout", userTimeoutMs, "cannot set TCP User Timeout");
  }
  setKeepAlive(made, socket.keepAlive);
  if (source) bindSource(made, family, source);
}

function bindSource(made: NativeSocket, family: number, source: SourceAddress): void {
  const port = nextPort(source.ports);
  const own = source.address && nativeAddress(source.address, port);
  // A source of the other family can't reach this server: the kernel chooses one.
  const usable = own?.family === family ? own : undefined;
  if (!usable && port === 0) return;
  made.set("reuseAddress", 1, "cannot do so_reuseaddr");
  // The kernel may give a port out twice, to different servers, once it knows where they go.
  if (port === 0) made.set("bindAddressNoPort", 1, "cannot do bind_address_no_port");
  if (usable && source.transparent) {
    made.makeTransparent(family, "cannot use a source of another machine");
  }
  const any = nativeAddress(family === 2 ? anyIpv4 : anyIpv6, port);
  made.bind((usable ?? any).bytes, "cannot bind to source address before connect()");
}

function nextPort(ports: readonly [from: number, to: number]): number {
  const [from, to] = ports;
  if (from === to) return from;
  const next = turns.get(ports) ?? from;
  turns.set(ports, next === to ? from : next + 1);
  return next;
}

/** Another port of the range may be free. */
function isTaken(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === "EADDRINUSE" || code === "EADDRNOTAVAIL";
}
