import {
  abstractAddress,
  type Libc,
  SystemCallError,
  unixAddress,
  unixFamily,
} from "../../ffi/mod.ts";

const datagram = 2;
const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;
/** No SIGPIPE, whatever the other side does. */
const noSignal = 0x4000;

/** A unix datagram socket connected to `path` (`/dev/log`; `@name` for an abstract one). Throws {@link SystemCallError}. */
export function connectUnixDatagram(
  libc: Libc,
  path: string,
): { readonly fd: number; send(bytes: Uint8Array): boolean; close(): void } {
  const address = path.startsWith("@")
    ? abstractAddress(path.slice(1), "exact")
    : unixAddress(path);
  const fd = libc.socket(unixFamily, datagram | closeOnExec | nonBlocking, 0);
  if (fd < 0) throw new SystemCallError("socket", libc.errno());
  if (libc.connect(fd, address, address.length) < 0) {
    const errno = libc.errno();
    libc.close(fd);
    throw new SystemCallError("connect", errno);
  }
  return {
    fd,
    send: (bytes) => libc.send(fd, bytes, bytes.length, noSignal) === bytes.length,
    close: () => void libc.close(fd),
  };
}
