import { Buffer } from "node:buffer";

/**
 * Configuration text, which is latin1 of what is usually UTF-8, as people read it. What is no UTF-8
 * stays as it is.
 */
export function displayText(text: string): string {
  if (!/^[\x00-\xff]*$/.test(text) || /^[\x00-\x7f]*$/.test(text)) return text;
  const decoded = Buffer.from(text, "latin1").toString("utf8");
  return decoded.includes("\ufffd") ? text : decoded;
}
