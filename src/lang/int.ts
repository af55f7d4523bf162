import type { Int } from "./value.ts";

/** Bounds of the signed 64-bit integers that HAProxy computes with. */
export const intMax = 9223372036854775807n;
export const intMin = -9223372036854775808n;

/** A `number` within the safe range, else a `bigint`; saturates at 64 bits. */
export function saturate(value: bigint): Int {
  if (value > intMax) return intMax;
  if (value < intMin) return intMin;
  return toInt(value);
}

/** A 64-bit value as {@link Int}; the caller knows that it fits. */
export function toInt(value: bigint): Int {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

/** The low 64 bits, read as signed, as C does on overflow. */
export function wrapInt(value: bigint): Int {
  return toInt(BigInt.asIntN(64, value));
}

export function addInt(a: Int, b: Int): Int {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return saturate(BigInt(a) + BigInt(b));
}

export function subtractInt(a: Int, b: Int): Int {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return saturate(BigInt(a) - BigInt(b));
}

export function multiplyInt(a: Int, b: Int): Int {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return saturate(BigInt(a) * BigInt(b));
}

/** Rounds towards zero; division by zero gives the largest integer, as the `div` converter does. */
export function divideInt(a: Int, b: Int): Int {
  if (b == 0) return intMax;
  return saturate(BigInt(a) / BigInt(b));
}

/** The sign is that of `a`; modulo zero gives 0, as the `mod` converter does. */
export function moduloInt(a: Int, b: Int): Int {
  if (b == 0) return 0;
  return saturate(BigInt(a) % BigInt(b));
}

export function negateInt(a: Int): Int {
  return a === 0 ? 0 : saturate(-BigInt(a));
}

/**
 * An integer as HAProxy's cast from string reads it: optional sign, leading digits, stop at the
 * first other byte, 0 without digits, saturating. Undefined for the empty string.
 */
export function readIntPrefix(text: string): Int | undefined {
  if (text.length === 0) return undefined;
  const first = text.charCodeAt(0);
  const negative = first === 45;
  const from = negative || first === 43 ? 1 : 0;
  let at = from;
  let value = 0;
  for (; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (value > Number.MAX_SAFE_INTEGER) {
    const exact = BigInt(text.substring(from, at));
    return saturate(negative ? -exact : exact);
  }
  return negative && value !== 0 ? -value : value;
}

/**
 * An integer that is all of the text: optional `-`, digits. Undefined for anything else and for
 * what does not fit 64 bits.
 */
export function readWholeInt(text: string): Int | undefined {
  const from = text.charCodeAt(0) === 45 ? 1 : 0;
  if (from === text.length) return undefined;
  for (let i = from; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
  }
  const exact = BigInt(text);
  return exact > intMax || exact < intMin ? undefined : toInt(exact);
}
