import type { ServerPlan } from "../config/plan.ts";
import type { ClientFacts } from "../lang/context.ts";
import type { Target } from "../net/connection.ts";
import type { Address } from "../lang/address.ts";

/** A server's target as long as its address stays: made once, not for every connection. */
interface Known {
  readonly address: Address | undefined;
  readonly port: number;
  readonly target: Target;
}

const known = new WeakMap<ServerPlan, Known>();

/**
 * Where to connect to for a server: its address as it is now, a port relative to the client's
 * destination (`:+10`) added up, and the client's own destination for `0.0.0.0` and `*`.
 */
export function serverTarget(server: ServerPlan, client: ClientFacts): Target {
  const { address, state } = server;
  const before = known.get(server);
  if (before && before.address === state.address && before.port === state.port) {
    return before.target;
  }
  if (address.kind === "unix") {
    return remember(server, { kind: "unix", path: address.path });
  }
  const anywhere = address.host === "0.0.0.0" || address.host === "*" || address.host === "::";
  if (anywhere && client.dst) {
    const port = state.port === 0 || address.portOffset ? client.dstPort + state.port : state.port;
    return { kind: "tcp", host: client.dst.toString(), port };
  }
  const host = state.address?.toString() ?? address.host;
  if (address.portOffset) return { kind: "tcp", host, port: client.dstPort + state.port };
  if (state.port === 0) return { kind: "tcp", host, port: client.dstPort };
  return remember(server, { kind: "tcp", host, port: state.port });
}

function remember(server: ServerPlan, target: Target): Target {
  known.set(server, { address: server.state.address, port: server.state.port, target });
  return target;
}
