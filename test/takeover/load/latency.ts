const millisecondsMax = 60_000;

/** How long answers took, by the millisecond. */
export class Latency {
  readonly #counts = new Uint32Array(millisecondsMax + 1);
  #total = 0;
  #highest = 0;

  note(ms: number): void {
    const whole = Math.min(Math.ceil(ms), millisecondsMax);
    this.#counts[whole]!++;
    this.#total++;
    this.#highest = Math.max(this.#highest, whole);
  }

  get maxMs(): number {
    return this.#highest;
  }

  /** What so large a share (0 to 1) did not exceed. */
  quantileMs(share: number): number {
    let seen = 0;
    for (let ms = 0; ms <= this.#highest; ms++) {
      seen += this.#counts[ms]!;
      if (seen >= this.#total * share) return ms;
    }
    return this.#highest;
  }
}
