import type { Libc } from "../../ffi/mod.ts";
import { type SocketOptionName, socketOptions } from "./native_socket.ts";

/** Room for any address, `struct sockaddr_storage`. */
const addressBytesMax = 128;

/** The address that a socket is bound to, as long as the kernel gives it; empty when it has none. */
export function boundAddress(libc: Libc, fd: number): Uint8Array {
  const address = new Uint8Array(new ArrayBuffer(addressBytesMax));
  const length = new Uint8Array(new ArrayBuffer(4));
  const view = new DataView(length.buffer);
  view.setInt32(0, addressBytesMax, true);
  if (libc.getsockname(fd, address, length) < 0) return new Uint8Array(0);
  return address.slice(0, Math.min(view.getInt32(0, true), addressBytesMax));
}

/** An option of a socket whose value is a number; undefined where it has none. */
export function socketNumber(libc: Libc, fd: number, option: SocketOptionName): number | undefined {
  const [level, name] = socketOptions[option];
  const value = new Uint8Array(new ArrayBuffer(4));
  const length = new Uint8Array(new ArrayBuffer(4));
  new DataView(length.buffer).setInt32(0, 4, true);
  if (libc.getsockopt(fd, level, name, value, length) < 0) return undefined;
  return new DataView(value.buffer).getInt32(0, true);
}

/** The errno of what has gone wrong on a socket, which is told only once; 0 for nothing. */
export function pendingError(libc: Libc, fd: number): number {
  return socketNumber(libc, fd, "error") ?? 0;
}

/** The longest name of an interface, with the zero behind it (IFNAMSIZ). */
const interfaceBytesMax = 16;

/** The interface that a socket is bound to; "" for none. */
export function boundInterface(libc: Libc, fd: number): string {
  const [level, name] = socketOptions.bindToDevice;
  const value = new Uint8Array(new ArrayBuffer(interfaceBytesMax));
  const length = new Uint8Array(new ArrayBuffer(4));
  new DataView(length.buffer).setInt32(0, interfaceBytesMax, true);
  if (libc.getsockopt(fd, level, name, value, length) < 0) return "";
  const end = value.indexOf(0);
  return new TextDecoder("latin1").decode(value.subarray(0, end < 0 ? undefined : end));
}
