import type { Context } from "../context.ts";
import type { Arg, ArgSpec, FetchSpec } from "../spec.ts";
import type { Value } from "../value.ts";
import { type CookieField, eachCookie, eachCookieName } from "./cookie_walk.ts";
import { requestOf, responseOf, type Side, sideAt } from "./head_side.ts";
import { looseInteger } from "./loose_integer.ts";
import { eitherHead, requestHead, responseHead } from "./phase_mask.ts";
import { optionalText, textOf } from "./row.ts";

type Make = FetchSpec["make"];
type Read = (text: string) => Value;

const nameArgs: readonly ArgSpec[] = [optionalText("name")];
const delimiterArgs: readonly ArgSpec[] = [optionalText("delim")];

const asText: Read = (text) => text;

function fieldOf(side: Side): CookieField {
  return side === requestOf ? "cookie" : "set-cookie";
}

/** The last cookie of that name, the first of all without a name; every one in ACLs. */
function cookieFetch(side: Side, read: Read): Make {
  const field = fieldOf(side);
  return (args: readonly (Arg | undefined)[]) => {
    const name = textOf(args[0]) ?? "";
    return {
      get(cx: Context): Value | undefined {
        const fields = side(cx);
        if (fields === undefined) return undefined;
        let found: string | undefined;
        eachCookie(fields, field, name, (value) => {
          found = value;
          return name === "";
        });
        return found === undefined ? undefined : read(found);
      },
      each(cx: Context, visit: (value: Value) => boolean): boolean {
        const fields = side(cx);
        return fields !== undefined &&
          eachCookie(fields, field, name, (value) => visit(read(value)));
      },
    };
  };
}

function cookieCount(side: Side): Make {
  const field = fieldOf(side);
  return (args) => {
    const name = textOf(args[0]) ?? "";
    return {
      get(cx) {
        const fields = side(cx);
        if (fields === undefined) return undefined;
        let count = 0;
        eachCookie(fields, field, name, () => {
          count++;
          return false;
        });
        return count;
      },
    };
  };
}

function cookieNames(side: Side): Make {
  const field = fieldOf(side);
  return (args) => {
    const delimiter = delimiterOf(args[0]);
    return {
      get(cx) {
        const fields = side(cx);
        if (fields === undefined) return undefined;
        let names = "";
        eachCookieName(fields, field, (name) => {
          names += names === "" ? name : delimiter + name;
          return false;
        });
        return names;
      },
    };
  };
}

/** Only the first byte counts; an empty argument separates by NUL, as in HAProxy. */
export function delimiterOf(arg: Arg | undefined): string {
  const text = textOf(arg);
  if (text === undefined) return ",";
  return text === "" ? "\0" : text.charAt(0);
}

const cookieOfDirection: Make = (args, scope) =>
  cookieFetch(sideAt(scope.phase), asText)(args, scope);

function row(
  name: string,
  type: "str" | "sint",
  side: Side,
  doc: string,
  make: Make,
  args = nameArgs,
): FetchSpec {
  const phases = side === requestOf ? requestHead : responseHead;
  return { name, args, type, phases, pure: true, doc, make };
}

const requestText = cookieFetch(requestOf, asText);
const responseText = cookieFetch(responseOf, asText);
const requestNumber = cookieFetch(requestOf, looseInteger);
const responseNumber = cookieFetch(responseOf, looseInteger);
const requestCount = cookieCount(requestOf);
const responseCount = cookieCount(responseOf);

export const cookieFetches = [
  row("req.cook", "str", requestOf, "last value of a request cookie", requestText),
  row("cook", "str", requestOf, "old name of req.cook", requestText),
  row("req.cook_cnt", "sint", requestOf, "number of request cookies of a name", requestCount),
  row("cook_cnt", "sint", requestOf, "old name of req.cook_cnt", requestCount),
  row("req.cook_val", "sint", requestOf, "number in a request cookie", requestNumber),
  row("cook_val", "sint", requestOf, "old name of req.cook_val", requestNumber),
  row(
    "req.cook_names",
    "str",
    requestOf,
    "names of all request cookies, joined",
    cookieNames(requestOf),
    delimiterArgs,
  ),
  row("res.cook", "str", responseOf, "last value of a cookie set by the server", responseText),
  row("scook", "str", responseOf, "old name of res.cook", responseText),
  row("res.cook_cnt", "sint", responseOf, "number of cookies set of a name", responseCount),
  row("scook_cnt", "sint", responseOf, "old name of res.cook_cnt", responseCount),
  row("res.cook_val", "sint", responseOf, "number in a cookie set by the server", responseNumber),
  row("scook_val", "sint", responseOf, "old name of res.cook_val", responseNumber),
  row(
    "res.cook_names",
    "str",
    responseOf,
    "names of all cookies set by the server, joined",
    cookieNames(responseOf),
    delimiterArgs,
  ),
  {
    name: "cookie",
    args: nameArgs,
    type: "str",
    phases: eitherHead,
    pure: true,
    doc: "a cookie of the message that passes here; say req.cook or res.cook",
    make: cookieOfDirection,
  },
] satisfies FetchSpec[];
