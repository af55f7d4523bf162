import { asciiLower } from "../ascii.ts";
import type { Context } from "../context.ts";
import type { Arg, ArgSpec, FetchSpec } from "../spec.ts";
import { Bin, type Value } from "../value.ts";
import { requestOf } from "./head_side.ts";
import { looseInteger } from "./loose_integer.ts";
import { eachParameter, firstParameter, type ParameterName } from "./parameter_walk.ts";
import { requestHead } from "./phase_mask.ts";
import { optionalText, textOf } from "./row.ts";

type Read = (text: string) => Value;

const urlArgs: readonly ArgSpec[] = [
  optionalText("name"),
  optionalText("delim"),
  optionalText("i"),
];
const bodyArgs: readonly ArgSpec[] = [optionalText("name"), optionalText("i")];

const ampersand = 38;

function wantedName(name: Arg | undefined, flag: Arg | undefined): ParameterName {
  const text = textOf(name) ?? "";
  return { name: text, lower: textOf(flag)?.startsWith("i") ? asciiLower(text) : undefined };
}

/** Parameters of the request target, behind `?` or behind the delimiter given. */
function urlParameter(read: Read): FetchSpec["make"] {
  return (args) => {
    const wanted = wantedName(args[0], args[2]);
    const mark = textOf(args[1])?.charAt(0) || "?";
    const delimiter = mark.charCodeAt(0);
    const start = (target: string) => target.indexOf(mark) + 1;
    return {
      get(cx: Context) {
        const target = requestOf(cx)?.target;
        if (target === undefined) return undefined;
        const from = start(target);
        if (from === 0) return undefined;
        const value = firstParameter(target, from, delimiter, wanted);
        return value === undefined ? undefined : read(value);
      },
      each(cx: Context, visit: (value: Value) => boolean) {
        const target = requestOf(cx)?.target;
        if (target === undefined) return false;
        const from = start(target);
        return from > 0 &&
          eachParameter(target, from, delimiter, wanted, (value) => visit(read(value)));
      },
    };
  };
}

/** Parameters of a url-encoded body, as much of it as is here. */
const bodyParameter: FetchSpec["make"] = (args) => {
  const wanted = wantedName(args[0], args[1]);
  return {
    get(cx) {
      const text = bodyText(cx);
      if (text === undefined) return undefined;
      const value = firstParameter(text, 0, ampersand, wanted);
      return value === undefined ? undefined : new Bin(value);
    },
    each(cx, visit) {
      const text = bodyText(cx);
      return text !== undefined &&
        eachParameter(text, 0, ampersand, wanted, (value) => visit(new Bin(value)));
    },
  };
};

function bodyText(cx: Context): string | undefined {
  if (requestOf(cx) === undefined) return undefined;
  const body = cx.requestBody;
  if (body === undefined) return "";
  if (!body.complete) cx.mayChange = true;
  return body.text;
}

const asText: Read = (text) => text;

const row = { phases: requestHead, pure: true } as const;

export const parameterFetches = [
  {
    ...row,
    name: "url_param",
    args: urlArgs,
    type: "str",
    doc: "first parameter of that name in the query string",
    make: urlParameter(asText),
  },
  {
    ...row,
    name: "urlp",
    args: urlArgs,
    type: "str",
    doc: "short name of url_param",
    make: urlParameter(asText),
  },
  {
    ...row,
    name: "urlp_val",
    args: urlArgs,
    type: "sint",
    doc: "number in a parameter of the query string",
    make: urlParameter(looseInteger),
  },
  {
    ...row,
    name: "req.body_param",
    args: bodyArgs,
    type: "bin",
    doc: "first parameter of that name in a url-encoded body",
    make: bodyParameter,
  },
] satisfies FetchSpec[];
