import type { Context } from "../context.ts";
import type { Arg, ConverterSpec } from "../spec.ts";
import {
  invalidArguments,
  optionalText,
  requiredVariable,
  text,
  textOf,
  variableReader,
} from "./row.ts";

/** Reads the variable of an optional argument as text. */
function optionalVariable(
  converter: string,
  arg: Arg | undefined,
): ((cx: Context) => string | undefined) | undefined {
  if (textOf(arg) === "") return undefined;
  return variableReader(requiredVariable(converter, arg), "str") as (
    cx: Context,
  ) => string | undefined;
}

const row = { input: "str", output: "str" } as const;

export const joinConverters = [
  {
    ...row,
    name: "concat",
    args: [text("start"), optionalText("var"), optionalText("end")],
    // It reads a variable, which a set-var converter may change in between.
    pure: false,
    doc: "followed by a text, a variable and another text",
    make: (args) => {
      const start = textOf(args[0]);
      const get = optionalVariable("concat", args[1]);
      const end = textOf(args[2]);
      if (get === undefined) return (value) => (value as string) + start + end;
      return (value, cx) => (value as string) + start + (get(cx) ?? "") + end;
    },
  },
  {
    ...row,
    name: "add_item",
    args: [text("delim"), text("var"), optionalText("suff")],
    pure: false,
    doc: "followed by a variable and a text, with a delimiter before them where it is needed",
    make: (args) => {
      const delimiter = textOf(args[0]);
      const get = optionalVariable("add_item", args[1]);
      const suffix = textOf(args[2]);
      if (get === undefined && suffix === "") {
        throw invalidArguments("add_item", "one of the optional arguments has to be nonempty");
      }
      return (value, cx) => {
        const input = value as string;
        const item = get?.(cx);
        const needed = input !== "" && (item !== undefined || suffix !== "");
        return input + (needed ? delimiter : "") + (item ?? "") + suffix;
      };
    },
  },
] satisfies ConverterSpec[];
