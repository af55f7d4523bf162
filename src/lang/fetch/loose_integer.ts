const zero = 48;
const minus = 45;

/**
 * The number at the start of a text as `hdr_val`, `cook_val` and `urlp_val` read it: 32 bits, 0 for
 * an empty text. A byte above `9` ends it; one below `0` does not, and counts as a negative digit:
 * HAProxy reads `1.5` as 85, and rules that compare versions depend on it.
 */
export function looseInteger(text: string): number {
  let value = 0;
  const negative = text.charCodeAt(0) === minus;
  for (let i = negative ? 1 : 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - zero;
    if (digit > 9 && digit < 80) break;
    const signed = digit >= 80 ? digit - 256 : digit;
    value = (Math.imul(value, 10) + (negative ? -signed : signed)) | 0;
  }
  return value;
}
