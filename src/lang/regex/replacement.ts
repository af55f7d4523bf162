import type { RegexMatch } from "./compile.ts";

/** What a replacement text becomes for one match. Undefined when the text ends within an escape. */
export type Replacement = (groups: RegexMatch["groups"]) => string | undefined;

/** Groups that a replacement can refer to: `\0` to `\9`. */
const groupsMax = 10;

/**
 * Compiles a replacement: `\0` is the match, `\1` to `\9` its groups (nothing for one that took no
 * part), `\xHH` a byte, and a backslash before anything else stands for that character.
 */
export function compileReplacement(text: string): Replacement {
  const parts: (string | number)[] = [];
  let literal = "";
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "\\") {
      literal += text[at];
      continue;
    }
    const c = text.charCodeAt(++at);
    if (Number.isNaN(c)) return () => undefined;
    if (c >= 48 && c < 48 + groupsMax) {
      if (literal !== "") parts.push(literal);
      literal = "";
      parts.push(c - 48);
    } else if (c === 120) {
      const digits = /^[0-9a-fA-F]{2}/.exec(text.substring(at + 1, at + 3));
      if (digits === null) return () => undefined;
      literal += String.fromCharCode(parseInt(digits[0], 16));
      at += 2;
    } else literal += text[at];
  }
  if (literal !== "") parts.push(literal);
  const [only] = parts;
  if (parts.length === 0) return () => "";
  if (parts.length === 1 && typeof only === "string") return () => only;
  return (groups) => {
    let out = "";
    for (const part of parts) out += typeof part === "string" ? part : groups[part] ?? "";
    return out;
  };
}
