const origin = performance.timeOrigin;

/**
 * The time as the current wake-up sees it: every socket event and timer reads the clock once, and
 * everything that happens within it shares the reading.
 */
export const clock = {
  /** Milliseconds of a clock that never jumps, `performance.now()`. */
  now: performance.now(),

  tick(): void {
    clock.now = performance.now();
  },

  /** Milliseconds since the epoch for a reading of this clock. */
  epoch(at: number): number {
    return origin + at;
  },
};
