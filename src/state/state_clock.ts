/** Where State reads the time: milliseconds since the epoch, read once a wake-up. */
export interface StateClock {
  now(): number;
}

/** The system's clock, for when nothing cheaper is at hand. */
export const systemClock: StateClock = { now: () => Date.now() };
