import type { ConverterSpec } from "../spec.ts";
import { type Convert, invalidArguments, text, textOf } from "./row.ts";
import { decodeUtf8 } from "./utf8.ts";

/** How bytes become characters: what is done with errors, and whether overlong ones are one. */
interface Decoder {
  readonly errors: "fail" | "drop";
  readonly overlong: "error" | "accepted";
}

const decoders: Readonly<Record<string, Decoder | undefined>> = {
  utf8: { errors: "fail", overlong: "error" },
  utf8s: { errors: "drop", overlong: "error" },
  utf8p: { errors: "fail", overlong: "accepted" },
  utf8ps: { errors: "drop", overlong: "accepted" },
};

const shortEscapes: Readonly<Record<number, string>> = {
  8: "\\b",
  9: "\\t",
  10: "\\n",
  12: "\\f",
  13: "\\r",
  34: '\\"',
  47: "\\/",
  92: "\\\\",
};

function escapeCode(code: number): string {
  const short = shortEscapes[code];
  if (short !== undefined) return short;
  if (code >= 32 && code < 127) return String.fromCharCode(code);
  return "\\u" + code.toString(16).padStart(4, "0");
}

/** By byte value, for the decoder that takes every byte for a character. */
const asciiEscapes: readonly string[] = Array.from({ length: 256 }, (_, byte) => escapeCode(byte));

const escapeAscii: Convert = (value) => {
  const input = value as string;
  let out = "";
  for (let i = 0; i < input.length; i++) out += asciiEscapes[input.charCodeAt(i) & 0xff];
  return out;
};

function escapeUtf8({ errors, overlong }: Decoder): Convert {
  return (value) => {
    const input = value as string;
    let out = "";
    for (let at = 0; at < input.length;) {
      const char = decodeUtf8(input, at);
      at += char.bytes;
      // JSON's \u takes four digits: higher characters count as errors.
      const wrong = char.bad || char.forbidden || char.code > 0xffff ||
        (char.overlong && overlong === "error");
      if (!wrong) out += escapeCode(char.code);
      else if (errors === "fail") return undefined;
    }
    return out;
  };
}

export const jsonTextConverters = [
  {
    name: "json",
    args: [text("input-code")],
    input: "str",
    output: "str",
    pure: true,
    doc: "escaped for a JSON string; <input-code> is ascii, utf8, utf8s, utf8p or utf8ps",
    make: (args) => {
      const code = textOf(args[0]);
      if (code === "" || code === "ascii") return escapeAscii;
      const decoder = decoders[code];
      if (decoder !== undefined) return escapeUtf8(decoder);
      throw invalidArguments(
        "json",
        "Unexpected input code type. Allowed value are 'ascii', 'utf8', 'utf8s', 'utf8p' and 'utf8ps'",
        code,
      );
    },
  },
] satisfies ConverterSpec[];
