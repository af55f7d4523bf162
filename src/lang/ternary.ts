/**
 * The three values of HAProxy's evaluation, in its numbers: OR is `|`, AND is `&`, NOT is `3 >> x`.
 * MISS says that data which may still come could change the answer; only content inspection sees it.
 */
export const fail = 0;
export const miss = 1;
export const pass = 3;
export type Ternary = typeof fail | typeof miss | typeof pass;

export function negate(value: Ternary): Ternary {
  return (pass >> value) as Ternary;
}

export type Verdict = "pass" | "fail" | "miss";

export function verdict(value: Ternary): Verdict {
  return value === pass ? "pass" : value === fail ? "fail" : "miss";
}
