import type { Context } from "../../lang/context.ts";
import type { BackendState } from "../../state/backend_state.ts";
import type { ServerState } from "../../state/server_state.ts";
import type { Balancer } from "./balancer.ts";
import { Candidates } from "./candidates.ts";

/** A number from 0 up to, not including, 1. */
export type RandomSource = () => number;

/**
 * `balance random(draws)`: draws servers by weight and keeps the least loaded of them. When that
 * one is full the request queues for the backend, though another server may have room.
 */
export class RandomDraws implements Balancer {
  #candidates: Candidates;
  /** Running sums of the candidates' weights. */
  #sums: number[] = [];

  constructor(
    backend: BackendState,
    servers: readonly ServerState[],
    private readonly draws: number,
    private readonly random: RandomSource = Math.random,
  ) {
    this.#candidates = new Candidates(backend, servers);
  }

  choose(_cx: Context, excluded: ServerState | undefined): ServerState | undefined {
    if (this.#candidates.refresh()) this.#sum();
    if (this.#sums.length === 0) return undefined;
    let kept = this.#draw(excluded);
    for (let draw = 1; draw < this.draws; draw++) {
      const other = this.#draw(excluded);
      if (lighter(other, kept)) kept = other;
    }
    return kept.hasRoom() ? kept : undefined;
  }

  #sum(): void {
    let sum = 0;
    this.#sums = this.#candidates.list.map((server) => sum += server.effectiveWeight);
  }

  /** Lands on `excluded` only when it is alone; else its neighbour takes its part. */
  #draw(excluded: ServerState | undefined): ServerState {
    const { list } = this.#candidates;
    const point = this.random() * this.#sums.at(-1)!;
    let low = 0;
    let high = list.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sums[middle]! > point) high = middle;
      else low = middle + 1;
    }
    const drawn = list[low]!;
    return drawn === excluded ? list[(low + 1) % list.length]! : drawn;
  }
}

function lighter(a: ServerState, b: ServerState): boolean {
  return a.connections() * b.effectiveWeight < b.connections() * a.effectiveWeight;
}
