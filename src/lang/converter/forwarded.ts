import { Address } from "../address.ts";
import { castFor } from "../cast.ts";
import type { ConverterSpec } from "../spec.ts";
import type { Value } from "../value.ts";
import { type Convert, noArgs, plain, text, textOf } from "./row.ts";

// One element of a Forwarded header (RFC 7239) as HAProxy takes it: the four standard parameters,
// each once at most, names in lower case, no blanks, no extensions.

/** A node (`for`, `by`) and what it is made of. */
interface Node {
  /** An address, `unknown`, or `_` and an obfuscated name. */
  readonly name: Address | string;
  /** Undefined without one; a string when it is obfuscated. */
  readonly port: number | string | undefined;
  readonly end: number;
}

/** Whether a value stands in quotes: only then may it hold brackets and a port. */
type Quoting = "quoted" | "bare";

const obfuscated = /_[A-Za-z0-9._-]+/y;
const unknown = /unknown/y;
const ipv6 = /\[([0-9A-Za-z:]{1,45})\]/y;
const ipv4 = /[0-9.]{1,15}/y;
const digits = /[0-9]+/y;
const hostName = /[A-Za-z0-9.]*/y;

/** The match of a sticky expression at an offset. */
function matchAt(pattern: RegExp, input: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(input);
}

function readAddress(input: string, at: number, quoting: Quoting) {
  const six = quoting === "quoted" ? matchAt(ipv6, input, at) : null;
  if (six !== null) return { address: Address.parse(six[1]!), end: at + six[0].length };
  const four = matchAt(ipv4, input, at);
  return four === null
    ? { address: undefined, end: at }
    : { address: Address.parse(four[0]), end: at + four[0].length };
}

function readName(input: string, at: number, quoting: Quoting) {
  const word = matchAt(obfuscated, input, at) ?? matchAt(unknown, input, at);
  if (word !== null) return { name: word[0], end: at + word[0].length };
  const { address, end } = readAddress(input, at, quoting);
  return address === undefined ? undefined : { name: address, end };
}

function readPort(input: string, at: number): { port: number; end: number } | undefined {
  const number = matchAt(digits, input, at);
  const port = number === null ? 0 : Number(number[0]);
  return number === null || port === 0 || port > 65535
    ? undefined
    : { port, end: at + number[0].length };
}

function readNode(input: string, at: number, quoting: Quoting): Node | undefined {
  const named = readName(input, at, quoting);
  if (named === undefined) return undefined;
  const { name, end } = named;
  if (input[end] !== ":") return { name, port: undefined, end };
  if (quoting === "bare") return undefined;
  const word = matchAt(obfuscated, input, end + 1);
  if (word !== null) return { name, port: word[0], end: end + 1 + word[0].length };
  const number = readPort(input, end + 1);
  return number && { name, ...number };
}

/** Where a host ends; undefined when it is none. */
function hostEnd(input: string, at: number, quoting: Quoting): number | undefined {
  if (at >= input.length) return undefined;
  let end: number;
  if (quoting === "quoted" && input[at] === "[") {
    const address = readAddress(input, at, quoting);
    if (address.address === undefined) return undefined;
    end = address.end;
  } else end = at + matchAt(hostName, input, at)![0].length;
  if (input[end] !== ":") return end;
  return quoting === "bare" ? undefined : readPort(input, end + 1)?.end;
}

type Field = "proto" | "host" | "for" | "by";
type Fields = Partial<Record<Field, string>>;

const protocol = /https?/y;

function valueEnd(field: Field, input: string, at: number, quoting: Quoting): number | undefined {
  switch (field) {
    case "proto": {
      const match = matchAt(protocol, input, at);
      return match === null ? undefined : at + match[0].length;
    }
    case "host":
      return hostEnd(input, at, quoting);
    case "for":
    case "by":
      return readNode(input, at, quoting)?.end;
  }
}

const fieldName = /(proto|host|for|by)=/y;

/** The parameters of an element; undefined when it is not valid. */
function readElement(input: string): Fields | undefined {
  const fields: Fields = {};
  for (let at = 0; at < input.length;) {
    if (at > 0 && input[at++] !== ";") return undefined;
    const match = matchAt(fieldName, input, at);
    if (match === null) return undefined;
    const field = match[1] as Field;
    if (fields[field] !== undefined) return undefined;
    at += match[0].length;
    // The protocol is never quoted.
    const quoting = field !== "proto" && input[at] === '"' ? "quoted" : "bare";
    if (quoting === "quoted") at++;
    const end = at < input.length ? valueEnd(field, input, at, quoting) : undefined;
    if (end === undefined || (quoting === "quoted" && input[end] !== '"')) return undefined;
    fields[field] = input.substring(at, end);
    at = quoting === "quoted" ? end + 1 : end;
    if (Object.keys(fields).length === 4) break;
  }
  return fields;
}

const nodeName: Convert = (value) => readNode(value as string, 0, "quoted")?.name;
const nodePort: Convert = (value) => readNode(value as string, 0, "quoted")?.port;

const toText = castFor("any", "str")!;
const plainName = /^[A-Za-z0-9._-]+$/;

/** A text as an obfuscated identifier; undefined when it holds other characters. */
function obfuscate(value: Value): string | undefined {
  const name = toText(value);
  return typeof name === "string" && plainName.test(name) ? "_" + name : undefined;
}

const row = { args: noArgs, input: "str", pure: true } as const;

export const forwardedConverters = [
  {
    ...row,
    name: "rfc7239_is_valid",
    output: "bool",
    doc: "whether an element of a Forwarded header is valid",
    make: plain((value) => {
      const fields = readElement(value as string);
      return fields !== undefined && Object.keys(fields).length > 0;
    }),
  },
  {
    ...row,
    name: "rfc7239_field",
    args: [text("field")],
    output: "str",
    doc: "a parameter (for, by, host, proto) of an element of a Forwarded header",
    make: (args) => {
      const name = textOf(args[0]) as Field;
      return (value) => {
        const fields = readElement(value as string);
        return fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
      };
    },
  },
  {
    ...row,
    name: "rfc7239_n2nn",
    output: "any",
    doc: "the name of a node: an address, `unknown` or `_name`",
    make: plain(nodeName),
  },
  {
    ...row,
    name: "rfc7239_n2np",
    output: "any",
    doc: "the port of a node: a number or `_name`",
    make: plain(nodePort),
  },
  {
    ...row,
    name: "rfc7239_nn",
    input: "any",
    output: "str",
    doc: "an address or a text as a node name",
    make: plain((value) => {
      if (value instanceof Address) return value.family === 4 ? value.toString() : `[${value}]`;
      return toText(value) === "" ? "unknown" : obfuscate(value);
    }),
  },
  {
    ...row,
    name: "rfc7239_np",
    input: "any",
    output: "str",
    doc: "a number or a text as a node port",
    make: plain((value) =>
      typeof value === "number" || typeof value === "bigint"
        ? String(BigInt.asUintN(32, BigInt(value)))
        : obfuscate(value)
    ),
  },
] satisfies ConverterSpec[];
