import type { ArgSpec, FetchSpec } from "../spec.ts";
import type { Int } from "../value.ts";
import { anywhere } from "./phase_mask.ts";
import { integerOf, invalidArguments } from "./row.ts";

const randArgs: readonly ArgSpec[] = [{ name: "range", type: "integer", optional: true }];
const uuidArgs: readonly ArgSpec[] = [{ name: "version", type: "integer", optional: true }];

/** A range times 32 random bits stays exact in a double up to here. */
const exactRangeMax = 2 ** 21;

function random32(): number {
  return Math.floor(Math.random() * 0x1_0000_0000);
}

/** The upper half of a 32-bit random number times the range, as HAProxy scales it. */
function scaled(range: Int): number {
  const random = random32();
  if (range >= 0 && range <= exactRangeMax) {
    return Math.floor(random * Number(range) / 0x1_0000_0000);
  }
  return Number(BigInt.asUintN(64, BigInt(random) * BigInt(range)) >> 32n);
}

/** A UUID of version 7 (RFC 9562): 48 bits of time in ms, the rest random. */
function uuid7(now: number): string {
  const time = Math.floor(now).toString(16).padStart(12, "0");
  const random = crypto.randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}

export const randomFetches = [
  {
    name: "rand",
    args: randArgs,
    type: "sint",
    phases: anywhere,
    pure: false,
    doc: "a random integer from 0 to below the range, 2^32 without one",
    make: (args) => {
      const range = integerOf(args[0]);
      return { get: range === undefined ? random32 : () => scaled(range) };
    },
  },
  {
    name: "uuid",
    args: uuidArgs,
    type: "str",
    phases: anywhere,
    pure: false,
    doc: "a new UUID of version 4, or 7",
    make: (args) => {
      const version = integerOf(args[0]) ?? 4;
      if (version === 4) return { get: () => crypto.randomUUID() };
      if (version === 7) return { get: (cx) => uuid7(cx.now) };
      throw invalidArguments("uuid", `Unsupported UUID version: '${version}'`, String(version));
    },
  },
] satisfies FetchSpec[];
