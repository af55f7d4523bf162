import { PatternError, unsupported } from "./pattern_error.ts";

/** Options that a pattern may change inside itself. */
export interface Options {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly extended: boolean;
  readonly noCapture: boolean;
  readonly ungreedy: boolean;
  readonly duplicateNames: boolean;
}

/** What an opening parenthesis starts; `next` is behind what was read. */
export type GroupHead =
  | { readonly kind: "capture"; readonly name: string | undefined; readonly next: number }
  /** `(?:…)` or `(?i:…)`. */
  | { readonly kind: "plain"; readonly options: Options; readonly next: number }
  | { readonly kind: "atomic"; readonly next: number }
  /** `(?i)`: complete, holds until the end of the group around it. */
  | { readonly kind: "options"; readonly options: Options; readonly next: number }
  | { readonly kind: "comment"; readonly next: number };

const refused: readonly (readonly [start: string, construct: string])[] = [
  ["(?=", "lookahead"],
  ["(?!", "lookahead"],
  ["(?<=", "lookbehind"],
  ["(?<!", "lookbehind"],
  ["(?*", "lookahead"],
  ["(?<*", "lookbehind"],
  ["(?|", "branch reset group"],
  ["(?(", "conditional group"],
  ["(?C", "callout"],
  ["(?R", "recursion"],
  ["(?&", "recursion"],
  ["(?P>", "recursion"],
  ["(?P=", "backreference"],
  ["(*", "verb"],
];

/** Reads what follows the `(` at `at`. */
export function readGroupHead(source: string, at: number, options: Options): GroupHead {
  const construct = refused.find(([start]) => source.startsWith(start, at));
  if (construct !== undefined) throw unsupported(construct[1], at);
  if (source[at + 1] !== "?") return { kind: "capture", name: undefined, next: at + 1 };
  if (at + 2 >= source.length) {
    throw new PatternError("missing closing parenthesis", source.length);
  }
  if (/[0-9]|[+-][0-9]/.test(source.slice(at + 2, at + 4)) && /[0-9+-]/.test(source[at + 2]!)) {
    throw unsupported("recursion", at);
  }
  if (source.startsWith("(?#", at)) return readComment(source, at);
  if (source[at + 2] === ">") return { kind: "atomic", next: at + 3 };
  if (source.startsWith("(?P<", at)) return readName(source, at + 4, ">");
  if (source[at + 2] === "<") return readName(source, at + 3, ">");
  if (source[at + 2] === "'") return readName(source, at + 3, "'");
  return readOptions(source, at + 2, options);
}

function readComment(source: string, at: number): GroupHead {
  const end = source.indexOf(")", at);
  if (end < 0) throw new PatternError("missing ) after (?# comment", source.length);
  return { kind: "comment", next: end + 1 };
}

/** PCRE2's limit for the name of a group. */
const nameBytesMax = 32;

function readName(source: string, at: number, close: string): GroupHead {
  const name = /^[A-Za-z0-9_]*/.exec(source.slice(at))![0];
  if (/^[0-9]/.test(name)) {
    throw new PatternError("subpattern name must start with a non-digit", at);
  }
  if (name === "") throw new PatternError("subpattern name expected", at);
  if (name.length > nameBytesMax) {
    throw new PatternError(
      "subpattern name is too long (maximum 32 code units)",
      at + nameBytesMax + 1,
    );
  }
  const end = at + name.length;
  if (source[end] !== close) {
    throw new PatternError("syntax error in subpattern name (missing terminator?)", end);
  }
  return { kind: "capture", name, next: end + 1 };
}

type Changes = { -readonly [K in keyof Options]: Options[K] };

const optionLetters: Readonly<Record<string, keyof Options>> = {
  i: "ignoreCase",
  m: "multiline",
  s: "dotAll",
  x: "extended",
  n: "noCapture",
  U: "ungreedy",
  J: "duplicateNames",
};

function readOptions(source: string, from: number, options: Options): GroupHead {
  const changed: Changes = { ...options };
  let value = true;
  for (let at = from; at < source.length; at++) {
    const c = source[at]!;
    const key = optionLetters[c];
    if (c === ")") return { kind: "options", options: changed, next: at + 1 };
    if (c === ":") return { kind: "plain", options: changed, next: at + 1 };
    if (c === "^" && at === from) {
      changed.ignoreCase = changed.multiline = changed.dotAll = false;
      changed.extended = changed.noCapture = false;
    } else if (c === "-" && value && source[from] !== "^") value = false;
    else if (key !== undefined) changed[key] = value;
    else throw new PatternError("unrecognized character after (? or (?-", at);
  }
  throw new PatternError("missing closing parenthesis", source.length);
}
