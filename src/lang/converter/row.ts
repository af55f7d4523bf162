import { castFor } from "../cast.ts";
import type { Context, VariableScope } from "../context.ts";
import { readWholeInt } from "../int.ts";
import { type Arg, type ArgSpec, type ConverterSpec, LangError } from "../spec.ts";
import type { Int, SampleType, Value } from "../value.ts";
import { parseVariableName } from "../variable_name.ts";

export type Convert = (value: Value, cx: Context) => Value | undefined;

/** `make` of a converter without arguments. */
export function plain(convert: Convert): ConverterSpec["make"] {
  return () => convert;
}

export const noArgs: readonly ArgSpec[] = [];

export function text(name: string): ArgSpec {
  return { name, type: "string" };
}

export function optionalText(name: string): ArgSpec {
  return { name, type: "string", optional: true };
}

export function optionalInteger(name: string): ArgSpec {
  return { name, type: "integer", optional: true };
}

/** The text of an argument, "" when it was not given. */
export function textOf(arg: Arg | undefined): string {
  return arg !== undefined && "text" in arg ? arg.text : "";
}

/** The number of an argument; undefined when it was not given. */
export function integerOf(arg: Arg | undefined): Int | undefined {
  return arg !== undefined && "value" in arg ? arg.value : undefined;
}

/** What HAProxy says when a converter refuses its arguments. */
export function invalidArguments(converter: string, reason: string, word?: string): LangError {
  return new LangError(`invalid args in converter '${converter}' : ${reason}`, word);
}

/** A variable named in an argument. */
export interface VariableReference {
  readonly scope: VariableScope;
  readonly name: string;
}

/** The variable that `word` names; undefined when it is no variable's name. */
export function variableNamed(word: string): VariableReference | undefined {
  try {
    return parseVariableName(word);
  } catch (error) {
    if (error instanceof LangError) return undefined;
    throw error;
  }
}

/** The variable that an argument must name. Throws LangError. */
export function requiredVariable(converter: string, arg: Arg | undefined): VariableReference {
  const word = textOf(arg);
  const variable = variableNamed(word);
  if (variable !== undefined) return variable;
  throw invalidArguments(converter, `failed to register variable name '${word}'`, word);
}

/** Reads a variable as a type; undefined when it is not set or cannot be one. */
export function variableReader(
  { scope, name }: VariableReference,
  type: SampleType,
): (cx: Context) => Value | undefined {
  const cast = castFor("any", type)!;
  return (cx) => {
    const value = cx.variables.get(scope, name);
    return value === undefined ? undefined : cast(value);
  };
}

/** An operand: a number in the configuration, or a variable read at each evaluation. */
export type Operand =
  | { readonly kind: "constant"; readonly value: Int }
  | { readonly kind: "variable"; readonly get: (cx: Context) => Int | undefined };

/** The operand that an argument stands for; undefined when it is neither number nor variable. */
export function operandOf(arg: Arg | undefined): Operand | undefined {
  const word = textOf(arg);
  const variable = variableNamed(word);
  if (variable !== undefined) {
    return {
      kind: "variable",
      get: variableReader(variable, "sint") as (cx: Context) => Int | undefined,
    };
  }
  // Nothing between the parentheses counts as 0.
  const value = word === "" ? 0 : readWholeInt(word.startsWith("+") ? word.substring(1) : word);
  return value === undefined ? undefined : { kind: "constant", value };
}
