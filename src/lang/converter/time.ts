import { addInt, toInt } from "../int.ts";
import type { Arg, ConverterSpec } from "../spec.ts";
import type { Int, Value } from "../value.ts";
import { localTime, utcTime } from "./calendar.ts";
import { formatHttpDate, parseHttpDate } from "./http_date.ts";
import {
  type Convert,
  integerOf,
  invalidArguments,
  noArgs,
  optionalInteger,
  optionalText,
  plain,
  text,
  textOf,
} from "./row.ts";
import { type CalendarTime, strftime } from "./strftime.ts";

/** Units of a timestamp: how many make a second, and how many decimals they are. */
const units = {
  s: { perSecond: 1, decimals: 0 },
  ms: { perSecond: 1000, decimals: 3 },
  us: { perSecond: 1_000_000, decimals: 6 },
} as const;

type Unit = keyof typeof units;

/** HAProxy looks at the low 55 bits, so that a date is never negative. */
const secondsMask = 0x7f_ffff_ffff_ffffn;

function masked(seconds: Int): Int {
  if (typeof seconds === "number" && seconds >= 0) return seconds;
  return toInt(BigInt.asUintN(64, BigInt(seconds)) & secondsMask);
}

/** Whole seconds, rounded towards zero as C does, and what is left of the unit. */
function split(stamp: Int, perSecond: number): { readonly seconds: Int; readonly rest: number } {
  if (typeof stamp === "number") {
    return { seconds: Math.trunc(stamp / perSecond), rest: stamp % perSecond };
  }
  const divisor = BigInt(perSecond);
  return { seconds: toInt(stamp / divisor), rest: Number(stamp % divisor) };
}

function formatter(calendar: (seconds: Int) => CalendarTime, unit: Unit): ConverterSpec["make"] {
  return (args: readonly (Arg | undefined)[]) => {
    const format = textOf(args[0]);
    const offset = integerOf(args[1]) ?? 0;
    if (unit === "s") {
      return (value: Value) => strftime(format, calendar(addInt(masked(value as Int), offset)));
    }
    const { perSecond, decimals } = units[unit];
    return (value: Value) => {
      const { seconds, rest } = split(addInt(value as Int, offset), perSecond);
      return strftime(withFraction(format, rest, decimals), calendar(masked(seconds)));
    };
  };
}

/** `%N` is the fraction of the second in nine digits, `%3N` and `%6N` in as many. */
function withFraction(format: string, rest: number, decimals: number): string {
  if (!format.includes("N")) return format;
  const nine = String(Math.abs(rest)).padStart(decimals, "0").padEnd(9, "0");
  return format.replace(
    /%(%|([1-9]?)N)/g,
    (all, what: string, width: string) =>
      what === "%" ? all : nine.substring(0, width === "" ? 9 : Number(width)),
  );
}

function makeHttpDate(args: readonly (Arg | undefined)[]): Convert {
  const offset = integerOf(args[0]) ?? 0;
  const word = textOf(args[1]);
  const unit = word === "" ? "s" : word;
  if (!Object.hasOwn(units, unit)) {
    throw invalidArguments("http_date", `expects 's', 'ms' or 'us', got '${word}'`, word);
  }
  if (unit === "s") return (value) => formatHttpDate(masked(addInt(value as Int, offset)));
  const { perSecond } = units[unit as Unit];
  return (value) => {
    const { seconds, rest } = split(addInt(value as Int, offset), perSecond);
    // HAProxy writes the fraction as a plain number, without zeros in front.
    return formatHttpDate(masked(seconds), `.${rest}`);
  };
}

const row = {
  args: [text("format"), optionalInteger("offset")],
  input: "sint",
  output: "str",
  pure: true,
} as const;

export const timeConverters = [
  {
    ...row,
    name: "ltime",
    doc: "seconds formatted as local time",
    make: formatter(localTime, "s"),
  },
  { ...row, name: "utime", doc: "seconds formatted as UTC", make: formatter(utcTime, "s") },
  {
    ...row,
    name: "ms_ltime",
    doc: "milliseconds formatted as local time; %N is the fraction",
    make: formatter(localTime, "ms"),
  },
  {
    ...row,
    name: "ms_utime",
    doc: "milliseconds formatted as UTC; %N is the fraction",
    make: formatter(utcTime, "ms"),
  },
  {
    ...row,
    name: "us_ltime",
    doc: "microseconds formatted as local time; %N is the fraction",
    make: formatter(localTime, "us"),
  },
  {
    ...row,
    name: "us_utime",
    doc: "microseconds formatted as UTC; %N is the fraction",
    make: formatter(utcTime, "us"),
  },
  {
    ...row,
    name: "http_date",
    args: [optionalInteger("offset"), optionalText("unit")],
    doc: "a timestamp as a date of an HTTP field",
    make: makeHttpDate,
  },
  {
    ...row,
    name: "date",
    args: noArgs,
    input: "str",
    output: "sint",
    doc: "the timestamp in seconds of a date of an HTTP field",
    make: plain((value) => parseHttpDate(value as string)),
  },
] satisfies ConverterSpec[];
