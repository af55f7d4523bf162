import { PatternError } from "./pattern_error.ts";

/** PCRE2's limit for a number in braces. */
const repeatMax = 65535;

export interface Quantifier {
  readonly min: number;
  readonly max: number;
  /** Behind the quantifier, its `?` or `+` not included. */
  readonly next: number;
}

/** Reads `*`, `+`, `?`, `{n}`, `{n,}` or `{n,m}`; a brace that starts none of these is itself. */
export function readQuantifier(source: string, at: number): Quantifier | undefined {
  switch (source[at]) {
    case "*":
      return { min: 0, max: Infinity, next: at + 1 };
    case "+":
      return { min: 1, max: Infinity, next: at + 1 };
    case "?":
      return { min: 0, max: 1, next: at + 1 };
    case "{":
      return readBraces(source, at);
  }
  return undefined;
}

function readBraces(source: string, at: number): Quantifier | undefined {
  const parts = /^\{([0-9]+)(,([0-9]*))?\}/.exec(source.slice(at));
  if (parts === null) return undefined;
  const [all, low, comma, high] = parts;
  const min = boundOf(low!, at + 1 + low!.length);
  const max = comma === undefined
    ? min
    : high === ""
    ? Infinity
    : boundOf(high!, at + all.length - 1);
  if (max < min) {
    throw new PatternError("numbers out of order in {} quantifier", at + all.length - 1);
  }
  return { min, max, next: at + all.length };
}

function boundOf(digits: string, end: number): number {
  const value = Number(digits);
  if (value > repeatMax) throw new PatternError("number too big in {} quantifier", end);
  return value;
}
