import { type Arg, type ArgSpec, type ConverterSpec } from "../spec.ts";
import { Bin, type Int } from "../value.ts";
import {
  integerOf,
  invalidArguments,
  type Operand,
  operandOf,
  optionalInteger,
  optionalText,
  text,
  textOf,
} from "./row.ts";
import { byteTable } from "./text.ts";

/** Which parts of a text are wanted: numbered from 1, or from -1 backwards; a count of 0 takes all. */
interface Wanted {
  readonly index: number;
  readonly delimiters: Uint8Array;
  readonly count: number;
}

type Cut = (input: string, wanted: Wanted) => string | undefined;

function cutter(converter: string, cut: Cut): ConverterSpec["make"] {
  return (args) => {
    const index = Number(integerOf(args[0]) ?? 0);
    if (index === 0) throw invalidArguments(converter, "Unexpected value 0 for index");
    const count = integerOf(args[2]);
    const wanted: Wanted = {
      index,
      delimiters: byteTable(textOf(args[1])),
      count: count === undefined ? 1 : Number(count),
    };
    return (value) => cut(value as string, wanted);
  };
}

function isDelimiter(input: string, at: number, { delimiters }: Wanted): boolean {
  return delimiters[input.charCodeAt(at) & 0xff] === 1;
}

/** Fields are what stands between any two delimiters, the empty text too. */
function cutField(input: string, wanted: Wanted): string | undefined {
  return wanted.index > 0 ? fieldForwards(input, wanted) : fieldBackwards(input, wanted);
}

function fieldForwards(input: string, wanted: Wanted): string | undefined {
  let field = 1;
  let start = 0;
  let left = wanted.count;
  for (let at = 0; at < input.length; at++) {
    if (!isDelimiter(input, at, wanted)) continue;
    if (field !== wanted.index) {
      field++;
      start = at + 1;
    } else if (left === 1) return input.substring(start, at);
    else if (left > 1) left--;
  }
  return field === wanted.index ? input.substring(start) : undefined;
}

function fieldBackwards(input: string, wanted: Wanted): string | undefined {
  let field = -1;
  let end = input.length;
  let left = wanted.count;
  for (let at = input.length - 1; at >= 0; at--) {
    if (!isDelimiter(input, at, wanted)) continue;
    if (field !== wanted.index) {
      field--;
      end = at;
    } else if (left === 1) return input.substring(at + 1, end);
    else if (left > 1) left--;
  }
  return field === wanted.index ? input.substring(0, end) : undefined;
}

/** Words are the runs between delimiters: several delimiters in a row count as one. */
function cutWord(input: string, wanted: Wanted): string {
  return wanted.index > 0 ? wordForwards(input, wanted) : wordBackwards(input, wanted);
}

function wordForwards(input: string, wanted: Wanted): string {
  let word = 0;
  let start = -1;
  let left = wanted.count;
  let inside = false;
  for (let at = 0; at < input.length; at++) {
    if (isDelimiter(input, at, wanted)) {
      if (inside && start >= 0 && left > 0 && --left === 0) return input.substring(start, at);
      inside = false;
    } else if (!inside) {
      inside = true;
      if (++word === wanted.index) start = at;
    }
  }
  // Unlike a field, a word that is not there is the empty text.
  return start < 0 ? "" : input.substring(start);
}

function wordBackwards(input: string, wanted: Wanted): string {
  let word = 0;
  let end = -1;
  let left = wanted.count;
  let inside = false;
  for (let at = input.length - 1; at >= 0; at--) {
    if (isDelimiter(input, at, wanted)) {
      if (inside && end >= 0 && left > 0 && --left === 0) return input.substring(at + 1, end);
      inside = false;
    } else if (!inside) {
      inside = true;
      if (--word === wanted.index) end = at + 1;
    }
  }
  return end < 0 ? "" : input.substring(0, end);
}

/** `bytes`: an offset, and perhaps a length, each a number or a variable. */
function makeBytes(args: readonly (Arg | undefined)[]): ReturnType<ConverterSpec["make"]> {
  const offset = unsigned(args[0], "first arg");
  const length = args[1] === undefined ? undefined : unsigned(args[1], "second arg");
  return (value, cx) => {
    const { bytes } = value as Bin;
    const from = offset.kind === "constant" ? offset.value : offset.get(cx);
    if (from === undefined || from < 0) return undefined;
    if (from >= bytes.length) return new Bin("");
    if (length === undefined) return new Bin(bytes.substring(Number(from)));
    const most: Int | undefined = length.kind === "constant" ? length.value : length.get(cx);
    if (most === undefined || most < 0) return undefined;
    return new Bin(bytes.substr(Number(from), Number(most)));
  };
}

function unsigned(arg: Arg | undefined, which: string): Operand {
  const operand = operandOf(arg);
  if (operand === undefined || (operand.kind === "constant" && operand.value < 0)) {
    throw invalidArguments(
      "bytes",
      `expects a non-negative integer or a variable name as ${which}`,
    );
  }
  return operand;
}

/** `param`: the value of `name=value` among parts cut by a delimiter; "" for a lone `name`. */
function makeParam(args: readonly (Arg | undefined)[]): ReturnType<ConverterSpec["make"]> {
  const name = textOf(args[0]);
  const delimiter = args[1] === undefined ? "&" : textOf(args[1]);
  if (delimiter.length !== 1) throw invalidArguments("param", "delim must be a single character.");
  return (value) => {
    const input = value as string;
    for (let at = 0; at <= input.length;) {
      const stop = input.indexOf(delimiter, at);
      const end = stop < 0 ? input.length : stop;
      if (input.startsWith(name, at) && at + name.length <= end) {
        const behind = at + name.length;
        if (behind === end) return "";
        if (input.charCodeAt(behind) === 61) return input.substring(behind + 1, end);
      }
      at = end + 1;
    }
    return undefined;
  };
}

const cutArgs: readonly ArgSpec[] = [
  { name: "index", type: "integer" },
  text("delimiters"),
  optionalInteger("count"),
];

const row = { input: "str", output: "str", pure: true } as const;

export const partConverters = [
  {
    ...row,
    name: "field",
    args: cutArgs,
    doc: "the <index>th field (from the end if negative), <count> of them, 0 for all",
    make: cutter("field", cutField),
  },
  {
    ...row,
    name: "word",
    args: cutArgs,
    doc: "the <index>th word; several delimiters in a row count as one",
    make: cutter("word", cutWord),
  },
  {
    ...row,
    name: "bytes",
    args: [text("offset"), optionalText("length")],
    input: "bin",
    output: "bin",
    // Offset and length may be variables.
    pure: false,
    doc: "the bytes from <offset> on, <length> of them; both may be variables",
    make: makeBytes,
  },
  {
    ...row,
    name: "param",
    args: [text("name"), optionalText("delim")],
    doc: "the value of a parameter in a query string or form",
    make: makeParam,
  },
] satisfies ConverterSpec[];
