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
  readonly #known = new Map<ServerState, string>();

  /** What there is now is known to both. */
  constructor(private readonly state: State) {
    this.news();
  }

  /** What has changed here since. */
  news(): StatePart[] {
    const rows: ServerOrders[] = [];
    for (const { servers } of this.state.backends.values()) {
      for (const server of servers) {
        const orders = ordersOf(server);
        const text = JSON.stringify(orders);
        if (this.#known.get(server) === text) continue;
        this.#known.set(server, text);
        rows.push(orders);
      }
    }
    return inPieces("operator", rows);
  }

  /** Follows what has changed in the other process. */
  learn(parts: readonly StatePart[]): void {
    for (const orders of rowsOf(parts, "operator/1")) {
      const server = this.state.backends.get(orders.backend)?.server(orders.server);
      if (!server) continue;
      obey(server, orders, this.state.clock.now());
      this.#known.set(server, JSON.stringify(ordersOf(server)));
    }
  }
}

function ordersOf(server: ServerState): ServerOrders {
  return {
    backend: server.backend.name,
    server: server.name,
    maintenance: server.admin === "maint",
    drain: server.draining,
    weight: server.weight,
    maxconn: server.maxconn,
    address: server.address?.toString() ?? null,
    port: server.port,
  };
}

function obey(server: ServerState, orders: ServerOrders, now: number): void {
  const before = ordersOf(server);
  const { maintenance, drain, weight, maxconn, address, port } = orders;
  if (before.address !== address || before.port !== port) {
    server.setAddress(address === null ? undefined : Address.parse(address), port);
  }
  if (before.weight !== weight) server.setWeight(weight);
  if (before.maxconn !== maxconn) server.setMaxconn(maxconn);
  if (before.maintenance === maintenance && before.drain === drain) return;
  server.setAdmin(drain ? "drain" : "ready", now);
  if (maintenance) server.setAdmin("maint", now);
}
