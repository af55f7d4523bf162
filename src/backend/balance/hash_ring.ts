import type { Context } from "../../lang/context.ts";
import { avalanche } from "../../lang/fetch/sdbm.ts";
import type { BackendState } from "../../state/backend_state.ts";
import type { ServerState } from "../../state/server_state.ts";
import type { Balancer } from "./balancer.ts";
import { Candidates } from "./candidates.ts";
import type { HashKey } from "./hash_key.ts";

/** Places on the ring that a server may have: its largest effective weight. */
const placesPerServer = 256 * 16;
/** A place's value is its key, then the server's index: all of it fits a double. */
const serversMax = 2 ** 20;

/**
 * `hash-type consistent`: servers stand on a ring of 32-bit numbers, as often as their weights say,
 * and a key points to the nearest one. A server that comes or goes only moves its own keys. Under
 * `hash-balance-factor` a server that has more than that percentage of its share passes keys on to
 * the next one on the ring.
 */
export class HashRing implements Balancer {
  #candidates: Candidates;
  /** Ascending. */
  #places = new Float64Array(0);
  /** Sum of the candidates' weights before each, and of all of them at the end. */
  #sums: number[] = [0];
  /** Where sessions without a key have got to. */
  #last = -1;

  constructor(
    private readonly backend: BackendState,
    servers: readonly ServerState[],
    private readonly key: HashKey,
    private readonly balanceFactor: number,
  ) {
    this.#candidates = new Candidates(backend, servers);
  }

  choose(cx: Context, excluded: ServerState | undefined): ServerState | undefined {
    if (this.#candidates.refresh()) this.#build();
    if (this.#places.length === 0) return undefined;
    const key = this.key(cx);
    return key === undefined ? this.#nextTurn(excluded) : this.#nearest(key, excluded);
  }

  #build(): void {
    const { list } = this.#candidates;
    this.#sums = [0];
    for (const { effectiveWeight } of list) this.#sums.push(this.#sums.at(-1)! + effectiveWeight);
    this.#places = new Float64Array(this.#sums.at(-1)!);
    let at = 0;
    for (const [index, { id, effectiveWeight }] of list.entries()) {
      for (let n = 0; n < effectiveWeight; n++) {
        this.#places[at++] = avalanche((id * placesPerServer + n) | 0) * serversMax + index;
      }
    }
    this.#places.sort();
  }

  #nearest(key: number, excluded: ServerState | undefined): ServerState {
    const places = this.#places;
    const after = this.#from(key * serversMax) % places.length;
    const before = (after + places.length - 1) % places.length;
    const toBefore = (key - this.#keyAt(before)) >>> 0;
    const toAfter = (this.#keyAt(after) - key) >>> 0;
    const nearest = toBefore <= toAfter ? before : after;
    for (let step = 0; step < places.length; step++) {
      const place = (nearest + step) % places.length;
      if (this.#serverAt(place) !== excluded && this.#takesMore(place)) {
        return this.#serverAt(place);
      }
    }
    return this.#serverAt(nearest);
  }

  /** A server's part of all the requests there may be, and never less than one. */
  #takesMore(place: number): boolean {
    if (this.balanceFactor === 0) return true;
    let served = 1;
    for (const server of this.backend.servers) served += server.connections();
    const slots = Math.ceil(served * this.balanceFactor / 100);
    const index = indexOf(this.#places[place]!);
    const total = this.#sums.at(-1)!;
    const [from, to] = [this.#sums[index]!, this.#sums[index + 1]!];
    const rest = slots % total;
    const own = (to - from) * Math.floor(slots / total) +
      Math.floor(to * rest / total) - Math.floor(from * rest / total);
    return this.#candidates.list[index]!.connections() < Math.max(1, own);
  }

  #nextTurn(excluded: ServerState | undefined): ServerState | undefined {
    const { length } = this.#places;
    const start = this.#from(this.#last + 1);
    let avoided = -1;
    for (let step = 0; step < length; step++) {
      const place = (start + step) % length;
      const server = this.#serverAt(place);
      if (!server.hasRoom()) continue;
      if (server !== excluded) {
        this.#last = this.#places[place]!;
        return server;
      }
      avoided = place;
    }
    if (avoided < 0) return undefined;
    this.#last = this.#places[avoided]!;
    return excluded;
  }

  /** The first place of at least this value. */
  #from(value: number): number {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#places[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #keyAt(place: number): number {
    return Math.floor(this.#places[place]! / serversMax);
  }

  #serverAt(place: number): ServerState {
    return this.#candidates.list[indexOf(this.#places[place]!)]!;
  }
}

/** The server's index in a place's value. */
function indexOf(value: number): number {
  return value % serversMax;
}
