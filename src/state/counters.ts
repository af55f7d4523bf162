/** Slots of one chunk; a proxy or server takes one per {@link Counter} and a few more. */
const chunkSlots = 4096;

/**
 * Hands out slots of a few large typed arrays. A thread has a block of its own and readers add the
 * blocks up, so that counting needs no atomic operation; on a shared buffer the sums are visible to
 * every thread. Counts are doubles: exact up to 2^53.
 */
export class CounterBlock {
  #makeBuffer: (bytes: number) => ArrayBufferLike;
  #chunk: ArrayBufferLike;
  #used = 0;
  #free = new Map<number, Float64Array[]>();

  constructor(makeBuffer: (bytes: number) => ArrayBufferLike = (bytes) => new ArrayBuffer(bytes)) {
    this.#makeBuffer = makeBuffer;
    this.#chunk = makeBuffer(chunkSlots * 8);
  }

  /** So many zeroed slots, side by side. */
  take(slots: number): Float64Array {
    const again = this.#free.get(slots)?.pop();
    if (again) return again.fill(0);
    if (slots > chunkSlots) return new Float64Array(this.#makeBuffer(slots * 8));
    if (this.#used + slots > chunkSlots) {
      this.#chunk = this.#makeBuffer(chunkSlots * 8);
      this.#used = 0;
    }
    const taken = new Float64Array(this.#chunk, this.#used * 8, slots);
    this.#used += slots;
    return taken;
  }

  /** Gives slots back once nobody counts in them any more. */
  release(slots: Float64Array): void {
    const free = this.#free.get(slots.length);
    if (free) free.push(slots);
    else this.#free.set(slots.length, [slots]);
  }
}
