import { Buffer } from "node:buffer";

/**
 * A latin1 text (one code unit is one byte) as a JSON string of UTF-8, again latin1. Bytes that are
 * no UTF-8 become U+FFFD, so that the line is always valid.
 */
export function jsonString(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 128) return utf8String(text);
    if (c < 32 || c === 34 || c === 92) return escapedString(text, i + 1);
  }
  return `"${text}"`;
}

function escapedString(text: string, from: number): string {
  for (let i = from; i < text.length; i++) if (text.charCodeAt(i) >= 128) return utf8String(text);
  return JSON.stringify(text);
}

function utf8String(text: string): string {
  const decoded = Buffer.from(text, "latin1").toString("utf8");
  return Buffer.from(JSON.stringify(decoded), "utf8").toString("latin1");
}
