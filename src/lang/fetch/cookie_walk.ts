import type { Fields } from "../../http/fields.ts";
import { eachHeaderValue } from "./header_walk.ts";

/** `Cookie` holds a list of cookies, `Set-Cookie` one cookie and its attributes. */
export type CookieField = "cookie" | "set-cookie";

const equalsSign = 61;
const semicolon = 59;
const comma = 44;
const dollar = 36;
const doubleQuote = 34;
const backslash = 92;

/**
 * Gives the value of every cookie called `name` ("" for all) until `visit` returns true; returns
 * true when it did. Names are compared exactly; values keep their quotes; `$` attributes and
 * entries without `=` are passed over (RFC 6265 as HAProxy takes it).
 */
export function eachCookie(
  fields: Fields,
  field: CookieField,
  name: string,
  visit: (value: string) => boolean,
): boolean {
  return eachHeaderValue(
    fields,
    field,
    "values",
    (line) => line.length > name.length && cookiesOfLine(line, field, name, visit),
  );
}

function cookiesOfLine(
  line: string,
  field: CookieField,
  name: string,
  visit: (value: string) => boolean,
): boolean {
  const list = field === "cookie";
  // Like HAProxy, an empty cookie that ends the line is not found by its name.
  for (let at = 0; at + name.length + 1 < line.length;) {
    const start = skipBlanks(line, at);
    let nameEnd = start;
    let i = start;
    for (; i < line.length; i++) {
      const c = line.charCodeAt(i);
      if (c === equalsSign || c === semicolon || (list && c === comma)) break;
      if (!isBlank(c)) nameEnd = i + 1;
    }
    if (line.charCodeAt(i) !== equalsSign) {
      at = i + 1;
      continue;
    }
    const from = skipBlanks(line, i + 1);
    const end = cookieValueEnd(line, from);
    at = end + 1;
    if (line.charCodeAt(start) === dollar) continue;
    if (name === "" || (nameEnd - start === name.length && line.startsWith(name, start))) {
      if (visit(trimEnd(line, from, end))) return true;
    } else if (!list) return false;
  }
  return false;
}

/** Names of the cookies in order; of `Set-Cookie` only the cookie itself has one. */
export function eachCookieName(
  fields: Fields,
  field: CookieField,
  visit: (name: string) => boolean,
): boolean {
  return eachHeaderValue(fields, field, "lines", (line) => namesOfLine(line, field, visit));
}

function namesOfLine(line: string, field: CookieField, visit: (name: string) => boolean): boolean {
  for (let at = 0; at + 1 < line.length;) {
    const start = skipBlanks(line, at);
    let nameEnd = start;
    let i = start;
    for (; i < line.length; i++) {
      const c = line.charCodeAt(i);
      if (c === equalsSign || c === semicolon) break;
      if (!isBlank(c)) nameEnd = i + 1;
    }
    if (line.charCodeAt(i) !== equalsSign) {
      at = i + 1;
      continue;
    }
    at = cookieValueEnd(line, skipBlanks(line, i + 1)) + 1;
    if (line.charCodeAt(start) === dollar) continue;
    if (visit(line.substring(start, nameEnd))) return true;
    if (field === "set-cookie") return false;
  }
  return false;
}

/** Offset of the comma or semicolon outside quotes that ends a value. */
function cookieValueEnd(line: string, from: number): number {
  let quoted = false;
  for (let i = from; i < line.length; i++) {
    const c = line.charCodeAt(i);
    if (c === doubleQuote) quoted = !quoted;
    else if (quoted) {
      if (c === backslash) i++;
    } else if (c === comma || c === semicolon) return i;
  }
  return line.length;
}

function skipBlanks(text: string, at: number): number {
  while (at < text.length && isBlank(text.charCodeAt(at))) at++;
  return at;
}

function trimEnd(text: string, from: number, to: number): string {
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.substring(from, to);
}

function isBlank(c: number): boolean {
  return c === 32 || c === 9;
}
