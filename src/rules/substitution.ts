/** What a regular expression found: its groups, the whole match first. */
export type Groups = readonly (string | undefined)[];

/**
 * Fills references into a replacement: `\0` to `\9` are groups, `\xHH` a byte, `\` before anything
 * else that character. Undefined when it ends within an escape.
 */
export function substitute(replacement: string, groups: Groups): string | undefined {
  let at = replacement.indexOf("\\");
  if (at < 0) return replacement;
  let out = "";
  let from = 0;
  while (at >= 0) {
    out += replacement.substring(from, at);
    const c = replacement.charCodeAt(at + 1);
    if (Number.isNaN(c)) return undefined;
    if (c >= 48 && c <= 57) {
      out += groups[c - 48] ?? "";
      from = at + 2;
    } else if (c === 120) {
      const byte = parseInt(replacement.substring(at + 2, at + 4), 16);
      if (replacement.length < at + 4 || Number.isNaN(byte)) return undefined;
      out += String.fromCharCode(byte);
      from = at + 4;
    } else {
      out += replacement[at + 1];
      from = at + 2;
    }
    at = replacement.indexOf("\\", from);
  }
  return out + replacement.substring(from);
}
