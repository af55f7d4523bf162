/**
 * Lower case for the letters A to Z alone. Bytes above 127 stay what they are: text is latin1, and
 * `toLowerCase` by itself would take `É` for `é`.
 */
export function asciiLower(text: string): string {
  if (text === lastText) return lastLower;
  const lower = text.toLowerCase();
  lastText = text;
  lastLower = lower === text || !hasHighByte(text)
    ? lower
    : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  return lastLower;
}

/** Several ACLs fold the same header of one request, and the next request's is often the same. */
let lastText = "";
let lastLower = "";

/** True when some code unit is above 127. */
export function hasHighByte(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return true;
  return false;
}

/** Letters, digits and `. : _ -`: what names of ACLs and proxies are made of. */
export function isNameCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 58) ||
    code === 45 || code === 46 || code === 95;
}

/**
 * The offset of the first code unit from `at` on that cannot stand in a keyword's name: `+` can,
 * as in `base32+src`.
 */
export function nameEnd(text: string, at = 0): number {
  while (at < text.length && (text.charCodeAt(at) === 43 || isNameCode(text.charCodeAt(at)))) at++;
  return at;
}
