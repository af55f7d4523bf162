import type { Address } from "./address.ts";

/**
 * The type of a sample, known when the expression is compiled. `any` is what a variable holds.
 * The names are HAProxy's (`SMP_T_*`).
 */
export type SampleType =
  | "bool"
  | "sint"
  | "addr"
  | "ipv4"
  | "ipv6"
  | "str"
  | "bin"
  | "meth"
  | "any";

/** A signed 64-bit integer: a `number` within the safe range, else a `bigint`. See `int.ts`. */
export type Int = number | bigint;

/** A sample of type `bin`: its bytes as latin1 text. Unlike `str`, a cast to string ends at NUL. */
export class Bin {
  constructor(readonly bytes: string) {}
}

/** A sample of type `meth`: an HTTP method. Known methods compare by identity of name. */
export class Method {
  constructor(readonly name: string) {}
}

/**
 * A sample's value. `str` is a latin1 string (one code unit is one byte), `bool` a boolean, `sint`
 * an {@link Int}. "No sample" is `undefined`, never a value.
 */
export type Value = boolean | Int | string | Bin | Method | Address;
