import { avalanche } from "../fetch/sdbm.ts";
import { wrapInt } from "../int.ts";
import type { ConverterSpec } from "../spec.ts";
import type { Bin } from "../value.ts";
import { crc32, crc32c, djb2, sdbm, wt6 } from "./hash_32.ts";
import { xxh32, xxh64 } from "./hash_xxh.ts";
import { integerOf, optionalInteger } from "./row.ts";

/** A 32-bit hash, spread over all bits when the argument is not 0. */
function spread(hash: (bytes: string) => number): ConverterSpec["make"] {
  return (args) => {
    const full = Number(integerOf(args[0]) ?? 0) !== 0;
    return full
      ? (value) => avalanche(hash((value as Bin).bytes) | 0)
      : (value) => hash((value as Bin).bytes);
  };
}

const row = {
  args: [optionalInteger("avalanche")],
  input: "bin",
  output: "sint",
  pure: true,
} as const;

const seeded = { ...row, args: [optionalInteger("seed")] } as const;

export const hashConverters = [
  { ...row, name: "djb2", doc: "the DJB2 hash, 32 bits", make: spread(djb2) },
  {
    ...row,
    name: "sdbm",
    doc: "the SDBM hash, 32 bits",
    make: spread(sdbm),
  },
  { ...row, name: "wt6", doc: "the WT6 hash, 32 bits", make: spread(wt6) },
  { ...row, name: "crc32", doc: "CRC-32 as of Ethernet", make: spread(crc32) },
  { ...row, name: "crc32c", doc: "CRC-32C", make: spread(crc32c) },
  {
    ...seeded,
    name: "xxh32",
    doc: "the 32-bit xxHash",
    make: (args) => {
      const seed = Number(BigInt.asIntN(32, BigInt(integerOf(args[0]) ?? 0)));
      return (value) => xxh32((value as Bin).bytes, seed);
    },
  },
  {
    ...seeded,
    name: "xxh64",
    doc: "the 64-bit xxHash, as a signed number",
    make: (args) => {
      const seed = BigInt.asUintN(64, BigInt(integerOf(args[0]) ?? 0));
      return (value) => wrapInt(xxh64((value as Bin).bytes, seed));
    },
  },
] satisfies ConverterSpec[];
