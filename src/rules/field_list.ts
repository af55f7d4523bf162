/**
 * Where the next value of a comma-separated field ends: the index of the comma outside double
 * quotes at or after `from`, or the length.
 */
export function valueEnd(text: string, from: number): number {
  let quoted = false;
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted && c === 92) i++;
    else if (c === 34) quoted = !quoted;
    else if (c === 44 && !quoted) return i;
  }
  return text.length;
}

/**
 * Puts other values in place of those of a comma-separated field. A replaced value takes the place
 * of the blanks around it too, as HAProxy does. `replace` gives the new value, or undefined to keep
 * it.
 */
export function mapValues(
  text: string,
  replace: (value: string) => string | undefined,
): string {
  let out = "";
  let copied = 0;
  for (let from = 0; from <= text.length;) {
    const end = valueEnd(text, from);
    let start = from;
    let stop = end;
    while (start < stop && isBlank(text.charCodeAt(start))) start++;
    while (stop > start && isBlank(text.charCodeAt(stop - 1))) stop--;
    const value = replace(text.substring(start, stop));
    if (value !== undefined) {
      out += text.substring(copied, from) + value;
      copied = end;
    }
    from = end + 1;
  }
  return out + text.substring(copied);
}

function isBlank(c: number): boolean {
  return c === 32 || c === 9;
}
