import { clock } from "../net/clock.ts";

/** How the clients leave that nobody serves for long here. */
export interface Leaving {
  /** Who is idle when it begins goes then (but for `option idle-close-on-response`). */
  readonly closesIdle: boolean;
  /** How long one that is idle may stay otherwise, ms; Infinity until it has asked again. */
  idleMs(): number;
  /** Whether an answer closes its connection. */
  closesWithAnswer(): boolean;
}

/** Nobody is closed who may be about to ask: everybody leaves with an answer. */
export const leavingWithAnswer: Leaving = {
  closesIdle: false,
  idleMs: () => Infinity,
  closesWithAnswer: () => true,
};

/**
 * Between two requests or with their answer, at once or spread over a time, so that they don't all come
 * back in the same moment (`close-spread-time`).
 */
export class CloseSpread implements Leaving {
  readonly #endsAt: number;

  /** @param timeMs Infinity lets them stay until they leave by themselves */
  constructor(
    private readonly timeMs = 0,
    private readonly random: () => number = Math.random,
  ) {
    this.#endsAt = clock.now + timeMs;
  }

  get closesIdle(): boolean {
    return this.timeMs === 0;
  }

  /** One moment of what is left of the time; without any, nobody goes whose last answer did not say so. */
  idleMs(): number {
    if (this.timeMs === Infinity || this.timeMs === 0) return Infinity;
    return this.#leftMs * this.random();
  }

  /** The more of them the further the time has gone. */
  closesWithAnswer(): boolean {
    if (this.timeMs === Infinity) return false;
    return this.#leftMs <= this.timeMs * this.random();
  }

  get #leftMs(): number {
    return Math.max(0, this.#endsAt - clock.now);
  }
}

/** Idle ones at once, everybody else with an answer. */
export const leavingAtOnce: Leaving = new CloseSpread(0);
