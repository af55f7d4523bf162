const periodMs = 1000;

const enum Slot {
  /** Start of the current period, ms. */
  Start,
  Current,
  Previous,
}

/**
 * Events over the last second, as HAProxy's frequency counters see it: the current second's count
 * and as much of the previous second's as its part of the sliding second.
 */
export class Rate {
  static readonly slots = 3;

  constructor(private readonly values: Float64Array) {}

  /** Counts events at `now` (ms) and returns the current second's count. */
  add(now: number, events = 1): number {
    const { values } = this;
    if (now - values[Slot.Start]! >= periodMs) this.#rotate(now);
    return values[Slot.Current]! += events;
  }

  /** Events over the second that ends at `now`, rounded down. */
  read(now: number): number {
    return Math.floor(this.#total(now) / periodMs);
  }

  /** Milliseconds until there are fewer than `max` events a second; 0 when there are now. */
  delayMs(now: number, max: number): number {
    const excess = this.#total(now) - max * periodMs;
    return excess < 0 ? 0 : Math.max(1, Math.floor(excess / max));
  }

  /** Events over the second that ends at `now`, times its length. */
  #total(now: number): number {
    const { values } = this;
    const age = now - values[Slot.Start]!;
    if (age >= 2 * periodMs) return 0;
    const late = age >= periodMs;
    const current = late ? 0 : values[Slot.Current]!;
    const previous = late ? values[Slot.Current]! : values[Slot.Previous]!;
    // One event a second or less would flicker between 0 and 1 if it faded out.
    if (previous <= 1 && current === 0) return previous * periodMs;
    const left = periodMs - (late ? age - periodMs : age);
    return current * periodMs + previous * left;
  }

  #rotate(now: number): void {
    const { values } = this;
    const periods = Math.floor((now - values[Slot.Start]!) / periodMs);
    values[Slot.Previous] = periods === 1 ? values[Slot.Current]! : 0;
    values[Slot.Current] = 0;
    values[Slot.Start] = values[Slot.Start]! + periods * periodMs;
  }
}
