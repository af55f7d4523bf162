import type { Value } from "../lang/value.ts";
import { describeVariables } from "../proxy/move/values.ts";
import { processFacts } from "../proxy/process_facts.ts";
import type { Counted } from "../state/counter.ts";
import type { State } from "../state/state.ts";
import type { StatePart } from "./hand_over.ts";
import { OrdersNews } from "./server_orders.ts";
import { type CounterRow, inPieces, type RowName } from "./state_parts.ts";

/** Tells a successor of State: all of it, and then what is new. */
export class StateNews {
  readonly orders: OrdersNews;
  readonly #counters = new Map<Counted, CounterRow["values"]>();
  readonly #servers = new Map<string, string>();
  readonly #variables = new Map<string, Value>();
  #requests = 0;

  constructor(private readonly state: State, now: () => number) {
    this.orders = new OrdersNews(state, now, "theirs");
  }

  /** For one that does not serve yet: servers with their health, and rates as they are now. */
  beforeServing(): StatePart[] {
    const rates = [...this.#counted()].map(([row, counted]) => ({
      ...row,
      rolling: counted.rolling(),
    }));
    this.orders.news();
    return [
      ...inPieces("servers", this.#newServers()),
      ...this.#news(),
      ...inPieces("rates", rates),
    ];
  }

  /** For one that serves as well: it looks at the servers itself. */
  whileServing(): StatePart[] {
    return [...this.orders.news(), ...this.#news()];
  }

  #news(): StatePart[] {
    return [
      ...inPieces("counters", this.#newCounts()),
      ...inPieces("variables", describeVariables(this.#newVariables())),
      ...inPieces("process", this.#newRequests()),
    ];
  }

  #newServers(): unknown[] {
    const rows: unknown[] = [];
    for (const backend of this.state.backends.values()) {
      for (const server of backend.servers) {
        const row = { backend: backend.name, server: server.name, state: server.snapshot() };
        const key = JSON.stringify([backend.name, server.name]);
        const text = JSON.stringify(row);
        if (this.#servers.get(key) === text) continue;
        this.#servers.set(key, text);
        rows.push(row);
      }
    }
    return rows;
  }

  #newCounts(): CounterRow[] {
    const rows: CounterRow[] = [];
    for (const [row, counted] of this.#counted()) {
      const values = counted.cumulated(this.#counters.get(counted));
      if (Object.keys(values).length === 0) continue;
      this.#counters.set(counted, counted.cumulated());
      rows.push({ ...row, values });
    }
    return rows;
  }

  #newVariables(): ReadonlyMap<string, Value> {
    const all = processFacts.variables ?? new Map<string, Value>();
    const changed = [...all].filter(([name, value]) => this.#variables.get(name) !== value);
    for (const [name, value] of changed) this.#variables.set(name, value);
    return new Map(changed);
  }

  #newRequests(): { requests: number }[] {
    const requests = processFacts.requests - this.#requests;
    this.#requests += requests;
    return requests === 0 ? [] : [{ requests }];
  }

  *#counted(): Iterable<[RowName, Counted]> {
    const { frontends, backends } = this.state;
    for (const frontend of frontends.values()) {
      yield [{ kind: "frontend", proxy: frontend.name }, frontend];
    }
    for (const backend of backends.values()) {
      yield [{ kind: "backend", proxy: backend.name }, backend];
      for (const server of backend.servers) {
        yield [{ kind: "server", proxy: backend.name, server: server.name }, server];
      }
    }
  }
}
