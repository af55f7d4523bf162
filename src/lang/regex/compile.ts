import { LangError } from "../spec.ts";
import { withoutAtomics } from "./atomic.ts";
import { isAnchored, isLinear } from "./backtracking.ts";
import { type Literal, literalOf } from "./literal.ts";
import { nativeSource } from "./native.ts";
import { parsePattern } from "./parse.ts";
import { PatternError } from "./pattern_error.ts";
import { compileProgram } from "./program.ts";
import { Search } from "./search.ts";
import { Threads } from "./threads.ts";
import type { Node } from "./tree.ts";

export interface RegexMatch {
  /** Byte offsets of the match. */
  readonly index: number;
  readonly end: number;
  /** The whole match, then each group; undefined for a group that took no part. */
  readonly groups: (string | undefined)[];
}

/** A pattern that finds its answer in time linear in the text, whatever the text. */
export interface CompiledRegex {
  readonly source: string;
  readonly groupCount: number;
  /** The pattern matches somewhere in `text` (latin1). */
  test(text: string): boolean;
  /**
   * The leftmost match that begins at `from` or later. The text before `from` is seen by `^` and
   * `\b`. Of several at one place, the one that a backtracking engine tries first.
   */
  exec(text: string, from?: number): RegexMatch | undefined;
  /** The whole language when it is a plain literal: lets callers index it. */
  readonly literal?: Literal;
  /** What runs `test`: JavaScript's engine, or the automaton where that could take too long. */
  readonly engine: "native" | "automaton";
}

export interface RegexFlags {
  /** ASCII letters only, as PCRE2 does without UTF. */
  readonly ignoreCase: boolean;
  /** The start of the text is no start of a line: `^` does not hold there (PCRE2_NOTBOL). */
  readonly notBeginning?: true;
  /** For tests: never JavaScript's engine. */
  readonly engine?: "automaton";
}

/**
 * Compiles a PCRE2 pattern on bytes.
 *
 * @throws {LangError} with PCRE2's message and offset, also for what Sluice does not support:
 * lookaround, backreferences, recursion, conditional groups, `\K`, `\X`, Unicode properties
 */
export function compileRegex(source: string, flags: RegexFlags): CompiledRegex {
  try {
    const { root, groupCount } = parsePattern(source, flags.ignoreCase);
    return build(source, withoutAtomics(root, undefined), groupCount, flags);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new LangError(
      `regex '${source}' is invalid (error=${error.message}, erroffset=${error.offset})`,
      source,
    );
  }
}

function build(source: string, root: Node, groupCount: number, flags: RegexFlags): CompiledRegex {
  const startIsLine = flags.notBeginning !== true;
  const automaton = automatonOf(source, root, groupCount, startIsLine);
  if (flags.engine === "automaton" || !isLinear(root)) {
    // Made at once, so that a pattern which is too large is refused when it is compiled.
    const { test, exec } = automaton();
    return { source, groupCount, test, exec, engine: "automaton" };
  }
  const native = new RegExp(nativeSource(root, "ignored", startIsLine));
  const literal = startIsLine ? literalOf(root) : undefined;
  const regex = {
    source,
    groupCount,
    test: (literal && literalTest(literal)) ?? ((text: string) => native.test(text)),
    exec: lastRoundKept(root)
      ? nativeExec(nativeSource(root, "captured", startIsLine))
      : lazily(automaton),
    engine: "native" as const,
  };
  return literal === undefined ? regex : { ...regex, literal };
}

function automatonOf(source: string, root: Node, groupCount: number, startIsLine: boolean) {
  return (): Pick<CompiledRegex, "test" | "exec"> => {
    const program = compileProgram(root, groupCount, source.length);
    const search = new Search(program, isAnchored(root), startIsLine);
    const threads = new Threads(program, startIsLine);
    return {
      test: (text) => search.test(text),
      exec(text, from = 0) {
        if (from === 0 && !search.test(text)) return undefined;
        const span = threads.exec(text, from);
        if (span === undefined) return undefined;
        const groups = [];
        for (let i = 0; i < span.groups.length; i += 2) {
          const [start, end] = [span.groups[i]!, span.groups[i + 1]!];
          groups.push(start < 0 || end < 0 ? undefined : text.substring(start, end));
        }
        return { index: span.index, end: span.end, groups };
      },
    };
  };
}

function lazily(make: () => Pick<CompiledRegex, "exec">): CompiledRegex["exec"] {
  let made: Pick<CompiledRegex, "exec"> | undefined;
  return (text, from) => (made ??= make()).exec(text, from);
}

function literalTest(
  { kind, text, ignoreCase }: Literal,
): ((subject: string) => boolean) | undefined {
  if (ignoreCase) return undefined;
  switch (kind) {
    case "exact":
      return (subject) => subject === text;
    case "prefix":
      return (subject) => subject.startsWith(text);
    case "suffix":
      return (subject) => subject.endsWith(text);
    case "substring":
      return (subject) => subject.includes(text);
  }
}

function nativeExec(source: string): CompiledRegex["exec"] {
  const native = new RegExp(source, "g");
  return (text, from = 0) => {
    native.lastIndex = from;
    const match = native.exec(text);
    if (match === null) return undefined;
    return { index: match.index, end: match.index + match[0].length, groups: [...match] };
  };
}

/**
 * JavaScript forgets the groups of earlier rounds of a repeat, PCRE2 keeps them: only where no group
 * stands in a repeat are the two the same.
 */
function lastRoundKept(node: Node, repeated = false): boolean {
  switch (node.kind) {
    case "empty":
    case "set":
    case "assert":
      return true;
    case "capture":
      return !repeated && lastRoundKept(node.body, repeated);
    case "sequence":
      return node.items.every((item) => lastRoundKept(item, repeated));
    case "alternation":
      return node.branches.every((branch) => lastRoundKept(branch, repeated));
    case "atomic":
      return lastRoundKept(node.body, repeated);
    case "repeat":
      return lastRoundKept(node.body, repeated || node.max > 1);
  }
}
