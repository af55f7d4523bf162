/** Why a number with a unit could not be read. */
export type QuantityFault =
  | { readonly kind: "character"; readonly character: string }
  | { readonly kind: "overflow" }
  | { readonly kind: "underflow" };

export type Quantity =
  | { readonly value: number; readonly trailing: string | undefined }
  | QuantityFault;

export type TimeUnit = "us" | "ms" | "s" | "m" | "h" | "d";

const microseconds: Readonly<Record<TimeUnit, number>> = {
  us: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3600e6,
  d: 86400e6,
};

/** HAProxy's `TIMER_MAX`, milliseconds. */
export const timerMsMax = 2147483647;

/**
 * A time as HAProxy's `parse_time_err` reads it, in milliseconds, rounded up: an unsigned integer
 * and `us`, `ms`, `s`, `m`, `h` or `d`. What follows a unit is given back as `trailing`.
 */
export function parseTime(text: string, defaultUnit: TimeUnit): Quantity {
  const digits = /^[0-9]*/.exec(text)![0];
  const rest = text.substring(digits.length);
  if (digits === "" && rest === "") return { value: 0, trailing: undefined };
  const unit = rest === "" ? defaultUnit : /^(us|ms|[smhd])/.exec(rest)?.[0] as TimeUnit;
  if (unit === undefined || digits === "") return { kind: "character", character: rest[0]! };
  const value = Math.ceil(Number(digits) * microseconds[unit] / 1e3);
  if (value > timerMsMax) return { kind: "overflow" };
  const trailing = rest === "" ? undefined : rest.substring(unit.length)[0];
  return { value, trailing };
}

/** A size in bytes: an unsigned integer and `k`, `m` or `g` in either case; below 4 GiB. */
export function parseSize(text: string): Quantity {
  const found = /^([0-9]+)([kKmMgG]?)(.?)/s.exec(text);
  if (!found) return { kind: "character", character: text[0] ?? "" };
  const [, digits, unit, trailing] = found;
  if (trailing) return { kind: "character", character: trailing };
  const power = unit === "" ? 0 : "kmg".indexOf(unit!.toLowerCase()) + 1;
  const value = Number(digits) * 1024 ** power;
  return value > 0xffffffff ? { kind: "overflow" } : { value, trailing: undefined };
}
