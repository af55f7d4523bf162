import type { ConverterSpec } from "../spec.ts";
import { hexPairs, hexValue } from "./hexadecimal.ts";
import { integerOf, invalidArguments, optionalInteger, text, textOf } from "./row.ts";

const percent = 37;
const plus = 43;
const questionMark = 63;

/** Bytes that stand for themselves in a query: RFC 3986's unreserved ones. */
const unreserved = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  unreserved[byte] = /[A-Za-z0-9._~-]/.test(String.fromCharCode(byte)) ? 1 : 0;
}

function encode(input: string): string {
  let out = "";
  let from = 0;
  for (let at = 0; at < input.length; at++) {
    const byte = input.charCodeAt(at) & 0xff;
    if (unreserved[byte] === 1) continue;
    out += input.substring(from, at) + "%" + hexPairs[byte];
    from = at + 1;
  }
  return out + input.substring(from);
}

/** Where a `+` is a blank: everywhere in a form, behind the question mark in a URL. */
type PlusIsBlank = "everywhere" | "in the query";

/** Undefined when a percent sign is not followed by two hexadecimal digits. */
function decode(input: string, plusIsBlank: PlusIsBlank): string | undefined {
  let out = "";
  let from = 0;
  let inQuery = plusIsBlank === "everywhere";
  for (let at = 0; at < input.length; at++) {
    const c = input.charCodeAt(at);
    if (c === percent) {
      const high = hexValue(input.charCodeAt(at + 1));
      const low = hexValue(input.charCodeAt(at + 2));
      if (at + 2 >= input.length || high < 0 || low < 0) return undefined;
      out += input.substring(from, at) + String.fromCharCode(high * 16 + low);
      at += 2;
      from = at + 1;
    } else if (c === plus && inQuery) {
      out += input.substring(from, at) + " ";
      from = at + 1;
    } else if (c === questionMark) inQuery = true;
  }
  return from === 0 ? input : out + input.substring(from);
}

const row = { input: "str", output: "str", pure: true } as const;

export const urlConverters = [
  {
    ...row,
    name: "url_enc",
    args: [text("enc_type")],
    doc: "with all bytes that are not plain in a query percent-encoded",
    make: (args) => {
      const type = textOf(args[0]);
      if (type !== "" && type !== "query") {
        throw invalidArguments(
          "url_enc",
          "Unexpected encode type. Allowed value is 'query'",
          type,
        );
      }
      return (value) => encode(value as string);
    },
  },
  {
    ...row,
    name: "url_dec",
    args: [optionalInteger("in_form")],
    doc: "percent-decoded; `+` is a blank in the query, with <in_form> everywhere",
    make: (args) => {
      const plusIsBlank = Number(integerOf(args[0]) ?? 0) !== 0 ? "everywhere" : "in the query";
      return (value) => decode(value as string, plusIsBlank);
    },
  },
] satisfies ConverterSpec[];
