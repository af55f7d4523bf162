import type { Context } from "../context.ts";
import type { Int, Value } from "../value.ts";
import { type Arg, type ArgSpec, type FetchSpec, LangError } from "../spec.ts";

/** `make` of a fetch that takes no arguments and has one value at most. */
export function plain(get: (cx: Context) => Value | undefined): FetchSpec["make"] {
  const fetch = { get };
  return () => fetch;
}

/** `make` of a fetch whose answer is known when it is compiled. */
export function constant(value: Value): FetchSpec["make"] {
  return plain(() => value);
}

export const noArgs: readonly ArgSpec[] = [];

export function optionalText(name: string): ArgSpec {
  return { name, type: "string", optional: true };
}

/** The text of an argument; undefined when it was not given. */
export function textOf(arg: Arg | undefined): string | undefined {
  return arg !== undefined && "text" in arg ? arg.text : undefined;
}

/** The number of an argument; undefined when it was not given. */
export function integerOf(arg: Arg | undefined): Int | undefined {
  return arg !== undefined && "value" in arg ? arg.value : undefined;
}

/** What HAProxy says when a fetch refuses its arguments. */
export function invalidArguments(fetch: string, reason: string, word?: string): LangError {
  return new LangError(`invalid args in fetch method '${fetch}' : ${reason}`, word);
}
