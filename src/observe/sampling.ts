import type { LogTarget } from "../config/plan.ts";

/** `sample 1:3`, `sample 2-3,5:10`: says of each log of a target whether it is sent. */
export class Sampling {
  #at = 0;

  constructor(private readonly sample: NonNullable<LogTarget["sample"]>) {}

  /** Counts one log. */
  next(): "send" | "skip" {
    this.#at = this.#at >= this.sample.size ? 1 : this.#at + 1;
    for (const [from, to] of this.sample.ranges) {
      if (this.#at >= from && this.#at <= to) return "send";
    }
    return "skip";
  }
}
