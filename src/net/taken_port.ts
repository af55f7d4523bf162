import { ipv6Family, type Libc } from "../../ffi/mod.ts";
import type { BindPlan } from "../config/bind_plan.ts";
import { guarded } from "./listening_socket.ts";
import { nativeAddress, NativeSocket, SocketError } from "./native_socket.ts";
import { inNamespace } from "./network_namespace.ts";
import { resolveHost } from "./resolve.ts";

/**
 * Whether somebody listens already where a bind of TCP is to: with SO_REUSEPORT both would, and neither
 * would know of the other. Nothing listens on what is bound here for a moment.
 */
export async function isTaken(libc: Libc, { address, socket }: BindPlan): Promise<boolean> {
  if (address.kind !== "tcp" || address.port === 0) return false;
  const host = await resolveHost(address.host);
  if (!host) return false;
  const { family, bytes } = nativeAddress(host, address.port);
  const tryBind = (made: NativeSocket) => {
    made.set("reuseAddress", 1, "cannot do so_reuseaddr");
    if (family === ipv6Family) {
      made.set("ipv6Only", address.v6only ? 1 : 0, "cannot choose between IPv4 and IPv6");
    }
    if (socket.interface !== undefined) {
      made.bindToDevice(socket.interface, "cannot bind listener to device");
    }
    made.bind(bytes, "cannot bind socket");
    made.close();
  };
  try {
    inNamespace(libc, socket.namespace, () => guarded(NativeSocket.open(libc, family), tryBind));
    return false;
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    // What else is wrong is said when it is bound in earnest.
    return error.code === "EADDRINUSE";
  }
}
