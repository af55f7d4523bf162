import type { Context } from "../context.ts";
import { addInt } from "../int.ts";
import type { Arg, ArgSpec, FetchSpec } from "../spec.ts";
import { anywhere, connection, requestRemembered } from "./phase_mask.ts";
import { integerOf, invalidArguments, noArgs, optionalText, plain, textOf } from "./row.ts";

type Unit = "s" | "ms" | "us";

const dateArgs: readonly ArgSpec[] = [
  { name: "offset", type: "integer", optional: true },
  optionalText("unit"),
];
const unitArgs: readonly ArgSpec[] = [optionalText("unit")];

function unitOf(arg: Arg | undefined, fetch: string): Unit {
  const text = textOf(arg) ?? "s";
  if (text !== "s" && text !== "ms" && text !== "us") {
    throw invalidArguments(fetch, `expects 's', 'ms' or 'us', got '${text}'`, text);
  }
  return text;
}

function inUnit(ms: number, unit: Unit): number {
  switch (unit) {
    case "s":
      return Math.floor(ms / 1000);
    case "ms":
      return Math.floor(ms);
    case "us":
      return Math.floor(ms * 1000);
    default:
      return unit satisfies never;
  }
}

/** Ms since the epoch at which the request's first byte came. */
export function requestDate(cx: Context): number {
  const { startedAt, handshake, idle } = cx.log.timers;
  return idle >= 0 ? startedAt + Math.max(handshake, 0) + idle : startedAt;
}

function moment(fetch: string, read: (cx: Context) => number): FetchSpec["make"] {
  return (args) => {
    const unit = unitOf(args[0], fetch);
    return { get: (cx) => inUnit(read(cx), unit) };
  };
}

export const clockFetches = [
  {
    name: "date",
    args: dateArgs,
    type: "sint",
    phases: anywhere,
    pure: true,
    doc: "the time now since the epoch, plus an offset",
    make: (args) => {
      const offset = integerOf(args[0]) ?? 0;
      const unit = unitOf(args[1], "date");
      return { get: (cx) => addInt(inUnit(cx.now, unit), offset) };
    },
  },
  {
    name: "date_us",
    args: noArgs,
    type: "sint",
    phases: anywhere,
    pure: true,
    doc: "microseconds of the second now",
    make: plain((cx) => Math.floor((cx.now % 1000) * 1000)),
  },
  {
    name: "accept_date",
    args: unitArgs,
    type: "sint",
    phases: connection,
    pure: true,
    doc: "when the connection was accepted, or the previous request ended",
    make: moment("accept_date", (cx) => cx.log.timers.startedAt),
  },
  {
    name: "request_date",
    args: unitArgs,
    type: "sint",
    phases: requestRemembered,
    pure: true,
    doc: "when the request's first byte came",
    make: moment("request_date", requestDate),
  },
] satisfies FetchSpec[];
