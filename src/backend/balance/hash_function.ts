import type { HashType } from "../../config/backend_plan.ts";
import { crc32, djb2, sdbm, wt6 } from "../../lang/converter/hash_32.ts";
import { avalanche } from "../../lang/fetch/sdbm.ts";

/** Makes an unsigned 32-bit number of a key's bytes (latin1). */
export type HashFunction = (bytes: string) => number;

/** One row for each function that `hash-type` can name. */
const functions: { readonly [Name in HashType["function"]]: HashFunction } = {
  sdbm,
  djb2,
  wt6,
  crc32,
  // The key is a number already.
  none: (bytes) => Number(BigInt.asUintN(32, BigInt(/^[0-9]*/.exec(bytes)![0] || "0"))),
};

/** What a backend without `hash-type` has. */
export const hashTypeDefault: HashType = {
  method: "map-based",
  function: "sdbm",
  avalanche: false,
  balanceFactor: 0,
};

export function hashFunction(type: HashType): HashFunction {
  const hash = functions[type.function];
  return type.avalanche ? (bytes) => avalanche(hash(bytes) | 0) : hash;
}
