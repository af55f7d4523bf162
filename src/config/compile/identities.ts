import type { Position } from "../diagnostic.ts";

/** What has a numeric identity: a line or a section. */
export interface IdentityOwner {
  readonly at: Position;
}

/**
 * Numeric identities as HAProxy gives them: those that the configuration names are reserved first;
 * then each thing in the order of declaration gets its own, or the next number that nobody has.
 */
export class Identities {
  readonly #taken = new Map<number, IdentityOwner>();
  #next: number;

  constructor(first: number) {
    this.#next = first;
  }

  /** Keeps a number for its owner; the other owner when it is taken. */
  reserve(id: number, owner: IdentityOwner): IdentityOwner | undefined {
    const other = this.#taken.get(id);
    if (!other) this.#taken.set(id, owner);
    return other;
  }

  /** The identity of what is declared next: the reserved one, undefined for none. */
  assign(reserved: number | undefined): number {
    if (reserved === undefined) { while (this.#taken.has(this.#next)) this.#next++; }
    // As in HAProxy, a reserved identity uses up a number as well.
    const free = this.#next++;
    return reserved ?? free;
  }
}
