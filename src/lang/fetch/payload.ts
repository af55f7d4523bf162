import type { Context, StreamBuffer } from "../context.ts";
import { type Arg, type ArgSpec, type FetchSpec } from "../spec.ts";
import { Bin, type Int } from "../value.ts";
import {
  bufferBytesDefault,
  type BufferOf,
  passingBufferOf,
  requestBufferOf,
  responseBufferOf,
} from "./buffer.ts";
import { eitherHead, requestHead, responseHead } from "./phase_mask.ts";
import { integerOf, invalidArguments, noArgs, plain, textOf } from "./row.ts";

function numberOf(arg: Arg | undefined): number {
  return Number(integerOf(arg) ?? 0);
}

/** Marks that more bytes may come, and gives nothing for now. */
function tooShort(cx: Context, buffer: StreamBuffer): undefined {
  if (!buffer.closed) cx.mayChange = true;
  return undefined;
}

/** A part of the bytes; without a length all that follows, which grows as more of it comes. */
function payload(bufferOf: BufferOf): FetchSpec["make"] {
  return (args, { bufferBytesMax = bufferBytesDefault }) => {
    const [offset, length] = [numberOf(args[0]), numberOf(args[1])];
    // To HAProxy a negative number is one beyond any buffer.
    const fits = offset >= 0 && length >= 0 && offset + length <= bufferBytesMax;
    return {
      get(cx) {
        const buffer = bufferOf(cx);
        if (buffer === undefined || !fits) return undefined;
        const { text } = buffer;
        if (offset + length > text.length) return tooShort(cx, buffer);
        if (length > 0) return new Bin(text.substring(offset, offset + length));
        if (!buffer.closed) cx.mayChange = true;
        return new Bin(text.substring(offset));
      },
    };
  };
}

/** A part of the bytes whose length they say themselves, as a big-endian number. */
function payloadOfLength(name: string, bufferOf: BufferOf): FetchSpec["make"] {
  return (args, { bufferBytesMax = bufferBytesDefault }) => {
    const { at, size, from } = lengthArguments(name, args);
    return {
      get(cx) {
        const buffer = bufferOf(cx);
        if (buffer === undefined) return undefined;
        const { text } = buffer;
        if (at + size > text.length) return tooShort(cx, buffer);
        const length = bigEndian(text, at, size);
        if (length === 0 || from + length > bufferBytesMax) return undefined;
        if (from + length > text.length) return tooShort(cx, buffer);
        return new Bin(text.substring(from, from + length));
      },
    };
  };
}

/** Of at most four bytes: HAProxy keeps 32 bits of it. */
function bigEndian(bytes: string, at: number, size: number): number {
  let value = 0;
  for (let i = at; i < at + size; i++) value = (value << 8 | bytes.charCodeAt(i)) >>> 0;
  return value;
}

function lengthArguments(
  name: string,
  args: readonly (Arg | undefined)[],
): { at: number; size: number; from: number } {
  const [at, size] = [numberOf(args[0]), numberOf(args[1])];
  if (at < 0) throw invalidArguments(name, "payload offset1 must be positive");
  if (size === 0) throw invalidArguments(name, "payload length must be > 0");
  const text = textOf(args[2]) ?? "";
  if (text === "") return { at, size, from: at + size };
  if (!/^[+-]?[0-9]+$/.test(text)) {
    throw invalidArguments(name, "payload offset2 is not a number", text);
  }
  const relative = /^[+-]/.test(text);
  const from = Number(text) + (relative ? at + size : 0);
  if (from < 0) throw invalidArguments(name, "payload offset2 too negative", text);
  return { at, size, from };
}

/** The count changes with every byte that comes. */
function length(bufferOf: BufferOf): FetchSpec["make"] {
  return plain((cx): Int | undefined => {
    const buffer = bufferOf(cx);
    if (buffer === undefined) return undefined;
    cx.mayChange = true;
    return buffer.text.length;
  });
}

const partArgs: readonly ArgSpec[] = [
  { name: "offset", type: "integer" },
  { name: "length", type: "integer" },
];
const lengthArgs: readonly ArgSpec[] = [
  { name: "offset1", type: "integer" },
  { name: "length", type: "integer" },
  { name: "offset2", type: "string", optional: true },
];

const row = { pure: true, raw: true } as const;
const partRow = { ...row, type: "bin", args: partArgs } as const;
const lengthRow = { ...row, type: "bin", args: lengthArgs } as const;
const countRow = { ...row, type: "sint", args: noArgs } as const;

/** Raw bytes of a connection that are held for inspection. */
export const payloadFetches = [
  {
    ...countRow,
    name: "req.len",
    phases: requestHead,
    doc: "bytes received from the client and held",
    make: length(requestBufferOf),
  },
  {
    ...countRow,
    name: "req_len",
    phases: requestHead,
    doc: "old name of req.len",
    make: length(requestBufferOf),
  },
  {
    ...countRow,
    name: "res.len",
    phases: responseHead,
    doc: "bytes received from the server and held",
    make: length(responseBufferOf),
  },
  {
    ...partRow,
    name: "req.payload",
    phases: requestHead,
    doc: "bytes from the client at an offset; length 0 for all that follow",
    make: payload(requestBufferOf),
  },
  {
    ...partRow,
    name: "res.payload",
    phases: responseHead,
    doc: "bytes from the server at an offset; length 0 for all that follow",
    make: payload(responseBufferOf),
  },
  {
    ...partRow,
    name: "payload",
    phases: eitherHead,
    doc: "bytes of the side that is inspected, at an offset; length 0 for all that follow",
    make: payload(passingBufferOf),
  },
  {
    ...lengthRow,
    name: "req.payload_lv",
    phases: requestHead,
    doc: "bytes from the client whose length stands in front of them",
    make: payloadOfLength("req.payload_lv", requestBufferOf),
  },
  {
    ...lengthRow,
    name: "res.payload_lv",
    phases: responseHead,
    doc: "bytes from the server whose length stands in front of them",
    make: payloadOfLength("res.payload_lv", responseBufferOf),
  },
  {
    ...lengthRow,
    name: "payload_lv",
    phases: eitherHead,
    doc: "bytes of the side that is inspected, whose length stands in front of them",
    make: payloadOfLength("payload_lv", passingBufferOf),
  },
] satisfies FetchSpec[];
