import type { Address } from "../lang/address.ts";
import { chooseAddress } from "./choice.ts";
import type { Requester, Resolution } from "./resolution.ts";

/** One question of a rule, answered once. */
export class Lookup implements Requester {
  /** Over; without an address there is none. */
  settled = false;
  address: Address | undefined;
  /** Told when it is over, if it was not at once. */
  onSettled: (() => void) | undefined;
  #leave: (() => void) | undefined;

  constructor(readonly name: string, private readonly family: 4 | 6) {}

  /** Waits for a resolution. */
  follow(leave: () => void): void {
    this.#leave = leave;
  }

  /** Nobody waits for it any more; it is settled without an answer. */
  abandon(): void {
    this.onSettled = undefined;
    if (!this.settled) this.#settle(undefined);
  }

  answered({ addresses }: Resolution): void {
    const preference = { family: this.family, networks: [], allowsDuplicates: true };
    this.#settle(chooseAddress(addresses, preference, undefined, () => false));
  }

  failed(): void {
    this.#settle(undefined);
  }

  #settle(address: Address | undefined): void {
    this.settled = true;
    this.address = address;
    this.#leave?.();
    this.onSettled?.();
  }
}
