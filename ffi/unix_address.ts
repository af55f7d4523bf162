import { Buffer } from "node:buffer";

/** `AF_UNIX` on Linux. */
export const unixFamily = 1;
/** Bytes of `sun_path`, its terminating NUL included. */
const pathBytesMax = 108;

/** A `struct sockaddr_un`: two bytes of family, then the path and a NUL. */
export function unixAddress(path: string): Uint8Array {
  const bytes = Buffer.from(path, "utf8");
  if (bytes.length >= pathBytesMax) {
    throw new RangeError(
      `The path of a unix socket has at most ${pathBytesMax - 1} bytes: ${path}`,
    );
  }
  const address = new Uint8Array(2 + bytes.length + 1);
  new DataView(address.buffer).setUint16(0, unixFamily, true);
  address.set(bytes, 2);
  return address;
}

/**
 * A `struct sockaddr_un` of Linux's abstract name space. HAProxy's `abns@` pads the name with NULs to
 * its full size, `abnsz@` ends with the name.
 */
export function abstractAddress(name: string, form: "padded" | "exact"): Uint8Array {
  const bytes = Buffer.from(name, "utf8");
  if (bytes.length >= pathBytesMax) {
    throw new RangeError(
      `An abstract name has at most ${pathBytesMax - 1} bytes: ${name}`,
    );
  }
  const address = new Uint8Array(2 + (form === "padded" ? pathBytesMax : 1 + bytes.length));
  new DataView(address.buffer).setUint16(0, unixFamily, true);
  address.set(bytes, 3);
  return address;
}
