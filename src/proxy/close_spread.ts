import { clock } from "../net/clock.ts";

/**
 * How the clients leave that nobody serves for long here: at once, between two requests or with their
 * answer, or spread over a time, so that they don't all come back in the same moment
 * (`close-spread-time`).
 */
export class CloseSpread {
  /** Everybody at once. */
  static readonly none = new CloseSpread(0);
  readonly #endsAt: number;

  /** @param timeMs Infinity lets them stay until they leave by themselves */
  constructor(
    private readonly timeMs = 0,
    private readonly random: () => number = Math.random,
  ) {
    this.#endsAt = clock.now + timeMs;
  }

  /** How long one that is idle may stay, ms: one moment of what is left of the time. */
  idleMs(): number {
    if (this.timeMs === Infinity) return Infinity;
    return this.#leftMs * this.random();
  }

  /** Whether an answer closes its connection: the more of them the further the time has gone. */
  closesWithAnswer(): boolean {
    if (this.timeMs === Infinity) return false;
    return this.#leftMs <= this.timeMs * this.random();
  }

  get #leftMs(): number {
    return Math.max(0, this.#endsAt - clock.now);
  }
}
