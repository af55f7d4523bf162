import { addInt } from "../int.ts";
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

/** Division that rounds towards zero, as C's does. */
function wholeSeconds(value: Int, perSecond: number): number {
  if (perSecond === 1) return Number(value);
  return typeof value === "number"
    ? Math.trunc(value / perSecond)
    : Number(value / BigInt(perSecond));
}

function formatter(
  calendar: (seconds: number) => CalendarTime | undefined,
  unit: Unit,
): ConverterSpec["make"] {
  return (args: readonly (Arg | undefined)[]) => {
    const format = textOf(args[0]);
    const offset = integerOf(args[1]) ?? 0;
    const { perSecond, decimals } = units[unit];
    return (value: Value) => {
      const stamp = addInt(value as Int, offset);
      const seconds = wholeSeconds(stamp, perSecond);
      const time = calendar(seconds);
      if (time === undefined) return undefined;
      if (unit === "s") return strftime(format, time);
      const rest = Number(BigInt(stamp) - BigInt(seconds) * BigInt(perSecond));
      return strftime(withFraction(format, rest, decimals), time);
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
  const { perSecond } = units[unit as Unit];
  return (value) => formatHttpDate(wholeSeconds(addInt(value as Int, offset), perSecond));
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
