import type { OriginAnswer } from "../../support/origin.ts";

/** A raw exchange through a plain proxy: the same bytes go through both gateways. */
export interface Entry {
  readonly name: string;
  /** What the client sends, latin1; each piece after the gateway has read the one before. */
  readonly pieces: readonly string[];
  /** Methods of the requests in the pieces; one request by its first word when absent. */
  readonly methods?: readonly string[];
  /** Final answers to wait for. */
  readonly answers?: number;
  readonly halfClose?: boolean;
  /** The origin's answers in order; it echoes when absent. */
  readonly origin?: readonly OriginAnswer[];
}

/** One request in one piece. */
export function raw(name: string, text: string, more: Partial<Entry> = {}): Entry {
  return { name, pieces: [text], ...more };
}

/** A request to an ordinary host with the given head lines. */
export function withFields(
  name: string,
  fields: readonly string[],
  body = "",
  more: Partial<Entry> = {},
): Entry {
  const method = more.methods?.[0] ?? (body === "" ? "GET" : "POST");
  return raw(
    name,
    `${method} / HTTP/1.1\r\nHost: a.example\r\n${
      fields.map((line) => `${line}\r\n`).join("")
    }\r\n${body}`,
    more,
  );
}
