import type { OutgoingSocket, ServerPlan } from "../config/server_plan.ts";
import type { Address } from "../lang/address.ts";
import type { ClientFacts } from "../lang/context.ts";
import type { Target } from "../net/connection.ts";

/** A server's target as long as its address stays: made once, not for every connection. */
interface Known {
  readonly address: Address | undefined;
  readonly port: number;
  readonly target: Target;
}

const known = new WeakMap<ServerPlan, Known>();

/**
 * Where to connect to for a server, and how: its address as it is now, a port relative to the
 * client's destination (`:+10`) added up, the client's own destination for `0.0.0.0` and `*`, and
 * from where the server is to think that it came (`usesrc`).
 */
export function serverTarget(server: ServerPlan, client: ClientFacts): Target {
  const { state } = server;
  const before = known.get(server);
  if (before && before.address === state.address && before.port === state.port) {
    return before.target;
  }
  const target = targetFor(server, client);
  if (!server.followsClient && state.port !== 0) {
    known.set(server, { address: state.address, port: state.port, target });
  }
  return target;
}

/** Tells apart what goes to different places, or comes from them, over one server's connections. */
export function targetKey(target: Target): string {
  if (target.kind !== "tcp") return "";
  const { source } = target.socket ?? {};
  return `${target.host} ${target.port} ${source?.address ?? ""} ${source?.ports[0] ?? ""}`;
}

/**
 * Where a server's connections go now and how they are made, apart from what each client decides:
 * those of two processes whose texts are equal are as good as each other.
 */
export function serverPlace({ address, state, outgoing }: ServerPlan): string {
  const to = address.kind === "tcp"
    ? { ...address, host: state.address?.toString() ?? address.host, port: state.port }
    : address;
  const { source, interface: device, namespace } = outgoing ?? {};
  const from = source && [source.address?.toString(), ...source.ports, source.transparent];
  return JSON.stringify([to, from, device, namespace]);
}

function targetFor(server: ServerPlan, client: ClientFacts): Target {
  const { address, state } = server;
  const socket = outgoingFor(server, client);
  if (address.kind !== "tcp") return { ...address, socket };
  const base = address.portOffset || state.port === 0 ? client.dstPort : 0;
  const port = (base + state.port) & 0xffff;
  if (address.host !== "0.0.0.0" && address.host !== "::") {
    return { kind: "tcp", host: state.address?.toString() ?? address.host, port, socket };
  }
  // Nobody listens on port 0: a client of a unix socket has no destination to go on to.
  if (!client.dst) return { kind: "tcp", host: "127.0.0.1", port: 0, socket };
  return { kind: "tcp", host: client.dst.toString(), port, socket };
}

function outgoingFor(server: ServerPlan, client: ClientFacts): OutgoingSocket | undefined {
  const { outgoing, shownSource } = server;
  if (!shownSource) return outgoing;
  const [address, port] = shownSource.kind === "address"
    ? [shownSource.address, shownSource.port]
    : [client.src, shownSource.port === "same" ? client.srcPort : 0];
  if (!address) return outgoing;
  return { ...outgoing!, source: { address, ports: [port, port], transparent: true } };
}
