import { asciiLower } from "../ascii.ts";
import type { Context } from "../context.ts";
import type { Arg, ArgSpec, FetchSpec } from "../spec.ts";
import type { Value } from "../value.ts";
import { requestOf, responseOf, type Side, sideAt } from "./head_side.ts";
import {
  countHeaderValues,
  eachHeaderValue,
  headerValueAt,
  lastHeaderValue,
  type Splitting,
} from "./header_walk.ts";
import { headerAddress } from "./loose_address.ts";
import { looseInteger } from "./loose_integer.ts";
import { eitherHead, requestHead, responseHead } from "./phase_mask.ts";
import { integerOf, invalidArguments, optionalText, textOf } from "./row.ts";

/** HAProxy remembers this many values while it looks for one counted from the end. */
const occurrencesFromEndMax = 10;

const nameOnly: readonly ArgSpec[] = [optionalText("name")];
const nameAndOccurrence: readonly ArgSpec[] = [
  optionalText("name"),
  { name: "occ", type: "integer", optional: true },
];
const mandatoryName: readonly ArgSpec[] = [
  { name: "name", type: "string" },
  { name: "occ", type: "integer", optional: true },
];

type Make = FetchSpec["make"];
type Read = (text: string) => Value | undefined;

const asText: Read = (text) => text;

/**
 * One fetch of header values. `read` makes a value of each text; where it cannot, the walk goes on
 * to the next one and `get` has none.
 */
function headerFetch(fetch: string, side: Side, splitting: Splitting, read: Read) {
  return (args: readonly (Arg | undefined)[]): ReturnType<Make> => {
    const name = textOf(args[0]);
    const occurrence = Number(integerOf(args[1]) ?? 0);
    if (occurrence < -occurrencesFromEndMax) {
      throw invalidArguments(fetch, `header occurrence must be >= -${occurrencesFromEndMax}`);
    }
    // Without a name HAProxy finds nothing, with an empty one it takes any header.
    if (name === undefined) return { get: () => undefined };
    const lower = asciiLower(name);
    if (occurrence !== 0) {
      return {
        get(cx) {
          const fields = side(cx);
          if (fields === undefined) return undefined;
          const text = headerValueAt(fields, lower, splitting, occurrence);
          return text === undefined ? undefined : read(text);
        },
      };
    }
    return {
      get: lastValue(side, lower, splitting, read),
      each: everyValue(side, lower, splitting, read),
    };
  };
}

function lastValue(side: Side, lower: string, splitting: Splitting, read: Read) {
  return (cx: Context): Value | undefined => {
    const fields = side(cx);
    if (fields === undefined) return undefined;
    const text = lastHeaderValue(fields, lower, splitting);
    return text === undefined ? undefined : read(text);
  };
}

function everyValue(side: Side, lower: string, splitting: Splitting, read: Read) {
  if (read === asText) {
    return (cx: Context, visit: (value: Value) => boolean): boolean => {
      const fields = side(cx);
      return fields !== undefined && eachHeaderValue(fields, lower, splitting, visit);
    };
  }
  return (cx: Context, visit: (value: Value) => boolean): boolean => {
    const fields = side(cx);
    return fields !== undefined && eachHeaderValue(fields, lower, splitting, (text) => {
      const value = read(text);
      return value !== undefined && visit(value);
    });
  };
}

function headerCount(side: Side, splitting: Splitting): Make {
  return (args) => {
    const lower = asciiLower(textOf(args[0]) ?? "");
    return {
      get(cx) {
        const fields = side(cx);
        return fields === undefined ? undefined : countHeaderValues(fields, lower, splitting);
      },
    };
  };
}

/** `hdr` alone follows the direction of the traffic where it stands. */
const headerOfDirection: Make = (args, scope) =>
  headerFetch("hdr", sideAt(scope.phase), "values", asText)(args);

const text = (fetch: string, side: Side, splitting: Splitting = "values"): Make =>
  headerFetch(fetch, side, splitting, asText);
const address = (fetch: string, side: Side): Make =>
  headerFetch(fetch, side, "values", headerAddress);
const integer = (fetch: string, side: Side): Make =>
  headerFetch(fetch, side, "values", looseInteger);

const requestRow = { phases: requestHead, pure: true } as const;
const responseRow = { phases: responseHead, pure: true } as const;

export const headerFetches = [
  {
    name: "hdr",
    args: nameAndOccurrence,
    type: "str",
    phases: eitherHead,
    pure: true,
    doc: "a value of a comma-separated header of the message that passes here",
    make: headerOfDirection,
  },
  {
    ...requestRow,
    name: "req.hdr",
    args: nameAndOccurrence,
    type: "str",
    doc: "a value of a comma-separated request header, the last one unless told",
    make: text("req.hdr", requestOf),
  },
  {
    ...responseRow,
    name: "res.hdr",
    args: nameAndOccurrence,
    type: "str",
    doc: "a value of a comma-separated response header, the last one unless told",
    make: text("res.hdr", responseOf),
  },
  {
    ...responseRow,
    name: "shdr",
    args: nameAndOccurrence,
    type: "str",
    doc: "old name of res.hdr",
    make: text("shdr", responseOf),
  },
  {
    ...requestRow,
    name: "req.fhdr",
    args: mandatoryName,
    type: "str",
    doc: "the whole value of a request header's line, the last one unless told",
    make: text("req.fhdr", requestOf, "lines"),
  },
  {
    ...responseRow,
    name: "res.fhdr",
    args: nameAndOccurrence,
    type: "str",
    doc: "the whole value of a response header's line, the last one unless told",
    make: text("res.fhdr", responseOf, "lines"),
  },
  ...counts(),
  ...addressesAndNumbers(),
] satisfies FetchSpec[];

function counts(): FetchSpec[] {
  const row = (name: string, side: Side, splitting: Splitting, doc: string): FetchSpec => ({
    ...(side === requestOf ? requestRow : responseRow),
    name,
    args: nameOnly,
    type: "sint",
    doc,
    make: headerCount(side, splitting),
  });
  return [
    row("req.hdr_cnt", requestOf, "values", "number of values of a request header, or of all"),
    row("hdr_cnt", requestOf, "values", "old name of req.hdr_cnt"),
    row("res.hdr_cnt", responseOf, "values", "number of values of a response header, or of all"),
    row("shdr_cnt", responseOf, "values", "old name of res.hdr_cnt"),
    row("req.fhdr_cnt", requestOf, "lines", "number of lines of a request header, or of all"),
    row("res.fhdr_cnt", responseOf, "lines", "number of lines of a response header, or of all"),
  ];
}

function addressesAndNumbers(): FetchSpec[] {
  const row = (
    name: string,
    type: "addr" | "sint",
    side: Side,
    doc: string,
  ): FetchSpec => ({
    ...(side === requestOf ? requestRow : responseRow),
    name,
    args: nameAndOccurrence,
    type,
    doc,
    make: type === "addr" ? address(name, side) : integer(name, side),
  });
  return [
    row("req.hdr_ip", "addr", requestOf, "address in a request header, with or without a port"),
    row("hdr_ip", "addr", requestOf, "old name of req.hdr_ip"),
    row("res.hdr_ip", "addr", responseOf, "address in a response header, with or without a port"),
    row("shdr_ip", "addr", responseOf, "old name of res.hdr_ip"),
    row("req.hdr_val", "sint", requestOf, "number at the start of a request header's value"),
    row("hdr_val", "sint", requestOf, "old name of req.hdr_val"),
    row("res.hdr_val", "sint", responseOf, "number at the start of a response header's value"),
    row("shdr_val", "sint", responseOf, "old name of res.hdr_val"),
  ];
}
