import { Address } from "../address.ts";
import type { ArgSpec, FetchSpec } from "../spec.ts";
import { LangError } from "../spec.ts";
import { Bin } from "../value.ts";
import { anywhere } from "./phase_mask.ts";
import { methodOf } from "./request.ts";
import { constant, integerOf, invalidArguments, noArgs, textOf } from "./row.ts";

function textArg(name: string): readonly ArgSpec[] {
  return [{ name, type: "string" }];
}

const makeBool: FetchSpec["make"] = (args, scope) => {
  const text = textOf(args[0])?.toLowerCase();
  if (text === "true" || text === "1") return constant(true)(args, scope);
  if (text === "false" || text === "0") return constant(false)(args, scope);
  throw invalidArguments("bool", "Expects 'true', 'false', '0' or '1'", text);
};

const makeBin: FetchSpec["make"] = (args) => {
  const hex = textOf(args[0]) ?? "";
  if (hex.length % 2 !== 0) {
    throw invalidArguments("bin", "an even number of hex digit is expected", hex);
  }
  const strange = /[^0-9a-fA-F]/.exec(hex);
  if (strange) {
    throw invalidArguments("bin", `an hex digit is expected (found '${strange[0]}')`, hex);
  }
  const bytes = hex.replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));
  const value = new Bin(bytes);
  return { get: () => value };
};

const makeMethod: FetchSpec["make"] = (args) => {
  const name = textOf(args[0]) ?? "";
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) {
    throw invalidArguments("meth", "expects valid method.", name);
  }
  const method = methodOf(name);
  return { get: () => method };
};

function makeAddress(family: 4 | 6): FetchSpec["make"] {
  return (args) => {
    const text = textOf(args[0]) ?? "";
    const address = Address.parse(text);
    if (address?.family !== family) {
      throw new LangError(
        `fetch method 'ipv${family}' : failed to parse '${text}' as type 'IPv${family} address' at position 1`,
        text,
      );
    }
    return { get: () => address };
  };
}

const row = { phases: anywhere, pure: true } as const;

export const constantFetches = [
  {
    ...row,
    name: "always_true",
    args: noArgs,
    type: "bool",
    doc: "true",
    make: constant(true),
  },
  {
    ...row,
    name: "always_false",
    args: noArgs,
    type: "bool",
    doc: "false",
    make: constant(false),
  },
  {
    ...row,
    name: "bool",
    args: textArg("bool"),
    type: "bool",
    doc: "a boolean",
    make: makeBool,
  },
  {
    ...row,
    name: "int",
    args: [{ name: "integer", type: "integer" }],
    type: "sint",
    doc: "an integer",
    make: (args, scope) => constant(integerOf(args[0]) ?? 0)(args, scope),
  },
  {
    ...row,
    name: "str",
    args: textArg("string"),
    type: "str",
    doc: "a string",
    make: (args, scope) => constant(textOf(args[0]) ?? "")(args, scope),
  },
  {
    ...row,
    name: "bin",
    args: textArg("hex"),
    type: "bin",
    doc: "bytes written in hexadecimal",
    make: makeBin,
  },
  {
    ...row,
    name: "meth",
    args: textArg("method"),
    type: "meth",
    doc: "an HTTP method",
    make: makeMethod,
  },
  {
    ...row,
    name: "ipv4",
    args: textArg("ipv4"),
    type: "ipv4",
    doc: "an IPv4 address",
    make: makeAddress(4),
  },
  {
    ...row,
    name: "ipv6",
    args: textArg("ipv6"),
    type: "ipv6",
    doc: "an IPv6 address",
    make: makeAddress(6),
  },
] satisfies FetchSpec[];
