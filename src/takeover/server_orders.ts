import { Address } from "../lang/address.ts";
import type { ServerState } from "../state/server_state.ts";
import type { State } from "../state/state.ts";
import type { StatePart } from "./hand_over.ts";
import { LastChanges, type Tie } from "./last_changes.ts";
import { inPieces, rowsOf, type ServerOrders } from "./state_parts.ts";

/**
 * What an operator changes of servers while two processes serve: whichever of them he tells, the other
 * one follows, and of what he tells both the last word holds.
 */
export class OrdersNews {
  readonly #servers = new Map<ServerState, Told>();
  readonly #unobserve: () => void;
  #follows = false;

  /** What there is now is known to both; the parameters are those of {@link LastChanges}. */
  constructor(
    private readonly state: State,
    private readonly now: () => number,
    private readonly tie: Tie,
  ) {
    for (const [, server] of this.#all()) this.#toldOf(server);
    this.#unobserve = state.observe({
      serverChanged: ({ server }) => {
        if (!this.#follows) this.#note(server);
      },
    });
  }

  /** What has changed here since. */
  news(): StatePart[] {
    const rows: ServerOrders[] = [];
    for (const [backend, server] of this.#all()) {
      // Not every change is announced.
      const told = this.#note(server);
      const changed = changes(told.shared, told.noted);
      if (!changed) continue;
      told.shared = told.noted;
      const at = Object.fromEntries(fieldsOf(changed).map((field) => [field, told.last.at(field)]));
      rows.push({ backend, server: server.name, ...changed, at });
    }
    return [...inPieces("operator", rows)];
  }

  /** Follows what has changed in the other process, unless it has changed here since. */
  learn(parts: readonly StatePart[]): void {
    for (const { backend, server: name, at, ...orders } of rowsOf(parts, "operator/1")) {
      const server = this.state.backends.get(backend)?.server(name);
      if (!server) continue;
      const { last } = this.#note(server);
      const newer = fieldsOf(orders).filter((field) => last.follows(field, at[field] ?? 0));
      this.#follow(server, Object.fromEntries(newer.map((field) => [field, orders[field]])));
    }
  }

  end(): void {
    this.#unobserve();
  }

  #follow(server: ServerState, orders: Orders): void {
    this.#follows = true;
    obey(server, orders, this.state.clock.now());
    this.#follows = false;
    const told = this.#toldOf(server);
    const now = ordersOf(server);
    const followed = fieldsOf(orders).map((field) => [field, now[field]]);
    told.shared = { ...told.shared, ...Object.fromEntries(followed) };
    told.noted = now;
  }

  /** What has changed here was changed now, as far as it is not known yet. */
  #note(server: ServerState): Told {
    const told = this.#toldOf(server);
    const now = ordersOf(server);
    for (const field of fieldsOf(changes(told.noted, now) ?? {})) told.last.note(field);
    told.noted = now;
    return told;
  }

  #toldOf(server: ServerState): Told {
    let told = this.#servers.get(server);
    if (!told) {
      const orders = ordersOf(server);
      const last = new LastChanges<Field>(this.now, this.tie);
      this.#servers.set(server, told = { shared: orders, noted: orders, last });
    }
    return told;
  }

  *#all(): Iterable<[backend: string, ServerState]> {
    for (const backend of this.state.backends.values()) {
      for (const server of backend.servers) yield [backend.name, server];
    }
  }
}

type Orders = Omit<ServerOrders, "backend" | "server" | "at">;
type Field = keyof Orders;

/** Of one server. */
interface Told {
  /** What both processes know. */
  shared: Orders;
  /** What there was here at the last look. */
  noted: Orders;
  readonly last: LastChanges<Field>;
}

function fieldsOf(orders: Orders): Field[] {
  return Object.keys(orders) as Field[];
}

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
