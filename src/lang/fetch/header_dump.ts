import type { Fields } from "../../http/fields.ts";
import { asciiLower } from "../ascii.ts";
import type { ArgSpec, FetchSpec } from "../spec.ts";
import { Bin } from "../value.ts";
import { delimiterOf } from "./cookie.ts";
import { requestOf, responseOf, type Side } from "./head_side.ts";
import { requestHead, responseHead } from "./phase_mask.ts";
import { noArgs, optionalText, plain } from "./row.ts";

const delimiterArgs: readonly ArgSpec[] = [optionalText("delim")];

/** All fields as lines, names in lower case, the empty line at the end included. */
export function headerLines(fields: Fields): string {
  let lines = "";
  for (let i = fields.next(-1); i >= 0; i = fields.next(i)) {
    lines += asciiLower(fields.name(i)) + ": " + fields.value(i) + "\r\n";
  }
  return lines + "\r\n";
}

/** All fields as length-prefixed names and values, two empty ones at the end (SPOE's encoding). */
function headerBinary(fields: Fields): string {
  let out = "";
  for (let i = fields.next(-1); i >= 0; i = fields.next(i)) {
    out += prefixed(asciiLower(fields.name(i))) + prefixed(fields.value(i));
  }
  return out + "\0\0";
}

function prefixed(text: string): string {
  return variableInteger(text.length) + text;
}

/** HAProxy's variable-length integer: below 240 one byte, else 4 bits and then 7 bits a byte. */
function variableInteger(value: number): string {
  if (value < 240) return String.fromCharCode(value);
  let out = String.fromCharCode((value & 15) | 240);
  let rest = (value - 240) >>> 4;
  for (; rest >= 128; rest = (rest - 128) >>> 7) out += String.fromCharCode((rest & 127) | 128);
  return out + String.fromCharCode(rest);
}

function dump(side: Side, read: (fields: Fields) => string): FetchSpec["make"] {
  return plain((cx) => {
    const fields = side(cx);
    return fields === undefined ? undefined : new Bin(read(fields));
  });
}

function headerNames(side: Side): FetchSpec["make"] {
  return (args) => {
    const delimiter = delimiterOf(args[0]);
    return {
      get(cx) {
        const fields = side(cx);
        if (fields === undefined) return undefined;
        let names = "";
        for (let i = fields.next(-1); i >= 0; i = fields.next(i)) {
          if (names !== "") names += delimiter;
          names += asciiLower(fields.name(i));
        }
        return names;
      },
    };
  };
}

const requestRow = { phases: requestHead, pure: true } as const;
const responseRow = { phases: responseHead, pure: true } as const;

export const headerDumpFetches = [
  {
    ...requestRow,
    name: "req.hdrs",
    args: noArgs,
    type: "bin",
    doc: "all request headers as text, the empty line at the end included",
    make: dump(requestOf, headerLines),
  },
  {
    ...responseRow,
    name: "res.hdrs",
    args: noArgs,
    type: "bin",
    doc: "all response headers as text, the empty line at the end included",
    make: dump(responseOf, headerLines),
  },
  {
    ...requestRow,
    name: "req.hdrs_bin",
    args: noArgs,
    type: "bin",
    doc: "all request headers in SPOE's binary form",
    make: dump(requestOf, headerBinary),
  },
  {
    ...responseRow,
    name: "res.hdrs_bin",
    args: noArgs,
    type: "bin",
    doc: "all response headers in SPOE's binary form",
    make: dump(responseOf, headerBinary),
  },
  {
    ...requestRow,
    name: "req.hdr_names",
    args: delimiterArgs,
    type: "str",
    doc: "names of all request headers, joined",
    make: headerNames(requestOf),
  },
  {
    ...responseRow,
    name: "res.hdr_names",
    args: delimiterArgs,
    type: "str",
    doc: "names of all response headers, joined",
    make: headerNames(responseOf),
  },
] satisfies FetchSpec[];
