import type { RequestHead } from "../../http/request_head.ts";
import { Address } from "../address.ts";
import type { Context } from "../context.ts";
import type { FetchSpec } from "../spec.ts";
import { Bin } from "../value.ts";
import { requestOf } from "./head_side.ts";
import { firstHeaderValue } from "./header_walk.ts";
import { leadingIpv4 } from "./loose_address.ts";
import { requestHead } from "./phase_mask.ts";
import { invalidArguments, noArgs, optionalText, plain, textOf } from "./row.ts";
import { avalanche, sdbm } from "./sdbm.ts";

/** Host and path together: `base`; a path that does not start with `/` is left out. */
function base(head: RequestHead): string | undefined {
  const host = firstHeaderValue(head, "host");
  return host ? host + (head.path ?? "") : head.path;
}

function baseWithQuery(head: RequestHead): string | undefined {
  const host = firstHeaderValue(head, "host");
  return host ? host + (head.pathq ?? "") : head.pathq;
}

function baseHash(head: RequestHead): number {
  return avalanche(sdbm(head.path ?? "", sdbm(firstHeaderValue(head, "host") ?? "", 0)));
}

function urlHash(head: RequestHead): number {
  return avalanche(sdbm(head.pathq ?? "", sdbm(head.first("host") ?? "", 0)));
}

/** A hash and the client's address: 8 bytes with IPv4, 20 with IPv6. */
function withSource(hash: (head: RequestHead) => number): FetchSpec["make"] {
  return plain((cx) => {
    const head = requestOf(cx);
    const source = cx.client.src;
    if (head === undefined || source === undefined) return undefined;
    return new Bin(bytesOf(hash(head)) + addressBytes(source));
  });
}

function addressBytes(address: Address): string {
  const { a, b, c, d } = address;
  return address.family === 4 ? bytesOf(d) : bytesOf(a) + bytesOf(b) + bytesOf(c) + bytesOf(d);
}

function bytesOf(word: number): string {
  return String.fromCharCode(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
}

/** A literal IPv4 host of an absolute `http` or `https` target, and its port. */
function literalHost(target: string): { address: Address; port: number } | undefined {
  const mark = target.indexOf("://");
  if (mark !== 4 && mark !== 5) return undefined;
  const scheme = target.substring(0, mark).toLowerCase();
  if (scheme !== "http" && scheme !== "https") return undefined;
  const host = leadingIpv4(target, mark + 3);
  if (host === undefined) return undefined;
  let port = scheme === "http" ? 80 : 443;
  if (target.charCodeAt(host.end) === 58) {
    port = 0;
    for (let i = host.end + 1; i < target.length; i++) {
      const digit = target.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) break;
      port = (port * 10 + digit) & 0xffff;
    }
  }
  return { address: host.address, port };
}

function ofHead<T extends string | number | Address>(read: (head: RequestHead) => T | undefined) {
  return plain((cx: Context) => {
    const head = requestOf(cx);
    return head === undefined ? undefined : read(head);
  });
}

const makeQuery: FetchSpec["make"] = (args) => {
  const option = textOf(args[0]);
  if (option !== undefined && option !== "with_qm") {
    throw invalidArguments("query", "supported options are: 'with_qm'", option);
  }
  if (option === undefined) return { get: (cx) => requestOf(cx)?.query };
  return {
    get(cx) {
      const query = requestOf(cx)?.query;
      return query === undefined ? undefined : "?" + query;
    },
  };
};

const row = { args: noArgs, phases: requestHead, pure: true } as const;

export const targetFetches = [
  {
    ...row,
    name: "path",
    type: "str",
    doc: "the path of the request target, without the query",
    make: plain((cx) => requestOf(cx)?.path),
  },
  {
    ...row,
    name: "pathq",
    type: "str",
    doc: "the path of the request target with its query",
    make: plain((cx) => requestOf(cx)?.pathq),
  },
  {
    ...row,
    name: "query",
    args: [optionalText("options")],
    type: "str",
    doc: "what stands after the first question mark of the target",
    make: makeQuery,
  },
  {
    ...row,
    name: "url",
    type: "str",
    doc: "the request target as received or rewritten",
    make: plain((cx) => requestOf(cx)?.target),
  },
  { ...row, name: "base", type: "str", doc: "host and path", make: ofHead(base) },
  { ...row, name: "baseq", type: "str", doc: "host, path and query", make: ofHead(baseWithQuery) },
  {
    ...row,
    name: "base32",
    type: "sint",
    doc: "32-bit hash of host and path",
    make: ofHead(baseHash),
  },
  {
    ...row,
    name: "base32+src",
    type: "bin",
    doc: "base32 and the client's address",
    make: withSource(baseHash),
  },
  {
    ...row,
    name: "url32",
    type: "sint",
    doc: "32-bit hash of host, path and query",
    make: ofHead(urlHash),
  },
  {
    ...row,
    name: "url32+src",
    type: "bin",
    doc: "url32 and the client's address",
    make: withSource(urlHash),
  },
  {
    ...row,
    name: "url_ip",
    type: "ipv4",
    doc: "IPv4 address in an absolute target",
    make: ofHead((head) => literalHost(head.target)?.address),
  },
  {
    ...row,
    name: "url_port",
    type: "sint",
    doc: "port of an absolute target whose host is an IPv4 address",
    make: ofHead((head) => literalHost(head.target)?.port),
  },
] satisfies FetchSpec[];
