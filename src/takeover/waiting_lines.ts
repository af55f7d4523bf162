import type { TakeoverLimits } from "./limits.ts";
import { countsText } from "./progress.ts";
import type { Remainder } from "./takeover_report.ts";

/** Says what connections that can't move are waited for: when that has changed, and not too often. */
export class WaitingLines {
  #line = "";
  #saidAt: number;

  /** @param now ms; a wait that is short is not worth a line */
  constructor(now: number, private readonly limits: Pick<TakeoverLimits, "waitingSaidEveryMs">) {
    this.#saidAt = now;
  }

  /** The line that is to be said now, if any. */
  next(now: number, { left, staying }: Remainder): string | undefined {
    if (left === 0 || now - this.#saidAt < this.limits.waitingSaidEveryMs) return undefined;
    const why = staying.size === 0 ? "" : `: ${countsText(staying)}`;
    const line = `waiting for ${left} ${left === 1 ? "connection" : "connections"}${why}`;
    if (line === this.#line) return undefined;
    this.#line = line;
    this.#saidAt = now;
    return line;
  }
}
