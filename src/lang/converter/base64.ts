import { Buffer } from "node:buffer";

const value = new Int8Array(256).fill(-1);
for (
  const [i, c] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"].entries()
) {
  value[c.charCodeAt(0)] = i;
}
const plus = 43;
const slash = 47;
const minus = 45;
const underscore = 95;
const equals = 61;

export function encodeBase64(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("base64");
}

/** RFC 4648 §5, without padding. */
export function encodeBase64Url(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("base64url");
}

/**
 * Decodes padded base64; undefined when the length is no multiple of four or another byte than the
 * alphabet's stands in it. As HAProxy does, every four characters may end in padding.
 */
export function decodeBase64(text: string): string | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.indexOf("=");
  if (padding < 0 || padding >= text.length - 2) return decodeBlocks(text);
  let out = "";
  for (let at = 0; at < text.length; at += 4) {
    const bytes = decodeBlocks(text.substring(at, at + 4));
    if (bytes === undefined) return undefined;
    out += bytes;
  }
  return out;
}

/** Decodes blocks of four of which the last may be padded; one character and padding is nothing. */
function decodeBlocks(text: string): string | undefined {
  let end = text.length;
  while (end > 0 && text.length - end < 3 && text.charCodeAt(end - 1) === equals) end--;
  return isAlphabet(text, end, plus, slash) ? decode(text.substring(0, end), "base64") : undefined;
}

/**
 * Decodes base64url without padding; undefined for anything else. As in HAProxy's table, `=` has the
 * value of `_`.
 */
export function decodeBase64Url(text: string): string | undefined {
  if (text.length % 4 === 1) return undefined;
  const input = text.includes("=") ? text.replaceAll("=", "_") : text;
  return isAlphabet(input, input.length, minus, underscore)
    ? decode(input, "base64url")
    : undefined;
}

function isAlphabet(text: string, end: number, c62: number, c63: number): boolean {
  for (let i = 0; i < end; i++) {
    const c = text.charCodeAt(i);
    if (value[c & 0xff]! < 0 && c !== c62 && c !== c63) return false;
  }
  return true;
}

function decode(text: string, encoding: "base64" | "base64url"): string {
  return Buffer.from(text, encoding).toString("latin1");
}
