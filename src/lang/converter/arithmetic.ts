import type { ConverterSpec } from "../spec.ts";
import {
  addInt,
  divideInt,
  moduloInt,
  multiplyInt,
  negateInt,
  subtractInt,
  toInt,
} from "../int.ts";
import type { Int } from "../value.ts";
import { invalidArguments, noArgs, operandOf, plain, text } from "./row.ts";

type Operation = (a: Int, b: Int) => Int;

/** A converter of an integer and an operand. */
function operation(name: string, compute: Operation): ConverterSpec["make"] {
  return (args) => {
    const operand = operandOf(args[0]);
    if (operand === undefined) {
      throw invalidArguments(name, "expects an integer or a variable name");
    }
    if (operand.kind === "constant") {
      const { value } = operand;
      return (input) => compute(input as Int, value);
    }
    const { get } = operand;
    return (input, cx) => {
      const value = get(cx);
      return value === undefined ? undefined : compute(input as Int, value);
    };
  };
}

/** JavaScript's operators work on 32 bits; anything wider goes through bigint. */
function fits32(value: Int): value is number {
  return typeof value === "number" && (value | 0) === value;
}

function bitwise(
  narrow: (a: number, b: number) => number,
  wide: (a: bigint, b: bigint) => bigint,
): Operation {
  return (a, b) => fits32(a) && fits32(b) ? narrow(a, b) : toInt(wide(BigInt(a), BigInt(b)));
}

const and = bitwise((a, b) => a & b, (a, b) => a & b);
const or = bitwise((a, b) => a | b, (a, b) => a | b);
const xor = bitwise((a, b) => a ^ b, (a, b) => a ^ b);

// The operand may be a variable, which a set-var converter can change within one evaluation.
const row = { args: [text("value")], input: "sint", output: "sint", pure: false } as const;
const alone = { args: noArgs, input: "sint", output: "sint", pure: true } as const;

export const arithmeticConverters = [
  {
    ...row,
    name: "add",
    doc: "adds <value>, an integer or a variable",
    make: operation("add", addInt),
  },
  { ...row, name: "sub", doc: "subtracts <value>", make: operation("sub", subtractInt) },
  { ...row, name: "mul", doc: "multiplies with <value>", make: operation("mul", multiplyInt) },
  {
    ...row,
    name: "div",
    doc: "divides by <value>, rounding towards zero; by 0 gives the largest integer",
    make: operation("div", divideInt),
  },
  {
    ...row,
    name: "mod",
    doc: "the remainder of a division by <value>; by 0 gives 0",
    make: operation("mod", moduloInt),
  },
  { ...row, name: "and", doc: "bitwise AND with <value>", make: operation("and", and) },
  { ...row, name: "or", doc: "bitwise OR with <value>", make: operation("or", or) },
  { ...row, name: "xor", doc: "bitwise exclusive OR with <value>", make: operation("xor", xor) },
  {
    ...alone,
    name: "neg",
    doc: "the opposite number",
    make: plain((value) => negateInt(value as Int)),
  },
  {
    ...alone,
    name: "cpl",
    doc: "all bits flipped",
    make: plain((value) =>
      fits32(value as Int) ? ~(value as number) : toInt(~BigInt(value as Int))
    ),
  },
] satisfies ConverterSpec[];
