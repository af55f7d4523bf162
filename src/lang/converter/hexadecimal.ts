const digits = "0123456789ABCDEF";

/** By byte value, its two upper-case digits. */
export const hexPairs: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => digits[byte >> 4]! + digits[byte & 15]!,
);

export function hexOf(bytes: string): string {
  let out = "";
  for (let i = 0; i < bytes.length; i++) out += hexPairs[bytes.charCodeAt(i) & 0xff];
  return out;
}

/** The value of a hexadecimal digit, -1 for any other byte. */
export function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
