import { timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import { parseVariableName } from "../variable_name.ts";
import type { Context } from "../context.ts";
import { type Arg, type ConverterSpec, LangError } from "../spec.ts";
import { Bin, type Int, Method, type Value } from "../value.ts";
import {
  invalidArguments,
  optionalText,
  requiredVariable,
  text,
  textOf,
  variableReader,
  type VariableReference,
} from "./row.ts";

/** A condition of `set-var`: what is stored now, and what would be. */
type SetCondition = (
  before: Value | undefined,
  input: Value,
  variable: VariableReference,
) => boolean;

function isEmpty(value: Value): boolean {
  if (value instanceof Bin) return value.bytes === "";
  if (value instanceof Method) return value.name === "";
  return value === "";
}

function isInteger(value: Value | undefined): value is Int {
  return typeof value === "number" || typeof value === "bigint";
}

function exists(before: Value | undefined, { scope }: VariableReference): boolean {
  // Variables of the process are created when the configuration is read.
  return before !== undefined || scope === "proc";
}

const setConditions: Readonly<Record<string, SetCondition | undefined>> = {
  ifexists: (before, _, variable) => exists(before, variable),
  ifnotexists: (before, _, variable) => !exists(before, variable),
  ifempty: (_, input) => isEmpty(input),
  ifnotempty: (_, input) => !isEmpty(input),
  ifset: (before) => before !== undefined,
  ifnotset: (before) => before === undefined,
  ifgt: (before, input) => !isInteger(before) || !isInteger(input) || before > input,
  iflt: (before, input) => !isInteger(before) || !isInteger(input) || before < input,
};

function conditionOf(arg: Arg | undefined): SetCondition {
  const condition = setConditions[textOf(arg)];
  if (condition !== undefined) return condition;
  throw invalidArguments("set-var", `unknown condition "${textOf(arg)}"`, textOf(arg));
}

/** The variable to change; its message is another than for those that are read. */
function targetVariable(converter: string, arg: Arg | undefined): VariableReference {
  const word = textOf(arg);
  try {
    return parseVariableName(word);
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw invalidArguments(converter, error.message, word);
  }
}

function makeSet(args: readonly (Arg | undefined)[]) {
  const variable = targetVariable("set-var", args[0]);
  const { scope, name } = variable;
  const conditions = args.slice(1).filter((arg) => textOf(arg) !== "").map(conditionOf);
  return (value: Value, cx: Context) => {
    if (conditions.length > 0) {
      const before = cx.variables.get(scope, name);
      if (!conditions.every((holds) => holds(before, value, variable))) return undefined;
    }
    cx.variables.set(scope, name, value);
    return value;
  };
}

/** Below, at or above 0 as the input is before, equal to or behind the variable. */
function compareBytes(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = a.charCodeAt(i) - b.charCodeAt(i);
    if (difference !== 0) return difference;
    // The comparison is that of C strings.
    if (a.charCodeAt(i) === 0) break;
  }
  return Math.sign(a.length - b.length);
}

const any = { input: "any", output: "any", pure: false } as const;

export const variableConverters = [
  {
    ...any,
    name: "set-var",
    args: [
      text("var"),
      optionalText("cond1"),
      optionalText("cond2"),
      optionalText("cond3"),
      optionalText("cond4"),
    ],
    doc: "stores the value in a variable and gives it on; nothing if a condition does not hold",
    make: makeSet,
  },
  {
    ...any,
    name: "unset-var",
    args: [text("var")],
    doc: "forgets a variable, and gives the value on",
    make: (args) => {
      const { scope, name } = targetVariable("unset-var", args[0]);
      return (value, cx) => {
        cx.variables.unset(scope, name);
        return value;
      };
    },
  },
  {
    name: "strcmp",
    args: [text("var")],
    input: "str",
    output: "sint",
    pure: false,
    doc: "compares with a variable: below 0, 0 or above 0",
    make: (args) => {
      const get = variableReader(requiredVariable("strcmp", args[0]), "str");
      return (value, cx) => {
        const other = get(cx) as string | undefined;
        return other === undefined ? undefined : compareBytes(value as string, other);
      };
    },
  },
  {
    name: "secure_memcmp",
    args: [text("var")],
    input: "bin",
    output: "bool",
    pure: false,
    doc: "whether the bytes are those of a variable, in a time that tells nothing of them",
    make: (args) => {
      const get = variableReader(requiredVariable("secure_memcmp", args[0]), "bin");
      return (value, cx) => {
        const other = get(cx) as Bin | undefined;
        if (other === undefined) return undefined;
        const { bytes } = value as Bin;
        if (bytes.length !== other.bytes.length) return false;
        return timingSafeEqual(Buffer.from(bytes, "latin1"), Buffer.from(other.bytes, "latin1"));
      };
    },
  },
] satisfies ConverterSpec[];
