import type { ConverterSpec } from "../spec.ts";
import type { Int } from "../value.ts";
import { noArgs, plain, text, textOf } from "./row.ts";

function isOdd(value: Int): boolean {
  return typeof value === "number" ? value % 2 !== 0 : (value & 1n) === 1n;
}

const row = { args: noArgs, input: "sint", output: "bool", pure: true } as const;

export const truthConverters = [
  { ...row, name: "bool", doc: "true unless the integer is 0", make: plain((value) => value != 0) },
  { ...row, name: "not", doc: "true if the integer is 0", make: plain((value) => value == 0) },
  {
    ...row,
    name: "odd",
    doc: "true if the integer is odd",
    make: plain((value) => isOdd(value as Int)),
  },
  {
    ...row,
    name: "even",
    doc: "true if the integer is even",
    make: plain((value) => !isOdd(value as Int)),
  },
  {
    ...row,
    name: "iif",
    args: [text("true"), text("false")],
    input: "bool",
    output: "str",
    doc: "the first text if the input is true, else the second",
    make: (args) => {
      const yes = textOf(args[0]);
      const no = textOf(args[1]);
      return (value) => value ? yes : no;
    },
  },
] satisfies ConverterSpec[];
