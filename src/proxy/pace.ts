import type { Bandwidth, BandwidthFilter } from "../rules/bandwidth.ts";

/**
 * How much too early bytes may pass, and how much too late without slowing the flow down: two slots
 * of the timer wheel. Without it no flow would be faster than one read a slot.
 */
const slackMs = 32;

/** One filter's limit: so many bytes at once, and then none until their time is over. */
class Pace {
  /** Reading of the clock from which on bytes may pass again. */
  freeAt = -Infinity;

  constructor(public to: Bandwidth) {}

  spend(bytes: number, now: number): void {
    const { limitBytes, periodMs } = this.to;
    // Time in which nothing flowed is not made up for.
    const from = this.freeAt < now - slackMs ? now : this.freeAt;
    this.freeAt = from + bytes * periodMs / limitBytes;
  }
}

/** The limits that one direction of a stream is under: all of them hold. */
export class Paces {
  readonly #paces = new Map<BandwidthFilter, Pace>();

  /** Comes under a filter's limit; under another one than before, what was spent stays spent. */
  limit(filter: BandwidthFilter, to: Bandwidth): void {
    const pace = this.#paces.get(filter);
    if (pace) pace.to = to;
    else this.#paces.set(filter, new Pace(to));
  }

  /** Goes on under a filter's limit where another process has left off. */
  resume(filter: BandwidthFilter, freeAt: number): void {
    const pace = new Pace(filter);
    pace.freeAt = freeAt;
    this.#paces.set(filter, pace);
  }

  /** What each filter has come to, and the reading of the clock from which on it lets bytes pass. */
  *[Symbol.iterator](): Generator<readonly [BandwidthFilter, Readonly<Pace>]> {
    yield* this.#paces;
  }

  /** Bytes that may pass at `now`; 0 while it is too early. */
  allowance(now: number): number {
    let bytes = Infinity;
    for (const { to, freeAt } of this.#paces.values()) {
      bytes = Math.min(bytes, freeAt - now > slackMs ? 0 : to.limitBytes);
    }
    return bytes;
  }

  /** Notes that so many have passed. */
  spend(bytes: number, now: number): void {
    for (const pace of this.#paces.values()) pace.spend(bytes, now);
  }

  /** Reading of the clock at which all limits let bytes pass again. */
  get freeAt(): number {
    let at = -Infinity;
    for (const pace of this.#paces.values()) at = Math.max(at, pace.freeAt);
    return at;
  }
}

/** What rules have limited of a stream (`set-bandwidth-limit`). */
export class StreamPaces {
  readonly upload = new Paces();
  readonly download = new Paces();

  limit(filter: BandwidthFilter, to: Bandwidth): void {
    this[filter.direction].limit(filter, to);
  }
}
