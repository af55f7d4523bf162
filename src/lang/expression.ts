import { ArgumentError, type ArgumentOwner, parseArguments } from "./arguments.ts";
import { nameEnd } from "./ascii.ts";
import { castFor, same } from "./cast.ts";
import { converters, fetches } from "./catalog.ts";
import { CompiledExpression, type Step } from "./compiled_expression.ts";
import { convertersMissing, fetchesMissing } from "./missing_names.ts";
import { nearest } from "./nearest.ts";
import type { LangScope } from "./scope.ts";
import { type Arg, type ConverterSpec, type FetchSpec, LangError } from "./spec.ts";
import { unsupported } from "./unsupported.ts";
import type { SampleType } from "./value.ts";

export type { CompiledExpression } from "./compiled_expression.ts";

/** An expression and the index of the first word behind it. */
export interface ParsedExpression {
  readonly expression: CompiledExpression;
  readonly next: number;
}

/**
 * Parses `fetch(args),converter(args)…` at `words[at]`. Words after it that are names of converters
 * belong to it too, as in HAProxy. `place` says in messages what asks for a name that does not
 * exist. Throws LangError.
 */
export function parseExpression(
  words: readonly string[],
  at: number,
  scope: LangScope,
  place: ArgumentOwner["kind"] = "sample fetch",
): ParsedExpression {
  const word = words[at] ?? "";
  const end = nameEnd(word);
  if (end === 0) throw new LangError("missing fetch method", word);
  const name = word.substring(0, end);
  const fetch = fetches.get(name);
  if (fetch === undefined) throw unknownName("fetch method", name, fetchesMissing, fetches);
  const head = parseFetch(word, end, fetch, { kind: place, name }, "fetch method", scope);
  return parseConverters(words, at, head, scope, "with following words");
}

/** A name that HAProxy has is not unknown, only missing. */
function unknownName(
  what: "fetch method" | "converter",
  name: string,
  missing: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, unknown>,
): LangError {
  const why = missing.get(name);
  return why === undefined
    ? new LangError(`unknown ${what} '${name}'`, name, () => nearest(name, known.keys()))
    : new LangError(unsupported(`${what} '${name}'`, why), name);
}

/** What stands before the first converter. */
interface ParsedFetch {
  readonly spec: FetchSpec;
  readonly args: readonly (Arg | undefined)[];
  readonly fetch: ReturnType<FetchSpec["make"]>;
  /** The fetch as it is called in the table with its arguments as written. */
  readonly key: string;
  /** The name as written. */
  readonly keyword: string;
  /** Offset in the word behind the arguments. */
  readonly end: number;
}

/** Parses and makes a fetch whose arguments may stand at `at`; `called` begins messages about them. */
export function parseFetch(
  word: string,
  at: number,
  spec: FetchSpec,
  owner: ArgumentOwner,
  called: "fetch method" | "ACL keyword",
  scope: LangScope,
): ParsedFetch {
  const { args, end } = rewording(
    () => parseArguments(word, at, spec.args, owner, scope),
    (error) => `${called} '${owner.name}' : ${error.message}`,
  );
  if (end < word.length && word[end] !== ",") {
    throw new LangError(`missing comma after fetch keyword '${owner.name}'`, word);
  }
  const key = spec.name + word.substring(at, end);
  return { spec, args, fetch: spec.make(args, scope), key, keyword: owner.name, end };
}

/** Parses the converters behind a fetch and puts the expression together. */
export function parseConverters(
  words: readonly string[],
  at: number,
  head: ParsedFetch,
  scope: LangScope,
  reach: "with following words" | "this word alone",
): ParsedExpression {
  const steps: Step[] = [];
  let type: SampleType = head.fetch.type ?? head.spec.type;
  let key = head.key;
  let next = at + 1;
  let word = words[at]!;
  let end = head.end;
  for (;;) {
    let isNewWord = false;
    end = skipCommas(word, end);
    if (end === word.length) {
      if (reach === "this word alone" || next >= words.length) break;
      word = words[next]!;
      end = skipCommas(word, 0);
      isNewWord = true;
    }
    const start = end;
    end = nameEnd(word, start);
    const name = word.substring(start, end);
    const spec = converters.get(name);
    if (spec === undefined) {
      if (isNewWord) break;
      throw unknownName("converter", name, convertersMissing, converters);
    }
    if (isNewWord) next++;
    const parsed = parseConverter(word, end, spec, type, scope);
    steps.push(parsed.step);
    type = parsed.step.output;
    key += "," + word.substring(start, parsed.end);
    end = parsed.end;
  }
  const text = words.slice(at, next).join(" ");
  return { expression: new CompiledExpression({ ...head, type, steps, key, text }), next };
}

function parseConverter(
  word: string,
  at: number,
  spec: ConverterSpec,
  from: SampleType,
  scope: LangScope,
): { step: Step; end: number } {
  const { name } = spec;
  const cast = castFor(from, spec.input);
  if (cast === undefined) throw new LangError(`converter '${name}' cannot be applied`, word);
  const { args, end } = rewording(
    () => parseArguments(word, at, spec.args, { kind: "converter", name }, scope),
    (error) => `invalid arg ${error.position} in converter '${name}' : ${error.message}`,
  );
  if (end < word.length && word[end] !== ",") {
    throw new LangError(`missing comma after converter '${name}'`, word);
  }
  const made = spec.make(args, scope);
  const convert = typeof made === "function" ? made : made.convert;
  const output = typeof made === "function" ? spec.output : made.output;
  return {
    step: { name, cast: cast === same ? undefined : cast, convert, output, pure: spec.pure },
    end,
  };
}

function skipCommas(word: string, at: number): number {
  while (word[at] === ",") at++;
  return at;
}

function rewording<T>(parse: () => T, reword: (error: ArgumentError) => string): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new LangError(reword(error), error.word);
  }
}
