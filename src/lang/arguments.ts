import { parseTypedArgument } from "./argument_types.ts";
import { cutArguments } from "./argument_words.ts";
import type { Arg, ArgSpec, ArgType, Scope } from "./spec.ts";
import { LangError } from "./spec.ts";

/** Whose arguments are parsed, as messages name it: `ACL keyword 'be_conn'`. */
export interface ArgumentOwner {
  readonly kind: "ACL keyword" | "sample fetch" | "converter";
  readonly name: string;
}

/** What HAProxy's messages call the types. */
export const argTypeNames: Readonly<Record<ArgType, string>> = {
  string: "string",
  integer: "integer",
  time: "delay",
  size: "size",
  frontend: "frontend",
  backend: "backend",
  server: "server",
  userlist: "user list",
  table: "table",
  mask4: "IPv4 mask",
  mask6: "IPv6 mask",
  regex: "regex",
  map: "map",
  variable: "variable",
};

/** An error in an argument, with the position that HAProxy names in some of its messages. */
export class ArgumentError extends LangError {
  constructor(message: string, readonly position: number, word?: string) {
    super(message, word);
  }
}

/**
 * Parses the arguments in parentheses that may stand at `at` and resolves names in them. `end` is
 * behind them. Throws ArgumentError, or UnresolvedName for a name that does not exist.
 */
export function parseArguments(
  text: string,
  at: number,
  specs: readonly ArgSpec[],
  owner: ArgumentOwner,
  scope: Scope,
): { readonly args: readonly (Arg | undefined)[]; readonly end: number } {
  const most = specs.at(-1)?.repeated ? Infinity : specs.length;
  const { words, end } = cutWords(text, at, most);
  const least = specs.filter((spec) => !spec.optional).length;
  // Mandatory arguments without parentheses are one empty argument.
  const given = words ?? (least > 0 ? [""] : []);
  const args = given.map((word, i) => {
    const spec = specs[Math.min(i, specs.length - 1)]!;
    return parseArgument(word, spec, i + 1, owner, scope);
  });
  if (args.length < least) {
    const missing = argTypeNames[specs[args.length]!.type];
    throw new ArgumentError(
      `missing arguments (got ${args.length}/${least}), type '${missing}' expected`,
      args.length + 1,
      text,
    );
  }
  return { args, end };
}

function cutWords(text: string, at: number, most: number) {
  try {
    if (most > 0) return cutArguments(text, at, most);
    // `path()` is a way to write `path`.
    if (text.charCodeAt(at) !== 40) return { words: undefined, end: at };
    if (text.charCodeAt(at + 1) === 41) return { words: [], end: at + 2 };
    const rest = text.substring(at + 1);
    throw new LangError(rest === "" ? "expected ')'" : `expected ')' before '${rest}'`, text);
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw new ArgumentError(error.message, most + 1, text);
  }
}

function parseArgument(
  word: string,
  spec: ArgSpec,
  position: number,
  owner: ArgumentOwner,
  scope: Scope,
): Arg | undefined {
  if (word === "" && !isText(spec.type)) {
    if (spec.optional) return undefined;
    throw new ArgumentError(
      `expected type '${argTypeNames[spec.type]}' at position ${position}, but got nothing`,
      position,
    );
  }
  const where = `arg ${position} of ${owner.kind} '${owner.name}' in proxy '${scope.proxyName}'`;
  const arg = parseTypedArgument(word, spec.type, where, scope);
  if (arg !== undefined) return arg;
  throw new ArgumentError(
    `failed to parse '${word}' as type '${argTypeNames[spec.type]}' at position ${position}`,
    position,
    word,
  );
}

/** Types for which nothing between the commas is a value, the empty text. */
function isText(type: ArgType): boolean {
  return type === "string" || type === "regex" || type === "map" || type === "variable";
}
