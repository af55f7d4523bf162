import type { MatchMethod } from "./pattern/match_method.ts";
import { optionMethod } from "./pattern/match_method.ts";
import { LangError } from "./spec.ts";

/** A file named by `-f` with the flags that stood before it. */
export interface PatternFileFlag {
  readonly path: string;
  readonly columns: 1 | 2;
  readonly ignoreCase: boolean;
}

/** What the flags between an expression and its patterns say. */
export interface AclFlags {
  readonly method: MatchMethod | undefined;
  readonly files: readonly PatternFileFlag[];
  /** For the patterns that stand inline, and files behind the flag. */
  readonly ignoreCase: boolean;
  readonly resolveNames: boolean;
  readonly id: number | undefined;
  /** `--` ended them. */
  readonly ended: boolean;
  /** Index of the first pattern. */
  readonly next: number;
}

/** Reads flags from `words[at]` on. Throws LangError with HAProxy's texts. */
export function parseAclFlags(words: readonly string[], at: number): AclFlags {
  const files: PatternFileFlag[] = [];
  let method: MatchMethod | undefined;
  let ignoreCase = false;
  let resolveNames = true;
  let columns: 1 | 2 = 1;
  let id: number | undefined;
  for (; words[at]?.startsWith("-"); at++) {
    const flag = words[at]!;
    switch (flag) {
      case "--":
        return { method, files, ignoreCase, resolveNames, id, ended: true, next: at + 1 };
      case "-i":
        ignoreCase = true;
        break;
      case "-n":
        resolveNames = false;
        break;
      case "-M":
        columns = 2;
        break;
      case "-u":
        id = parseId(words[++at] ?? "");
        break;
      case "-f":
        files.push({ path: words[++at] ?? "", columns, ignoreCase });
        break;
      case "-m":
        method = parseMethod(words[++at] ?? "", method, files.length > 0);
        break;
      default:
        throw new LangError(
          `'${flag}' is not a valid ACL option. ` +
            "Please use '--' before any pattern beginning with a '-'",
          flag,
        );
    }
  }
  return { method, files, ignoreCase, resolveNames, id, ended: false, next: at };
}

function parseId(word: string): number {
  if (!/^[0-9]+$/.test(word)) throw new LangError("the argument of -u must be an integer", word);
  return Number(word);
}

function parseMethod(
  word: string,
  before: MatchMethod | undefined,
  isLoaded: boolean,
): MatchMethod {
  if (isLoaded) {
    throw new LangError(
      "'-m' must only be specified before patterns and files in parsing ACL expression",
      "-m",
    );
  }
  if (before !== undefined) {
    throw new LangError(
      "only one explicit matching method can be defined with '-m' parameter. " +
        "if migrating from an old version, just keep the last one",
      word,
    );
  }
  const method = optionMethod(word);
  if (method !== undefined) return method;
  throw new LangError(`unknown matching method '${word}' when parsing ACL expression`, word);
}
