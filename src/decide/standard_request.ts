import { Buffer } from "node:buffer";
import type { RequestHead } from "../http/request_head.ts";
import type { RequestInput } from "./request_input.ts";

/** What a standard Request does not say of its connection. */
export interface Origin {
  /** The client's address (`src`); without one the client is on a unix socket. */
  readonly from?: string;
  readonly fromPort?: number;
  /**
   * The address that the client connected to (`dst`), the loopback's unless given; and its port,
   * the URL's unless given.
   */
  readonly to?: string;
  readonly toPort?: number;
  /** The body, for rules that read it: a Request's own can't be read in passing. */
  readonly body?: string | Uint8Array;
}

/**
 * A standard Request as a client would put it on the wire. The order and the letter case of its
 * headers are lost already.
 */
export function inputOf(request: Request, origin: Origin = {}): RequestInput {
  const url = new URL(request.url);
  const headers: [string, string][] = [];
  if (!request.headers.has("host")) headers.push(["Host", url.host]);
  for (const [name, value] of request.headers) headers.push([name, value]);
  const body = latin1Text(origin.body);
  const sized = request.headers.has("content-length") || request.headers.has("transfer-encoding");
  if (body === undefined && request.body !== null && !sized) {
    headers.push(["Transfer-Encoding", "chunked"]);
  }
  return {
    method: request.method,
    target: url.pathname + url.search,
    headers,
    body,
    from: origin.from,
    fromPort: origin.fromPort,
    to: origin.to ?? loopbackFor(origin.from),
    toPort: origin.toPort ?? (Number(url.port) || (url.protocol === "https:" ? 443 : 80)),
  };
}

function loopbackFor(from: string | undefined): string | undefined {
  if (from === undefined) return undefined;
  return from.includes(":") ? "::1" : "127.0.0.1";
}

/** Text as the bytes of its UTF-8 form, one code unit a byte. */
export function latin1Text(text: string | Uint8Array | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : Buffer.from(text);
  return bytes.toString("latin1");
}

/** Statements of one connection, which a Request or Response has no say in. */
const connectionFields = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** The fields of a head as standard Headers; what the standard refuses is left out. */
export function headersOf(fields: Iterable<readonly [string, string]>): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) {
    if (connectionFields.has(name.toLowerCase())) continue;
    try {
      headers.append(name, value);
    } catch {
      // Rules may write bytes that the standard refuses; no handler could read them.
    }
  }
  return headers;
}

/** Where a changed head points to; the address stays `before` when it is no URL. */
export function urlOf(head: RequestHead, before: string): string {
  const { protocol, host } = new URL(before);
  const origin = head.origin || `${protocol}//${head.first("host") ?? host}`;
  // Joined as text: as a relative reference a path of `//b` would be another host.
  const url = origin + (head.pathq ?? "/");
  return URL.canParse(url) ? url : before;
}
