import type { FetchSpec } from "../spec.ts";
import { Method } from "../value.ts";
import { rememberedRequestOf } from "./head_side.ts";
import { anywhere, requestRemembered } from "./phase_mask.ts";
import { noArgs, plain } from "./row.ts";

const knownMethods: ReadonlyMap<string, Method> = new Map(
  ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT"]
    .map((name) => [name, new Method(name)]),
);

/** The same object for each of the methods that HAProxy knows. */
export function methodOf(name: string): Method {
  return knownMethods.get(name) ?? new Method(name);
}

/** Sluice takes only HTTP requests where it parses any, so that the head answers this. */
const isHttp = plain((cx) => rememberedRequestOf(cx) === undefined ? undefined : true);

const row = { args: noArgs, phases: requestRemembered, pure: true } as const;

export const requestFetches = [
  {
    ...row,
    name: "method",
    type: "meth",
    doc: "the request's method",
    make: plain((cx) => {
      const head = rememberedRequestOf(cx);
      return head === undefined ? undefined : methodOf(head.method);
    }),
  },
  {
    ...row,
    name: "req.ver",
    type: "str",
    doc: "the request's HTTP version, like 1.1",
    make: plain((cx) => rememberedRequestOf(cx)?.version),
  },
  {
    ...row,
    name: "req_ver",
    type: "str",
    doc: "old name of req.ver",
    make: plain((cx) => rememberedRequestOf(cx)?.version),
  },
  {
    ...row,
    name: "http_first_req",
    type: "bool",
    doc: "whether this is the first request of its connection",
    make: plain((cx) => rememberedRequestOf(cx) === undefined ? undefined : cx.firstRequest),
  },
  {
    ...row,
    name: "unique-id",
    type: "str",
    phases: anywhere,
    doc: "the identifier made by unique-id-format",
    make: plain((cx) => cx.uniqueId()),
  },
  {
    ...row,
    name: "req.proto_http",
    type: "bool",
    doc: "whether an HTTP request is there",
    make: isHttp,
  },
  {
    ...row,
    name: "req_proto_http",
    type: "bool",
    doc: "old name of req.proto_http",
    make: isHttp,
  },
] satisfies FetchSpec[];
