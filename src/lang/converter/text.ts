import { asciiLower } from "../ascii.ts";
import type { ConverterSpec } from "../spec.ts";
import { Bin, type Value } from "../value.ts";
import { invalidArguments, noArgs, optionalText, plain, text, textOf } from "./row.ts";

function asciiUpper(value: string): string {
  const upper = value.toUpperCase();
  // Some bytes above 127 have an upper case in JavaScript, of more than one character even.
  return /[\x80-\xff]/.test(value) ? value.replace(/[a-z]+/g, (part) => part.toUpperCase()) : upper;
}

/** Membership by byte of the characters of an argument. */
export function byteTable(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i) & 0xff] = 1;
  return table;
}

/** Where the port of a host begins (behind the colon), or -1. Colons inside brackets do not count. */
function portStart(host: string): number {
  for (let i = host.length - 1; i >= 0; i--) {
    const c = host.charCodeAt(i);
    if (c === 58) return i + 1;
    if (c === 93) return -1;
  }
  return -1;
}

function hostOnly(value: Value): string {
  const host = value as string;
  const port = portStart(host);
  return asciiLower(port < 0 ? host : host.substring(0, port - 1));
}

/** Reads the port as HAProxy does: bytes that are no digits are not refused, they are miscounted. */
function portOnly(value: Value): number {
  const host = value as string;
  const start = portStart(host);
  if (start < 0) return 0;
  let port = 0;
  for (let i = start; i < host.length; i++) {
    port = (Math.imul(port, 10) + host.charCodeAt(i) - 48) >>> 0;
  }
  return port;
}

function cutLine(value: Value): string {
  const line = value as string;
  for (let i = 0; i < line.length; i++) {
    const c = line.charCodeAt(i);
    if (c === 10 || c === 13) return line.substring(0, i);
  }
  return line;
}

function reversed(value: string): string {
  let out = "";
  for (let i = value.length - 1; i >= 0; i--) out += value[i];
  return out;
}

function hasControl(bytes: string): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes.charCodeAt(i) < 32) return true;
  return false;
}

const row = { args: noArgs, input: "str", output: "str", pure: true } as const;

export const textConverters = [
  {
    ...row,
    name: "lower",
    doc: "in lower case",
    make: plain((value) => asciiLower(value as string)),
  },
  {
    ...row,
    name: "upper",
    doc: "in upper case",
    make: plain((value) => asciiUpper(value as string)),
  },
  {
    ...row,
    name: "length",
    output: "sint",
    doc: "the length in bytes",
    make: plain((value) => (value as string).length),
  },
  {
    ...row,
    name: "ltrim",
    args: [text("chars")],
    doc: "without any of <chars> at its start",
    make: (args) => {
      const table = byteTable(textOf(args[0]));
      return (value) => {
        const input = value as string;
        let from = 0;
        while (from < input.length && table[input.charCodeAt(from) & 0xff] === 1) from++;
        return from === 0 ? input : input.substring(from);
      };
    },
  },
  {
    ...row,
    name: "rtrim",
    args: [text("chars")],
    doc: "without any of <chars> at its end",
    make: (args) => {
      const table = byteTable(textOf(args[0]));
      return (value) => {
        const input = value as string;
        let to = input.length;
        while (to > 0 && table[input.charCodeAt(to - 1) & 0xff] === 1) to--;
        return to === input.length ? input : input.substring(0, to);
      };
    },
  },
  { ...row, name: "cut_crlf", doc: "what stands before the first CR or LF", make: plain(cutLine) },
  {
    ...row,
    name: "reverse",
    doc: "from its end to its start",
    make: plain((v) => reversed(v as string)),
  },
  {
    ...row,
    name: "reverse_dom",
    doc: "the labels of a domain name from last to first",
    make: plain((value) => (value as string).split(".").reverse().join(".")),
  },
  {
    ...row,
    name: "host_only",
    doc: "a Host header's value without its port, in lower case",
    make: plain(hostOnly),
  },
  {
    ...row,
    name: "port_only",
    output: "sint",
    doc: "the port of a Host header's value, 0 without one",
    make: plain(portOnly),
  },
  {
    ...row,
    name: "has_ctl",
    args: [optionalText("mask")],
    input: "bin",
    output: "bool",
    doc: "whether some byte is a control character (0 to 31)",
    make: (args) => {
      if (args[0] !== undefined) throw invalidArguments("has_ctl", "a mask is not supported");
      return (value) => hasControl((value as Bin).bytes);
    },
  },
] satisfies ConverterSpec[];
