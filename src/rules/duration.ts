import { LangError } from "../lang/spec.ts";

const msPerUnit: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Longest duration, ms: HAProxy's timers are 31 bits wide. */
export const durationMsMax = 2147483647;

/**
 * Reads `30s`, `500`, `1h`: milliseconds without a unit, rounded up. `what` is for messages. Throws
 * LangError.
 */
export function parseDuration(text: string, what: string): number {
  const digits = /^[0-9]+/.exec(text)?.[0] ?? "";
  const unit = text.substring(digits.length);
  if (digits === "" || (unit !== "" && !Object.hasOwn(msPerUnit, unit))) {
    const bad = text.charAt(digits.length);
    throw new LangError(`unexpected character '${bad}' in ${what}`, text);
  }
  const ms = Math.ceil(Number(digits) * (unit === "" ? 1 : msPerUnit[unit]!));
  if (ms > durationMsMax) {
    throw new LangError(
      `timer overflow in argument '${text}' to ${what} ` +
        `(maximum value is ${durationMsMax} ms or ~24.8 days)`,
      text,
    );
  }
  return ms;
}

const bytesPerUnit: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Reads `16k`, `4096`: bytes, powers of 1024, below 4 GiB. Throws LangError. */
export function parseSize(text: string, what: string): number {
  const digits = /^[0-9]+/.exec(text)?.[0] ?? "";
  const unit = text.substring(digits.length).toLowerCase();
  if (digits === "" || (unit !== "" && !Object.hasOwn(bytesPerUnit, unit))) {
    const bad = text.charAt(digits.length);
    throw new LangError(`unexpected character '${bad}' in ${what}`, text);
  }
  const bytes = Number(digits) * (unit === "" ? 1 : bytesPerUnit[unit]!);
  if (bytes > 0xffffffff) throw new LangError(`size overflow in ${what}`, text);
  return bytes;
}
