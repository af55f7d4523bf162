import {
  internetAddress,
  ipv4Family,
  ipv6Family,
  type Libc,
  SystemCallError,
} from "../../ffi/mod.ts";
import type { Address } from "../lang/address.ts";

const stream = 1;
const nonBlocking = 0o4000;
const closeOnExec = 0o2000000;

/** Socket options of Linux: level and name. */
export const socketOptions = {
  reuseAddress: [1, 2],
  type: [1, 3],
  error: [1, 4],
  keepAlive: [1, 9],
  linger: [1, 13],
  reusePort: [1, 15],
  bindToDevice: [1, 25],
  ipFreeBind: [0, 15],
  ipTransparent: [0, 19],
  ipv6Transparent: [41, 75],
  ipv6FreeBind: [41, 78],
  bindAddressNoPort: [0, 24],
  ipv6Only: [41, 26],
  noDelay: [6, 1],
  maximumSegment: [6, 2],
  keepIdle: [6, 4],
  keepInterval: [6, 5],
  keepProbes: [6, 6],
  deferAccept: [6, 9],
  userTimeout: [6, 18],
  fastOpen: [6, 23],
} as const;

export type SocketOptionName = keyof typeof socketOptions;

/** A step of making a socket failed: HAProxy's words for the step, and the system's reason. */
export class SocketError extends Error {
  override name = "SocketError";
  /** Name of the errno. */
  readonly code: string;

  constructor(readonly step: string, cause: SystemCallError) {
    super(`${step} (${cause.text})`, { cause });
    this.code = cause.code;
  }
}

/** A stream socket under construction: its descriptor, and steps that say what went wrong. */
export class NativeSocket {
  private constructor(readonly libc: Libc, readonly fd: number) {}

  /** @param family a family's number, as addresses begin with it */
  static open(libc: Libc, family: number): NativeSocket {
    const fd = libc.socket(family, stream | nonBlocking | closeOnExec, 0);
    if (fd < 0) {
      throw new SocketError("cannot create socket", new SystemCallError("socket", libc.errno()));
    }
    return new NativeSocket(libc, fd);
  }

  /** A socket that is made already. */
  static of(libc: Libc, fd: number): NativeSocket {
    return new NativeSocket(libc, fd);
  }

  /** Sets an option to a number. */
  set(option: SocketOptionName, value: number, step: string): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setInt32(0, value, true);
    this.#set(option, bytes, step);
  }

  /** Sends and receives by one interface only. */
  bindToDevice(name: string, step: string): void {
    this.#set("bindToDevice", new TextEncoder().encode(name + "\0"), step);
  }

  /** May have an address that is not of this machine. */
  makeTransparent(family: number, step: string): void {
    this.set(family === ipv6Family ? "ipv6Transparent" : "ipTransparent", 1, step);
  }

  bind(address: Uint8Array, step: string): void {
    this.check(this.libc.bind(this.fd, address, address.length), "bind", step);
  }

  /** Throws when a call said -1. */
  check(result: number, call: string, step: string): void {
    if (result < 0) throw new SocketError(step, new SystemCallError(call, this.libc.errno()));
  }

  close(): void {
    this.libc.close(this.fd);
  }

  #set(option: SocketOptionName, value: Uint8Array, step: string): void {
    const [level, name] = socketOptions[option];
    const result = this.libc.setsockopt(this.fd, level, name, value, value.length);
    this.check(result, "setsockopt", step);
  }
}

/** Where to bind or connect: the family beside the address as the kernel wants it. */
export interface NativeAddress {
  readonly family: number;
  readonly bytes: Uint8Array;
}

export function nativeAddress(address: Address, port: number): NativeAddress {
  const { a, b, c, d } = address;
  return address.family === 4
    ? { family: ipv4Family, bytes: internetAddress([d], port) }
    : { family: ipv6Family, bytes: internetAddress([a, b, c, d], port) };
}
