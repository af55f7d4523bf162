import { saturate } from "../int.ts";
import { type Arg, type ConverterSpec } from "../spec.ts";
import type { Value } from "../value.ts";
import { findJson, type JsonToken, parseJsonPath } from "./json_path.ts";
import { invalidArguments, optionalText, text, textOf } from "./row.ts";

/** Looks a path up in a JSON text (latin1). */
export type JsonQuery = (json: string) => Value | undefined;

/**
 * The query for a path and an output type, "int" or "". Throws LangError. Strings are unescaped,
 * booleans stay booleans, arrays are given as they stand, objects and null are nothing.
 */
export function compileJsonQuery(
  converter: string,
  path: string,
  type: string,
): JsonQuery {
  if (path === "") throw invalidArguments(converter, "json_path must not be empty");
  if (type !== "" && type !== "int") {
    throw invalidArguments(converter, 'output_type only supports "int" as argument.', type);
  }
  const steps = parseJsonPath(path);
  // HAProxy takes a path that is none; nothing is ever found by it.
  if (steps === undefined) return () => undefined;
  return (json) => {
    const token = findJson(json, steps);
    return token === undefined ? undefined : valueOf(json, token, type === "int");
  };
}

function valueOf(json: string, token: JsonToken, asInteger: boolean): Value | undefined {
  const source = json.substring(token.start, token.end);
  switch (token.kind) {
    case "true":
      return true;
    case "false":
      return false;
    case "null":
      return undefined;
    case "number":
      return asInteger ? integerOf(source) : numberText(Number(source));
    case "string":
      return unescape(source);
    case "array":
      return source;
    case "object":
      return undefined;
  }
}

function integerOf(source: string): Value {
  return saturate(BigInt(/^-?[0-9]+/.exec(source)![0]));
}

/** A number as C's `%g` writes it: six significant digits, no zeros at the end. */
function numberText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  const [mantissa, power] = value.toExponential(5).split("e") as [string, string];
  const digits = Number(power);
  if (digits < -4 || digits >= 6) {
    const size = Math.abs(digits) < 10 ? "0" + Math.abs(digits) : String(Math.abs(digits));
    return `${withoutZeros(mantissa)}e${digits < 0 ? "-" : "+"}${size}`;
  }
  return withoutZeros(value.toFixed(Math.max(0, 5 - Math.max(digits, Math.min(exponent, digits)))));
}

function withoutZeros(text: string): string {
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** As HAProxy's parser does, which takes `\u` up to 00ff, for one byte, and no `\/`. */
function unescape(quoted: string): string | undefined {
  const inner = quoted.substring(1, quoted.length - 1);
  if (!inner.includes("\\")) return inner;
  let out = "";
  for (let i = 0; i < inner.length; i++) {
    if (inner[i] !== "\\") {
      out += inner[i];
      continue;
    }
    const letter = inner[++i];
    if (letter === "u") {
      const digits = inner.substring(i + 1, i + 5);
      if (!/^00[0-9a-fA-F]{2}$/.test(digits)) return undefined;
      out += String.fromCharCode(parseInt(digits, 16));
      i += 4;
    } else {
      const plain = letter === undefined ? undefined : escapes[letter];
      if (plain === undefined) return undefined;
      out += plain;
    }
  }
  return out;
}

export const jsonQueryConverters = [
  {
    name: "json_query",
    args: [text("json_path"), optionalText("output_type")],
    input: "str",
    output: "any",
    pure: true,
    doc: "the value at a JSON path; with output_type int as an integer",
    make: (args: readonly (Arg | undefined)[]) => {
      const query = compileJsonQuery("json_query", textOf(args[0]), textOf(args[1]));
      return (value) => query(value as string);
    },
  },
] satisfies ConverterSpec[];
