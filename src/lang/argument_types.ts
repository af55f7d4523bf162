import { Address } from "./address.ts";
import { readWholeInt } from "./int.ts";
import { prefixMask } from "./pattern/network.ts";
import type { Arg, ArgType, Scope } from "./spec.ts";
import { LangError } from "./spec.ts";
import type { Int } from "./value.ts";
import { parseVariableName } from "./variable_name.ts";

/** A name in an argument that does not exist; its message stands by itself. */
export class UnresolvedName extends LangError {}

/**
 * One argument as its type. Undefined when the text is no such thing; throws UnresolvedName when it names
 * something that does not exist. `where` completes such messages.
 */
export function parseTypedArgument(
  text: string,
  type: ArgType,
  where: string,
  scope: Scope,
): Arg | undefined {
  switch (type) {
    case "string":
    case "regex":
    case "map":
    case "table":
      return { type, text };
    case "integer":
      return withValue(type, readWholeInt(text));
    case "time":
      return withValue(type, parseDuration(text));
    case "size":
      return withValue(type, parseSize(text));
    case "mask4":
      return withMask(type, text, 4);
    case "mask6":
      return withMask(type, text, 6);
    case "variable":
      return { type, ...parseVariableName(text) };
    case "frontend":
    case "backend":
      return resolveProxy(type, text, where, scope);
    case "server":
      return resolveServer(text, where, scope);
    case "userlist":
      return resolveUserlist(text, where, scope);
  }
}

function withValue(type: "integer" | "time" | "size", value: Int | undefined): Arg | undefined {
  return value === undefined ? undefined : { type, value };
}

function withMask(type: "mask4" | "mask6", text: string, family: 4 | 6): Arg | undefined {
  if (/^[0-9]{1,3}$/.test(text)) {
    const bits = Number(text);
    return bits <= (family === 4 ? 32 : 128) ? { type, mask: prefixMask(family, bits) } : undefined;
  }
  const mask = Address.parse(text);
  return mask?.family === family ? { type, mask } : undefined;
}

const millisecondsPer: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds, rounded up; without a unit the number is milliseconds. */
function parseDuration(text: string): number | undefined {
  const parts = /^([0-9]+)(us|ms|s|m|h|d)?$/.exec(text);
  if (parts === null) return undefined;
  const ms = Math.ceil(Number(parts[1]) * millisecondsPer[parts[2] ?? "ms"]!);
  return ms <= 2147483647 ? ms : undefined;
}

/** Bytes; `k`, `m` and `g` are powers of 1024. */
function parseSize(text: string): number | undefined {
  const parts = /^([0-9]+)([kKmMgG])?$/.exec(text);
  if (parts === null) return undefined;
  const power = parts[2] === undefined ? 0 : "kmg".indexOf(parts[2].toLowerCase()) + 1;
  const bytes = Number(parts[1]) * 1024 ** power;
  return bytes <= 4294967295 ? bytes : undefined;
}

function resolveProxy(
  type: "frontend" | "backend",
  name: string,
  where: string,
  scope: Scope,
): Arg {
  if (type === "frontend") {
    const proxy = scope.frontend(name);
    if (proxy !== undefined) return { type, proxy };
  } else {
    const proxy = scope.backend(name);
    if (proxy !== undefined) return { type, proxy };
  }
  throw new UnresolvedName(`unable to find ${type} '${name}' referenced in ${where}`, name);
}

/** `[backend/]server`. */
function resolveServer(text: string, where: string, scope: Scope): Arg {
  const slash = text.lastIndexOf("/");
  const backend = slash < 0 ? undefined : text.substring(0, slash);
  const name = text.substring(slash + 1);
  if (backend !== undefined && scope.backend(backend) === undefined) {
    throw new UnresolvedName(`unable to find proxy '${backend}' referenced in ${where}`, text);
  }
  const server = scope.server(backend, name);
  if (server !== undefined) return { type: "server", server };
  const proxy = backend ?? scope.proxyName;
  throw new UnresolvedName(
    `unable to find server '${name}' in proxy '${proxy}', referenced in ${where}`,
    text,
  );
}

function resolveUserlist(name: string, where: string, scope: Scope): Arg {
  const userlist = scope.userlist(name);
  if (userlist !== undefined) return { type: "userlist", userlist };
  throw new UnresolvedName(`unable to find userlist '${name}' referenced in ${where}`, name);
}
