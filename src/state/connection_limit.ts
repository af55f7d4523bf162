import type { ServerState } from "./server_state.ts";

/**
 * A server's `maxconn` as it holds now: from `minconn` on it grows with the backend's load up to
 * `fullconn`, and in slow start with time. Only asked for servers that have one.
 */
export function connectionLimit(server: ServerState): number {
  const { backend, maxconn } = server;
  const { minconn, slowstartMs } = server.settings;
  let limit = maxconn;
  const load = backend.connections();
  if (minconn > 0 && minconn < maxconn && load < backend.fullconn) {
    limit = Math.max(minconn, Math.floor(load * maxconn / backend.fullconn));
  }
  if (server.operational === "starting") {
    const part = (backend.clock.now() - server.lastChange) / slowstartMs;
    if (part < 1) limit = Math.max(1, Math.floor(limit * part));
  }
  return limit;
}
