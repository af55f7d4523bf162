import { Address } from "../lang/address.ts";
import type { ServerState } from "../state/server_state.ts";
import type { State } from "../state/state.ts";
import type { StatePart } from "./hand_over.ts";
import { inPieces, rowsOf, type ServerOrders } from "./state_parts.ts";

/**
 * What an operator changes of servers while two processes serve: whichever of them he tells, the other
 * one follows.
 */
export class OrdersNews {
  readonly #known = new Map<ServerState, Orders>();

  /** What there is now is known to both. */
  constructor(private readonly state: State) {
    this.news();
  }

  /** What has changed here since. */
  news(): StatePart[] {
    const rows: ServerOrders[] = [];
    for (const backend of this.state.backends.values()) {
      for (const server of backend.servers) {
        const orders = ordersOf(server);
        const changed = changes(this.#known.get(server), orders);
        if (!changed) continue;
        this.#known.set(server, orders);
        rows.push({ backend: backend.name, server: server.name, ...changed });
      }
    }
    return [...inPieces("operator", rows)];
  }

  /** Follows what has changed in the other process. */
  learn(parts: readonly StatePart[]): void {
    for (const orders of rowsOf(parts, "operator/1")) {
      const server = this.state.backends.get(orders.backend)?.server(orders.server);
      if (!server) continue;
      obey(server, orders, this.state.clock.now());
      this.#known.set(server, ordersOf(server));
    }
  }
}

type Orders = Omit<ServerOrders, "backend" | "server">;

function ordersOf(server: ServerState): Orders {
  const { admin, draining: drain, weight, maxconn, port } = server;
  const address = hasName(server) ? undefined : server.address?.toString();
  return { maintenance: admin === "maint", drain, weight, maxconn, address, port };
}

/** Name servers say where it is, and may say something else to each who asks. */
function hasName({ settings: { address } }: ServerState): boolean {
  return address.kind === "tcp" && Address.parse(address.host) === undefined;
}

/** Only what differs: of the rest the other process's configuration may say something else. */
function changes(before: Orders | undefined, now: Orders): Orders | undefined {
  const fields = Object.entries(now).filter(([name, value]) =>
    value !== before?.[name as keyof Orders]
  );
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

function obey(server: ServerState, orders: Orders, now: number): void {
  const { weight, maxconn, address, port = server.port } = orders;
  const moved = address === undefined || hasName(server) ? undefined : Address.parse(address);
  if (moved || port !== server.port) server.setAddress(moved ?? server.address, port);
  if (weight !== undefined) server.setWeight(weight);
  if (maxconn !== undefined) server.setMaxconn(maxconn);
  if (orders.maintenance === undefined && orders.drain === undefined) return;
  const { drain = server.draining, maintenance = server.admin === "maint" } = orders;
  server.setAdmin(drain ? "drain" : "ready", now);
  if (maintenance) server.setAdmin("maint", now);
}
