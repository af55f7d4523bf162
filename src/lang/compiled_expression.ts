import type { Cast } from "./cast.ts";
import type { Context } from "./context.ts";
import type { Arg, Fetch, FetchSpec } from "./spec.ts";
import type { SampleType, Value } from "./value.ts";

type Convert = (value: Value, cx: Context) => Value | undefined;
type Visit = (value: Value) => boolean;

/** One converter of an expression. */
export interface Step {
  readonly name: string;
  /** To the converter's input type; undefined where none is needed. */
  readonly cast: Cast | undefined;
  readonly convert: Convert;
  readonly output: SampleType;
  readonly pure: boolean;
}

interface Parts {
  readonly spec: FetchSpec;
  readonly args: readonly (Arg | undefined)[];
  readonly fetch: Pick<Fetch, "get" | "each">;
  readonly type: SampleType;
  readonly steps: readonly Step[];
  readonly key: string;
  readonly keyword: string;
  readonly text: string;
}

/** A sample fetch with its converters, ready to be evaluated. */
export class CompiledExpression implements Fetch {
  readonly type: SampleType;
  /** As written. */
  readonly text: string;
  /** The same for expressions that mean the same: the fetch's own name, arguments, converters. */
  readonly key: string;
  /** The fetch or ACL keyword as written, without arguments. */
  readonly keyword: string;
  /** The fetch's arguments. */
  readonly args: readonly (Arg | undefined)[];
  /** 22 characters, `Y` where it may be used; see `phases` in spec.ts. */
  readonly phases: string;
  /** It reads a connection's raw bytes. */
  readonly raw: boolean;
  /** No side effect, and the same answer within one evaluation. */
  readonly pure: boolean;
  readonly get: (cx: Context) => Value | undefined;
  readonly each?: (cx: Context, visit: Visit) => boolean;

  constructor(parts: Parts) {
    const { spec, fetch, steps } = parts;
    this.type = parts.type;
    this.text = parts.text;
    this.key = parts.key;
    this.keyword = parts.keyword;
    this.args = parts.args;
    this.phases = spec.phases;
    this.raw = spec.raw === true;
    this.pure = spec.pure && steps.every((step) => step.pure);
    const convert = chain(steps);
    // A closure is compiled into its caller; a bound function is called.
    const get = (cx: Context) => fetch.get(cx);
    const each = fetch.each &&
      ((cx: Context, visit: (value: Value) => boolean) => fetch.each!(cx, visit));
    this.get = convert === undefined ? get : (cx) => {
      const value = get(cx);
      return value === undefined ? undefined : convert(value, cx);
    };
    if (each !== undefined) this.each = convert === undefined ? each : convertEach(each, convert);
  }
}

/** All converters as one function; undefined without any. */
function chain(steps: readonly Step[]): Convert | undefined {
  let all: Convert | undefined;
  for (const step of steps) {
    const one = withCast(step);
    const before = all;
    all = before === undefined ? one : (value, cx) => {
      const between = before(value, cx);
      return between === undefined ? undefined : one(between, cx);
    };
  }
  return all;
}

function withCast({ cast, convert }: Step): Convert {
  if (cast === undefined) return convert;
  return (value, cx) => {
    const input = cast(value);
    return input === undefined ? undefined : convert(input, cx);
  };
}

/**
 * Converts each value in turn; a failure ends the walk, as HAProxy takes it for "no more samples".
 * The state of a walk is kept outside of the visitor, so that a walk allocates nothing; walks of one
 * expression nest only if it contains itself, which it cannot, but a visitor that throws must not
 * spoil the next walk.
 */
function convertEach(
  each: (cx: Context, visit: Visit) => boolean,
  convert: Convert,
): (cx: Context, visit: Visit) => boolean {
  let context: Context | undefined;
  let visitor: Visit | undefined;
  let failed = false;
  const visitConverted = (value: Value) => {
    const converted = convert(value, context!);
    if (converted === undefined) {
      failed = true;
      return true;
    }
    return visitor!(converted);
  };
  return (cx, visit) => {
    context = cx;
    visitor = visit;
    failed = false;
    const ended = each(cx, visitConverted);
    context = visitor = undefined;
    return ended && !failed;
  };
}
