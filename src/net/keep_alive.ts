import type { KeepAlive } from "../config/bind_plan.ts";
import type { NativeSocket } from "./native_socket.ts";

/** Lets the kernel probe silent peers; what a listening socket accepts inherits it on Linux. */
export function setKeepAlive(socket: NativeSocket, keepAlive: KeepAlive | undefined): void {
  if (!keepAlive) return;
  const { probes, idleSeconds, intervalSeconds } = keepAlive;
  socket.set("keepAlive", 1, "cannot enable keep-alive probes");
  if (probes !== undefined) socket.set("keepProbes", probes, "cannot set TCP_KEEPCNT");
  if (idleSeconds !== undefined) socket.set("keepIdle", idleSeconds, "cannot set TCP_KEEPIDLE");
  if (intervalSeconds !== undefined) {
    socket.set("keepInterval", intervalSeconds, "cannot set TCP_KEEPINTVL");
  }
}
