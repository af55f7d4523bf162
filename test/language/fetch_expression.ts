import { parseArguments } from "../../src/lang/arguments.ts";
import { castFor } from "../../src/lang/cast.ts";
import type { Context } from "../../src/lang/context.ts";
import { fetchSpecs } from "../../src/lang/fetch/catalog.ts";
import type { LangScope } from "../../src/lang/scope.ts";
import type { Fetch, FetchSpec, UserlistFacts } from "../../src/lang/spec.ts";
import { Bin, type Value } from "../../src/lang/value.ts";

const specs = new Map<string, FetchSpec>(fetchSpecs.map((spec) => [spec.name, spec]));

/** One user, `u1` with the password `p1`, in the group `g1`. */
export const userlist: UserlistFacts = {
  name: "ul",
  check: (user, password) => user === "u1" && password === "p1",
  groupsOf: (user) => user === "u1" ? ["g1"] : [],
};

/** A scope that knows the userlist `ul` and nothing else. */
export function fetchScope(parts: Partial<LangScope> = {}): LangScope {
  return {
    phase: "fe_http_req_hdr",
    proxyName: "fe",
    where: "test:1",
    frontend: () => undefined,
    backend: () => undefined,
    server: () => undefined,
    userlist: (name: string) => name === "ul" ? userlist : undefined,
    env: () => undefined,
    warn: () => {},
    ...parts,
  } as LangScope;
}

/** Compiles one fetch, written with its arguments: `hdr(x,2)`. Names are letters, dots and `+`. */
export function compileFetch(text: string, scope = fetchScope()): Fetch {
  const open = text.indexOf("(");
  const name = open < 0 ? text : text.substring(0, open);
  const spec = specs.get(name);
  if (spec === undefined) throw new Error(`no fetch is called '${name}'`);
  const owner = { kind: "sample fetch", name } as const;
  const { args } = parseArguments(text, name.length, spec.args, owner, scope);
  return { type: spec.type, ...spec.make(args, scope) };
}

/** The value outside ACLs. */
export function valueOf(text: string, cx: Context, scope = fetchScope()): Value | undefined {
  return compileFetch(text, scope).get(cx);
}

/** Every value that an ACL sees, in order. */
export function valuesOf(text: string, cx: Context, scope = fetchScope()): Value[] {
  const fetch = compileFetch(text, scope);
  const values: Value[] = [];
  if (fetch.each) {
    fetch.each(cx, (value) => {
      values.push(value);
      return false;
    });
  } else {
    const value = fetch.get(cx);
    if (value !== undefined) values.push(value);
  }
  return values;
}

/** A value as text, the way a format string shows it. */
export function shown(value: Value | undefined): string | undefined {
  if (value === undefined) return undefined;
  return castFor("any", "str")!(value) as string | undefined;
}

/** A value's bytes in hexadecimal. */
export function hexOf(value: Value | undefined): string | undefined {
  if (value === undefined) return undefined;
  const bytes = value instanceof Bin ? value.bytes : shown(value)!;
  return [...bytes].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("")
    .toUpperCase();
}
