import type { Plan } from "../config/plan.ts";
import type { Value } from "../lang/value.ts";
import { reviveVariables } from "../proxy/move/values.ts";
import { processFacts } from "../proxy/process_facts.ts";
import type { StateClock } from "../state/state_clock.ts";
import type { StatePart } from "./hand_over.ts";
import { countedOf, rowsOf, serverOf } from "./state_parts.ts";

/** Whether this process serves already, when it learns something. */
export type Moment = "before serving" | "while serving";

/**
 * Lets the State of a Plan go on from what another process tells. Proxies and servers that the Plan
 * does not have are passed over, and so are parts of unknown names and versions.
 */
export class StateHeritage {
  /** Variables as they were told. */
  readonly #variables = new Map<string, Value>();

  constructor(private readonly clock: StateClock) {}

  /** For a Plan that is not live yet: what it says otherwise holds. */
  begin(plan: Plan, parts: readonly StatePart[]): void {
    for (const { backend, server, state } of rowsOf(parts, "servers/1")) {
      serverOf(plan, backend, server)?.restore(state);
    }
    this.#learnCounts(plan, parts, "before serving");
    this.#learnVariables(parts);
  }

  /** What is new since. */
  learn(plan: Plan, parts: readonly StatePart[], moment: Moment): void {
    for (const { backend, server, state } of rowsOf(parts, "servers/1")) {
      const known = serverOf(plan, backend, server);
      if (!known) continue;
      const { settings } = known;
      known.restore(state);
      known.configure(settings);
      known.backend.recount(known);
    }
    this.#learnCounts(plan, parts, moment);
    for (const row of rowsOf(parts, "rates/1")) countedOf(plan, row)?.roll(row.rolling);
    this.#learnVariables(parts);
  }

  /** Counts add up at any time. */
  #learnCounts(plan: Plan, parts: readonly StatePart[], moment: Moment): void {
    for (const row of rowsOf(parts, "counters/1")) {
      const counted = countedOf(plan, row);
      if (moment === "while serving") counted?.accumulateNow(row.values, this.clock.now());
      else counted?.accumulate(row.values);
    }
    for (const { requests } of rowsOf(parts, "process/1")) processFacts.requests += requests;
  }

  /** What the new configuration (`set-var` in global) or a client has set here is newer. */
  #learnVariables(parts: readonly StatePart[]): void {
    const told = reviveVariables(rowsOf(parts, "variables/1"));
    if (!told) return;
    const own = processFacts.variables ??= new Map();
    for (const [name, value] of told) {
      if (own.get(name) !== this.#variables.get(name)) continue;
      own.set(name, value);
      this.#variables.set(name, value);
    }
  }
}
