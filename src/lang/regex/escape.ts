import { type ByteSet, byteSet, complement, newline, typeEscapes } from "./byte_set.ts";
import { PatternError, unsupported } from "./pattern_error.ts";

/**
 * What a backslash and what follows stand for: one byte, a type of bytes, or a letter with a
 * meaning that depends on where it stands.
 */
export type Escape =
  | { readonly kind: "byte"; readonly byte: number }
  | { readonly kind: "type"; readonly set: ByteSet }
  | { readonly kind: "backreference"; readonly number: number; readonly offset: number }
  | { readonly kind: "letter"; readonly letter: string };

const controls: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 };

/** Letters that mean something of their own, outside of classes or inside. */
const positional = "AZzbBGRQEXCKN";

/**
 * Reads the escape whose backslash is at `at`. `groups` is the number of capturing groups so far:
 * it decides whether `\12` is an octal number.
 */
export function readEscape(
  source: string,
  at: number,
  groups: number,
  inClass: boolean,
): { readonly escape: Escape; readonly next: number } {
  const letter = source[at + 1];
  if (letter === undefined) throw new PatternError("\\ at end of pattern", source.length);
  const next = at + 2;
  if (!/[0-9A-Za-z]/.test(letter)) return { escape: byte(letter.charCodeAt(0)), next };
  if (positional.includes(letter)) return { escape: { kind: "letter", letter }, next };
  const control = controls[letter];
  if (control !== undefined) return { escape: byte(control), next };
  const type = typeEscapes[letter.toLowerCase()];
  if (type !== undefined) {
    const set = letter === letter.toLowerCase() ? type : complement(type);
    return { escape: { kind: "type", set }, next };
  }
  if (/[0-9]/.test(letter)) return readNumber(source, at, groups, inClass);
  switch (letter) {
    case "x":
      return readHex(source, next);
    case "o":
      return readBracedOctal(source, next);
    case "c":
      return readControl(source, next);
    case "p":
    case "P":
      throw unsupported("Unicode property", at);
    case "g":
    case "k":
      throw unsupported("backreference", at);
    case "F":
    case "L":
    case "l":
    case "U":
    case "u":
      throw new PatternError("PCRE2 does not support \\F, \\L, \\l, \\N{name}, \\U, or \\u", next);
  }
  throw new PatternError("unrecognized character follows \\", at + 1);
}

/** `\N`: any byte but a newline. */
export const notNewline: ByteSet = complement(newline);

/** The bytes that an escape inside or outside of a class names, when it is that simple. */
export function escapeSet(escape: Escape): ByteSet | undefined {
  return escape.kind === "byte"
    ? byteSet(escape.byte)
    : escape.kind === "type"
    ? escape.set
    : undefined;
}

function byte(value: number): Escape {
  return { kind: "byte", byte: value };
}

function readNumber(source: string, at: number, groups: number, inClass: boolean) {
  const decimal = /^[0-9]+/.exec(source.slice(at + 1, at + 12))![0];
  const value = Number(decimal);
  const first = decimal[0]!;
  if (!inClass && first !== "0" && (value < 10 || first >= "8" || value <= groups)) {
    const escape: Escape = { kind: "backreference", number: value, offset: at + decimal.length };
    return { escape, next: at + 1 + decimal.length };
  }
  const octal = /^[0-7]{0,3}/.exec(decimal)![0];
  // In a class `\8` is the digit itself.
  if (octal === "") return { escape: byte(first.charCodeAt(0)), next: at + 2 };
  const code = parseInt(octal, 8);
  const next = at + 1 + octal.length;
  if (code > 255) {
    throw new PatternError("octal value is greater than \\377 in 8-bit non-UTF-8 mode", next);
  }
  return { escape: byte(code), next };
}

function readHex(source: string, at: number) {
  if (source[at] !== "{") {
    const digits = /^[0-9a-fA-F]{0,2}/.exec(source.slice(at, at + 2))![0];
    return { escape: byte(digits === "" ? 0 : parseInt(digits, 16)), next: at + digits.length };
  }
  const digits = /^[0-9a-fA-F]*/.exec(source.slice(at + 1))![0];
  const end = at + 1 + digits.length;
  if (digits !== "" && parseInt(digits, 16) > 255) throw tooLarge(end);
  if (source[end] !== "}" || digits === "") {
    throw new PatternError("non-hex character in \\x{} (closing brace missing?)", end);
  }
  return { escape: byte(parseInt(digits, 16)), next: end + 1 };
}

function readBracedOctal(source: string, at: number) {
  if (source[at] !== "{") {
    throw new PatternError("missing opening brace after \\o", at);
  }
  const digits = /^[0-7]*/.exec(source.slice(at + 1))![0];
  const end = at + 1 + digits.length;
  if (digits !== "" && parseInt(digits, 8) > 255) throw tooLarge(end);
  if (source[end] !== "}" || digits === "") {
    throw new PatternError("non-octal character in \\o{} (closing brace missing?)", end);
  }
  return { escape: byte(parseInt(digits, 8)), next: end + 1 };
}

function tooLarge(offset: number): PatternError {
  return new PatternError("character code point value in \\x{} or \\o{} is too large", offset);
}

function readControl(source: string, at: number) {
  if (at >= source.length) throw new PatternError("\\c at end of pattern", at);
  const code = source.charCodeAt(at);
  if (code < 0x20 || code > 0x7e) {
    throw new PatternError("\\c must be followed by a printable ASCII character", at);
  }
  const upper = code >= 0x61 && code <= 0x7a ? code - 32 : code;
  return { escape: byte(upper ^ 0x40), next: at + 1 };
}
