import { Address } from "./address.ts";
import { readIntPrefix } from "./int.ts";
import { Bin, type Int, Method, type SampleType, type Value } from "./value.ts";

/** Turns a value into another type; undefined when this value cannot be one. */
export type Cast = (value: Value) => Value | undefined;

/** The cast between equal types. Callers compare with it to leave it out. */
export const same: Cast = (value) => value;

/**
 * How a sample of one type becomes one of another before converters and matches (acl-semantics §3);
 * undefined where HAProxy refuses the pair when it reads the configuration.
 */
export function castFor(from: SampleType, to: SampleType): Cast | undefined {
  if (to === "any" || from === to) return same;
  if (from === "any") return (value) => castFor(typeOf(value), to)?.(value);
  return casts[from][to];
}

/** The type of a value that is there. */
export function typeOf(value: Value): Exclude<SampleType, "any" | "addr"> {
  switch (typeof value) {
    case "string":
      return "str";
    case "boolean":
      return "bool";
    case "number":
    case "bigint":
      return "sint";
    default:
      if (value instanceof Address) return value.family === 4 ? "ipv4" : "ipv6";
      return value instanceof Bin ? "bin" : "meth";
  }
}

const intOfBool: Cast = (value) => (value ? 1 : 0);
const boolOfInt: Cast = (value) => value != 0;
const textOfInt: Cast = (value) => String(value);
const textOfBool: Cast = (value) => (value ? "1" : "0");
const textOfAddress: Cast = (value) => (value as Address).toString();
const methodOfText: Cast = (value) => new Method(value as string);
const textOfMethod: Cast = (value) => (value as Method).name;

/** What follows a NUL is not part of a C string. */
const textOfBin: Cast = (value) => {
  const { bytes } = value as Bin;
  const nul = bytes.indexOf("\0");
  return nul < 0 ? bytes : bytes.substring(0, nul);
};

const v4OfInt: Cast = (value) => Address.v4(Number(BigInt.asUintN(32, BigInt(value as Int))));
const intOfAddress: Cast = (value) => {
  const address = value as Address;
  return address.family === 4 ? address.d : undefined;
};

const v4OfAddress: Cast = (value) => {
  const address = value as Address;
  if (address.family === 4) return address;
  const { a, b, c, d } = address;
  return a === 0 && b === 0 && c === 0xffff ? Address.v4(d) : undefined;
};

const v6OfAddress: Cast = (value) => {
  const address = value as Address;
  return address.family === 6 ? address : Address.v6(0, 0, 0xffff, address.d);
};

const addressOfText: Cast = (value) => readAddress(value as string);

function binOfInt(value: Int): Bin {
  const bits = BigInt.asUintN(64, BigInt(value));
  let bytes = "";
  for (let shift = 56n; shift >= 0n; shift -= 8n) {
    bytes += String.fromCharCode(Number((bits >> shift) & 255n));
  }
  return new Bin(bytes);
}

function binOfAddress(value: Value): Bin {
  const { family, a, b, c, d } = value as Address;
  const word = (w: number) =>
    String.fromCharCode(w >>> 24, (w >>> 16) & 255, (w >>> 8) & 255, w & 255);
  return new Bin(family === 4 ? word(d) : word(a) + word(b) + word(c) + word(d));
}

/**
 * An address at the start of a text: reading IPv4 stops at the first byte that is no digit and no
 * dot, and what follows does not count; IPv6 is the whole text.
 */
export function readAddress(text: string): Address | undefined {
  let end = 0;
  let dots = 0;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === 46) dots++;
    else if (code < 48 || code > 57) break;
  }
  if (dots !== 3) return text.includes(":") ? Address.parse(text) : undefined;
  let word = 0;
  for (const part of text.substring(0, end).split(".")) {
    if (part === "" || Number(part) > 255) return undefined;
    word = word * 256 + Number(part);
  }
  return Address.v4(word);
}

/** The bytes of any value, where one has bytes. */
const binOf = {
  int: (value: Value) => binOfInt(value as Int),
  bool: (value: Value) => binOfInt(value ? 1 : 0),
  text: (value: Value) => new Bin(value as string),
  method: (value: Value) => new Bin((value as Method).name),
};

type Row = Partial<Record<SampleType, Cast>>;

const addressRow: Row = {
  addr: same,
  ipv4: v4OfAddress,
  ipv6: v6OfAddress,
  sint: intOfAddress,
  str: textOfAddress,
  bin: binOfAddress,
};

const casts: Record<Exclude<SampleType, "any">, Row> = {
  bool: { sint: intOfBool, str: textOfBool, bin: binOf.bool },
  sint: {
    bool: boolOfInt,
    addr: v4OfInt,
    ipv4: v4OfInt,
    ipv6: (value) => v6OfAddress(v4OfInt(value)!),
    str: textOfInt,
    bin: binOf.int,
  },
  addr: addressRow,
  ipv4: addressRow,
  ipv6: addressRow,
  str: {
    bool: (value) => {
      const int = readIntPrefix(value as string);
      return int === undefined ? undefined : int != 0;
    },
    sint: (value) => readIntPrefix(value as string),
    addr: addressOfText,
    ipv4: (value) => {
      const address = readAddress(value as string);
      return address && v4OfAddress(address);
    },
    ipv6: (value) => {
      const address = readAddress(value as string);
      return address && v6OfAddress(address);
    },
    bin: binOf.text,
    meth: methodOfText,
  },
  bin: { str: textOfBin, meth: (value) => methodOfText(textOfBin(value)!) },
  meth: { str: textOfMethod, bin: binOf.method },
};
