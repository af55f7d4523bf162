import type { Address } from "../lang/address.ts";
import { xxh32 } from "../lang/converter/hash_xxh.ts";
import type { Network } from "../lang/pattern/network.ts";
import { recordType } from "./message.ts";

/** What is asked of the address that is taken out of an answer. */
export interface Preference {
  /** `resolve-prefer`. */
  readonly family: 4 | 6;
  /** `resolve-net`. */
  readonly networks: readonly Network[];
  /** `resolve-opts allow-dup-ip`. */
  readonly allowsDuplicates: boolean;
}

/** HAProxy's points: the family counts for more than all the rest, and so on down. */
const points = { family: 8, network: 4, free: 2, current: 1 } as const;

/**
 * The best address for one that has `current` now; undefined when there is none that it may take.
 *
 * @param addresses in the order of {@link orderKey}: of equals, the first is taken
 * @param isTaken another server of the same name has it
 */
export function chooseAddress(
  addresses: readonly Address[],
  preference: Preference,
  current: Address | undefined,
  isTaken: (address: Address) => boolean,
): Address | undefined {
  let best: Address | undefined;
  let most = -1;
  for (const address of addresses) {
    const taken = isTaken(address);
    if (taken && !preference.allowsDuplicates) continue;
    const score = (address.family === preference.family ? points.family : 0) +
      (preference.networks.some((network) => isWithin(address, network)) ? points.network : 0) +
      (taken ? 0 : points.free) +
      (current?.equals(address) ? points.current : 0);
    if (score <= most) continue;
    most = score;
    best = address;
  }
  return best;
}

function isWithin(address: Address, { address: base, mask }: Network): boolean {
  return address.family === base.family && ((address.a ^ base.a) & mask.a) === 0 &&
    ((address.b ^ base.b) & mask.b) === 0 && ((address.c ^ base.c) & mask.c) === 0 &&
    ((address.d ^ base.d) & mask.d) === 0;
}

/**
 * HAProxy keeps the addresses of a name by a hash of their bytes, whatever their order in the answer
 * is: a name server that turns them round moves no server.
 */
export function orderKey({ family, a, b, c, d }: Address): number {
  const words = family === 4 ? [d] : [a, b, c, d];
  const bytes = words.flatMap((word) => [word >>> 24, word >>> 16, word >>> 8, word])
    .map((byte) => String.fromCharCode(byte & 255)).join("");
  return xxh32(bytes, family === 4 ? recordType.a : recordType.aaaa);
}
