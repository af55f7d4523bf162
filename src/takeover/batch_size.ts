import type { FreezeLimits, FrozenConnections } from "../proxy/move/mover.ts";
import type { TakeoverLimits } from "./limits.ts";

/**
 * How many connections stand still at once: few at first, when nothing is warm, and fewer again when the
 * processor is busy with something else; more as long as all of them go on in time. Where the kernel has
 * no room for their descriptors, half as many each time, down to one.
 */
export class BatchSize {
  #connections: number;
  #descriptors: number;
  /** When the kernel had no room for the first of those that found none since, ms. */
  #crowdedSince: number | undefined;

  constructor(private readonly own: TakeoverLimits) {
    this.#connections = own.batchConnectionsMin;
    this.#descriptors = own.batchDescriptorsMax;
  }

  get limits(): Pick<FreezeLimits, "batchConnectionsMax" | "batchDescriptorsMax"> {
    return { batchConnectionsMax: this.#connections, batchDescriptorsMax: this.#descriptors };
  }

  /** A batch of this size has stood still for so long. */
  wentOn(frozenMs: number): void {
    const { batchConnectionsMin, batchConnectionsMax, batchDescriptorsMax, freezeMs } = this.own;
    const now = this.#connections;
    this.#crowdedSince = undefined;
    this.#descriptors = Math.min(batchDescriptorsMax, this.#descriptors * 2);
    this.#connections = frozenMs > freezeMs
      ? Math.max(Math.min(batchConnectionsMin, now), now >> 1)
      : Math.min(batchConnectionsMax, now * 2);
  }

  /**
   * There was no room for the descriptors of this batch.
   *
   * @param now ms
   * @returns `never` when one connection has found none for as long as a batch may take
   */
  crowded({ moved, fds }: FrozenConnections, now: number): "again" | "never" {
    this.#crowdedSince ??= now;
    this.#connections = Math.max(1, this.#connections >> 1);
    this.#descriptors = Math.max(1, fds.length >> 1);
    return moved.length === 1 && now - this.#crowdedSince >= this.own.batchMs ? "never" : "again";
  }
}
