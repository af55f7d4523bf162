import type { HashedAlgorithm } from "../../config/backend_plan.ts";
import type { Address } from "../../lang/address.ts";
import type { Context } from "../../lang/context.ts";
import { firstHeaderValue } from "../../lang/fetch/header_walk.ts";
import { readRdpCookie } from "../../lang/fetch/rdp_cookie_read.ts";
import { avalanche } from "../../lang/fetch/sdbm.ts";
import { hashFunction, hashTypeDefault } from "./hash_function.ts";

/** The hash that points to a session's server; undefined when there is nothing to hash. */
export type HashKey = (cx: Context) => number | undefined;

type Text<Kind extends HashedAlgorithm["kind"]> = (
  algorithm: Extract<HashedAlgorithm, { kind: Kind }>,
) => (cx: Context) => string | undefined;

/** One row for each algorithm whose key is a text. */
const texts: { readonly [Kind in Exclude<HashedAlgorithm["kind"], "source">]: Text<Kind> } = {
  "uri": (algorithm) => (cx) => uriPart(cx, algorithm),
  "url_param": ({ name }) => (cx) => parameterIn(cx.request?.target ?? "", name),
  "hdr": ({ name, domainOnly }) => (cx) => {
    const value = cx.request && firstHeaderValue(cx.request, name);
    if (value === undefined || value === "") return undefined;
    return domainOnly ? mainDomain(value) : value;
  },
  "hash": ({ key }) => key,
  "rdp-cookie": ({ name }) => (cx) => {
    const cookie = readRdpCookie(cx.requestBuffer?.text ?? "", name);
    return typeof cookie === "string" || cookie.value === "" ? undefined : cookie.value;
  },
};

/** What an algorithm hashes of a session, and with what. */
export function hashKey(algorithm: HashedAlgorithm): HashKey {
  const type = algorithm.hash ?? hashTypeDefault;
  if (algorithm.kind === "source") return type.avalanche ? spreadSource : source;
  const make = texts[algorithm.kind] as Text<keyof typeof texts>;
  const text = make(algorithm as never);
  const hash = hashFunction(type);
  return (cx) => {
    const key = text(cx);
    return key === undefined ? undefined : hash(key);
  };
}

/** An address is not hashed by a function: its 32-bit words are XORed. */
function source({ client }: Context): number | undefined {
  return client.src && words(client.src);
}

function spreadSource({ client }: Context): number | undefined {
  return client.src && avalanche(words(client.src) | 0);
}

function words({ family, a, b, c, d }: Address): number {
  return family === 4 ? d : (a ^ b ^ c ^ d) >>> 0;
}

/** The target up to its query, `len` bytes or `depth` directories. */
function uriPart(
  { request }: Context,
  { whole, pathOnly, lengthMax, depthMax }: Extract<HashedAlgorithm, { kind: "uri" }>,
): string | undefined {
  if (!request) return undefined;
  const uri = pathOnly ? request.pathq ?? "" : request.target;
  const end = lengthMax > 0 ? Math.min(lengthMax, uri.length) : uri.length;
  let slashes = 0;
  for (let i = 0; i < end; i++) {
    const c = uri[i];
    if (c === "/" && ++slashes > depthMax && depthMax > 0) return uri.substring(0, i);
    if (c === "?" && !whole) return uri.substring(0, i);
  }
  return uri.substring(0, end);
}

/** The value behind `name=` in a query; undefined without one. */
function parameterIn(target: string, name: string): string | undefined {
  const query = target.indexOf("?");
  if (query < 0) return undefined;
  const prefix = `${name}=`;
  for (let at = query + 1; at > 0; at = target.indexOf("&", at) + 1) {
    if (!target.startsWith(prefix, at)) continue;
    const end = target.indexOf("&", at);
    return target.substring(at + prefix.length, end < 0 ? target.length : end);
  }
  return undefined;
}

/** `1wt` of `haproxy.1wt.eu`; a name without a dot, but for one in front, is its own domain. */
function mainDomain(host: string): string {
  const end = host.lastIndexOf(".");
  if (end < 1) return host;
  const start = end < 2 ? 0 : host.lastIndexOf(".", end - 2) + 1;
  return host.substring(start, end);
}
