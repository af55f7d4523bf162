import type { Fields } from "../../http/fields.ts";

/**
 * Whether a field's value is a list cut at commas outside double quotes (`hdr`), or one value a
 * line (`fhdr`).
 */
export type Splitting = "values" | "lines";

const comma = 44;
const doubleQuote = 34;
const backslash = 92;

/** Index of the next field called `lower`, "" for any, after `after`; -1 at the end. */
export function nextField(fields: Fields, lower: string, after: number): number {
  return lower === "" ? fields.next(after) : fields.find(lower, after);
}

/**
 * Gives every value of the fields called `lower` ("" for all fields) in turn until `visit` returns
 * true; returns true when it did.
 */
export function eachHeaderValue(
  fields: Fields,
  lower: string,
  splitting: Splitting,
  visit: (value: string) => boolean,
): boolean {
  for (let i = nextField(fields, lower, -1); i >= 0; i = nextField(fields, lower, i)) {
    const value = fields.value(i);
    if (splitting === "lines" || !value.includes(",")) {
      if (visit(value)) return true;
    } else if (eachElement(value, visit)) return true;
  }
  return false;
}

/** The last value of the fields called `lower`. */
export function lastHeaderValue(
  fields: Fields,
  lower: string,
  splitting: Splitting,
): string | undefined {
  let last = -1;
  for (let i = nextField(fields, lower, -1); i >= 0; i = nextField(fields, lower, i)) last = i;
  if (last < 0) return undefined;
  const value = fields.value(last);
  return splitting === "lines" ? value : lastElement(value);
}

/** The first value of the fields called `lower`. */
export function firstHeaderValue(fields: Fields, lower: string): string | undefined {
  const i = fields.find(lower);
  if (i < 0) return undefined;
  const value = fields.value(i);
  return value.includes(",") ? trim(value, 0, elementEnd(value, 0)) : value;
}

/** The value at `occurrence`: from 1 for the first, from -1 for the last. */
export function headerValueAt(
  fields: Fields,
  lower: string,
  splitting: Splitting,
  occurrence: number,
): string | undefined {
  if (occurrence === -1) return lastHeaderValue(fields, lower, splitting);
  const values: string[] = [];
  eachHeaderValue(fields, lower, splitting, (value) => {
    values.push(value);
    return values.length === occurrence;
  });
  return occurrence > 0 ? values[occurrence - 1] : values[values.length + occurrence];
}

/** How many values {@link eachHeaderValue} gives. */
export function countHeaderValues(fields: Fields, lower: string, splitting: Splitting): number {
  let count = 0;
  for (let i = nextField(fields, lower, -1); i >= 0; i = nextField(fields, lower, i)) {
    count++;
    if (splitting === "lines") continue;
    const value = fields.value(i);
    if (!value.includes(",")) continue;
    for (let end = elementEnd(value, 0); end < value.length; end = elementEnd(value, end + 1)) {
      count++;
    }
  }
  return count;
}

function eachElement(value: string, visit: (value: string) => boolean): boolean {
  for (let from = 0;;) {
    const end = elementEnd(value, from);
    if (visit(trim(value, from, end))) return true;
    if (end >= value.length) return false;
    from = end + 1;
  }
}

function lastElement(value: string): string {
  const at = value.lastIndexOf(",");
  if (at < 0) return value;
  if (!value.includes('"')) return trim(value, at + 1, value.length);
  let from = 0;
  for (let end = elementEnd(value, 0); end < value.length; end = elementEnd(value, from)) {
    from = end + 1;
  }
  return trim(value, from, value.length);
}

/** Offset of the comma that ends the element at `from`, or the length of the text. */
function elementEnd(value: string, from: number): number {
  let quoted = false;
  for (let i = from; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c === doubleQuote) quoted = !quoted;
    else if (quoted) {
      if (c === backslash) i++;
    } else if (c === comma) return i;
  }
  return value.length;
}

function trim(value: string, from: number, to: number): string {
  while (from < to && isBlank(value.charCodeAt(from))) from++;
  while (to > from && isBlank(value.charCodeAt(to - 1))) to--;
  return value.substring(from, to);
}

function isBlank(c: number): boolean {
  return c === 32 || c === 9 || c === 13 || c === 10;
}
