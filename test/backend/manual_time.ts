import type { Schedule } from "../../src/backend/schedule.ts";
import { ManualClock } from "./plans.ts";

interface Due {
  readonly at: number;
  readonly fn: () => void;
}

/** Time that passes only when the test says so. */
export class ManualTime extends ManualClock {
  #due = new Set<Due>();

  readonly schedule: Schedule = (ms, fn) => {
    const due = { at: this.at + ms, fn };
    this.#due.add(due);
    return () => this.#due.delete(due);
  };

  /** Milliseconds until each timer that is set, sorted. */
  pending(): number[] {
    return [...this.#due].map(({ at }) => at - this.at).sort((a, b) => a - b);
  }

  /** Lets time pass and runs what is due on the way, in order. */
  advance(ms: number): void {
    const until = this.at + ms;
    for (;;) {
      const next = [...this.#due].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#due.delete(next);
      this.at = Math.max(this.at, next.at);
      next.fn();
    }
    this.at = until;
  }
}
