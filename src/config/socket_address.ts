import type { Line } from "./compile/line.ts";
import type { Word } from "./directive.ts";

/** An address as `bind` and `server` lines spell it, before it is known what it is for. */
export type SocketAddress =
  | {
    readonly kind: "tcp";
    /** Without brackets; "" where none was given, `*` included. */
    readonly host: string;
    /** As written behind the last colon; undefined without one. */
    readonly port: string | undefined;
    readonly family: 4 | 6 | undefined;
  }
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "abstract"; readonly name: string; readonly form: "padded" | "exact" }
  | { readonly kind: "fd"; readonly fd: number }
  | { readonly kind: "unsupported"; readonly prefix: string };

/** Splits `[family@]host[:port]`, `/path`, `unix@path`, `abns@name`, `fd@N`. */
export function splitSocketAddress(text: string): SocketAddress {
  if (text.startsWith("/")) return { kind: "unix", path: text };
  const prefix = /^([a-z0-9+]+)@/.exec(text)?.[1];
  const rest = prefix === undefined ? text : text.slice(prefix.length + 1);
  switch (prefix) {
    case undefined:
      return { kind: "tcp", family: undefined, ...splitHost(rest) };
    case "ipv4":
    case "tcp4":
      return { kind: "tcp", family: 4, ...splitHost(rest) };
    case "ipv6":
    case "tcp6":
      return { kind: "tcp", family: 6, ...splitHost(rest) };
    case "tcp":
      return { kind: "tcp", family: undefined, ...splitHost(rest) };
    case "unix":
      return { kind: "unix", path: rest };
    case "abns":
      return { kind: "abstract", name: rest, form: "padded" };
    case "abnsz":
      return { kind: "abstract", name: rest, form: "exact" };
    case "fd":
      if (/^[0-9]+$/.test(rest)) return { kind: "fd", fd: Number(rest) };
      return { kind: "unsupported", prefix: text };
    default:
      return { kind: "unsupported", prefix: `${prefix}@` };
  }
}

/** The port stands behind the last colon, except in a bare IPv6 address in brackets. */
function splitHost(text: string): { host: string; port: string | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) return { host: bracketed[1]!, port: bracketed[2] };
  const colon = text.lastIndexOf(":");
  if (colon < 0) return { host: text === "*" ? "" : text, port: undefined };
  const host = text.slice(0, colon);
  return { host: host === "*" ? "" : host, port: text.slice(colon + 1) };
}

/** A port from 1 to 65535; undefined for anything else. */
export function parsePort(text: string): number | undefined {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

/** A port, or the first and the last of a range; `subject` begins the message. */
export function parsePortRange(
  line: Line,
  word: Word,
  text: string,
  subject: string,
): [from: number, to: number] {
  const dash = text.indexOf("-", 1);
  const parts = dash < 0 ? [text, text] : [text.slice(0, dash), text.slice(dash + 1)];
  const [from, to] = parts.map((part) => {
    const port = parsePort(part);
    if (port !== undefined) return port;
    throw line.error("bad-address", `${subject} : invalid port '${part}'`, word);
  });
  if (from! <= to!) return [from!, to!];
  throw line.error("bad-address", `${subject} : invalid port range '${text}'`, word);
}

/** A name that a resolver may know, or an address: HAProxy refuses anything else. */
export function isHostName(text: string): boolean {
  return /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/.test(text) && !/^[0-9.]+$/.test(text);
}
