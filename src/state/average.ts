/** How many of the last values an average covers (HAProxy's `TIME_STATS_SAMPLES`). */
const windowValues = 512;

const enum Slot {
  Sum,
  Count,
  Max,
}

/** A sliding average of durations over about the last 512 values, and the largest value ever. */
export class Average {
  static readonly slots = 3;

  constructor(private readonly values: Float64Array) {}

  /** Takes a duration in milliseconds; a negative one never happened and is left out. */
  add(ms: number): void {
    if (ms < 0) return;
    const { values } = this;
    const count = values[Slot.Count]!;
    if (count < windowValues) {
      values[Slot.Count] = count + 1;
      values[Slot.Sum]! += ms;
    } else {
      values[Slot.Sum]! += ms - values[Slot.Sum]! / windowValues;
    }
    if (ms > values[Slot.Max]!) values[Slot.Max] = ms;
  }

  /** Milliseconds, rounded up as in `show stat`; 0 without any value. */
  read(): number {
    const count = this.values[Slot.Count]!;
    return count === 0 ? 0 : Math.ceil(this.values[Slot.Sum]! / count);
  }

  clearMax(): void {
    this.values[Slot.Max] = 0;
  }

  max(): number {
    return this.values[Slot.Max]!;
  }
}
