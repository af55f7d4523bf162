import { wrapInt } from "../int.ts";
import type { Arg, ConverterSpec } from "../spec.ts";
import { Bin, type Int } from "../value.ts";
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from "./base64.ts";
import { hexOf, hexPairs, hexValue } from "./hexadecimal.ts";
import {
  type Convert,
  integerOf,
  invalidArguments,
  noArgs,
  optionalInteger,
  plain,
  text,
  textOf,
} from "./row.ts";

function ofBytes(encode: (bytes: string) => string): ConverterSpec["make"] {
  return plain((value) => encode((value as Bin).bytes));
}

function toBytes(decode: (text: string) => string | undefined): ConverterSpec["make"] {
  return plain((value) => {
    const bytes = decode(value as string);
    return bytes === undefined ? undefined : new Bin(bytes);
  });
}

function integerOfHex(digits: string): Int | undefined {
  let value = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = hexValue(digits.charCodeAt(i));
    if (digit < 0) return undefined;
    value = value * 16 + digit;
  }
  return digits.length <= 13 ? value : wrapInt(BigInt("0x" + digits));
}

function bitsOf(bytes: string): string {
  let out = "";
  for (let i = 0; i < bytes.length; i++) out += bytes.charCodeAt(i).toString(2).padStart(8, "0");
  return out;
}

function networkLong(value: Int): Bin {
  const word = Number(BigInt.asUintN(32, BigInt(value)));
  return new Bin(
    String.fromCharCode(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255),
  );
}

/** Cuts bytes into chunks; when `truncate`, without a last one that is not whole. */
function chunked(
  args: readonly (Arg | undefined)[],
  size: number,
  write: (bytes: string, from: number, to: number) => string,
): Convert {
  const separator = textOf(args[0]);
  const truncate = Number(integerOf(args[2]) ?? 0) !== 0;
  return (value) => {
    const { bytes } = value as Bin;
    const end = truncate ? bytes.length - (bytes.length % size) : bytes.length;
    let out = "";
    for (let at = 0; at < end; at += size) {
      if (at > 0) out += separator;
      out += write(bytes, at, Math.min(at + size, end));
    }
    return out;
  };
}

function decimals(name: string, order: "big" | "little"): ConverterSpec["make"] {
  const write = (bytes: string, from: number, to: number) => {
    let value = 0n;
    for (let i = from; i < to; i++) {
      const at = order === "big" ? i : to - 1 - (i - from);
      value = (value << 8n) | BigInt(bytes.charCodeAt(at));
    }
    return value.toString();
  };
  return (args) => {
    const size = Number(integerOf(args[1]) ?? 0);
    if (size <= 0 || size > 8) {
      throw invalidArguments(name, `chunk_size out of [1..8] range (${size})`);
    }
    return chunked(args, size, write);
  };
}

function makeHexChunks(args: readonly (Arg | undefined)[]): Convert {
  const size = Number(integerOf(args[1]) ?? 0);
  const truncate = Number(integerOf(args[2]) ?? 0) !== 0;
  const separator = textOf(args[0]);
  if (size <= 0 && (separator !== "" || truncate)) {
    throw invalidArguments("be2hex", `chunk_size needs to be positive (${size})`);
  }
  if (separator === "" && !truncate) return (value) => hexOf((value as Bin).bytes);
  return chunked(args, size, (bytes, from, to) => {
    let out = "";
    for (let i = from; i < to; i++) out += hexPairs[bytes.charCodeAt(i)];
    return out;
  });
}

const chunkArgs = [text("separator"), optionalInteger("chunk_size"), optionalInteger("truncate")];

const row = { args: noArgs, input: "bin", output: "str", pure: true } as const;

export const encodingConverters = [
  { ...row, name: "base64", doc: "as base64", make: ofBytes(encodeBase64) },
  { ...row, name: "ub64enc", doc: "as base64url without padding", make: ofBytes(encodeBase64Url) },
  { ...row, name: "hex", doc: "two hexadecimal digits a byte", make: ofBytes(hexOf) },
  { ...row, name: "base2", doc: "eight binary digits a byte", make: ofBytes(bitsOf) },
  {
    ...row,
    name: "b64dec",
    input: "str",
    output: "bin",
    doc: "decodes base64",
    make: toBytes(decodeBase64),
  },
  {
    ...row,
    name: "ub64dec",
    input: "str",
    output: "bin",
    doc: "decodes base64url",
    make: toBytes(decodeBase64Url),
  },
  {
    ...row,
    name: "hex2i",
    input: "str",
    output: "sint",
    doc: "the integer that hexadecimal digits stand for",
    make: plain((value) => integerOfHex(value as string)),
  },
  {
    ...row,
    name: "htonl",
    input: "sint",
    output: "bin",
    doc: "the low 32 bits as four bytes, most significant first",
    make: plain((value) => networkLong(value as Int)),
  },
  {
    ...row,
    name: "be2hex",
    args: chunkArgs,
    doc: "hexadecimal digits with a separator every <chunk_size> bytes",
    make: makeHexChunks,
  },
  {
    ...row,
    name: "be2dec",
    args: chunkArgs,
    doc: "a decimal number for every <chunk_size> bytes, most significant first",
    make: decimals("be2dec", "big"),
  },
  {
    ...row,
    name: "le2dec",
    args: chunkArgs,
    doc: "a decimal number for every <chunk_size> bytes, least significant first",
    make: decimals("le2dec", "little"),
  },
] satisfies ConverterSpec[];
