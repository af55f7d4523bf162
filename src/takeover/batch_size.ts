import type { TakeoverLimits } from "./limits.ts";

/**
 * How many connections stand still at once: few at first, when nothing is warm, and fewer again when the
 * processor is busy with something else; more as long as all of them go on in time.
 */
export class BatchSize {
  #connections: number;

  constructor(private readonly limits: TakeoverLimits) {
    this.#connections = limits.batchConnectionsMin;
  }

  get connections(): number {
    return this.#connections;
  }

  /** A batch of this size has stood still for so long. */
  note(frozenMs: number): void {
    const { batchConnectionsMin, batchConnectionsMax, freezeMs } = this.limits;
    this.#connections = frozenMs > freezeMs
      ? Math.max(batchConnectionsMin, this.#connections >> 1)
      : Math.min(batchConnectionsMax, this.#connections * 2);
  }
}
