/** Numbers that look random, and are the same for the same seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 on, less than 1 (mulberry32). */
  share(): number {
    this.#state = this.#state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(this.#state ^ this.#state >>> 15, 1 | this.#state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  from(least: number, most: number): number {
    return least + Math.floor(this.share() * (most - least + 1));
  }

  /** Whether one in so many comes up. */
  oneIn(count: number): boolean {
    return this.from(1, count) === 1;
  }

  pick<T>(all: readonly T[]): T {
    return all[this.from(0, all.length - 1)]!;
  }

  /** Bytes of something: mostly few, seldom many. */
  size(most: number): number {
    return Math.floor(most * this.share() ** 6);
  }
}
