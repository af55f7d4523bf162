/**
 * A plain reader of HTTP/1 messages for both ends of a test. It has nothing in common with the
 * gateway's own reader, so that a mistake there cannot hide here. Text is latin1.
 */
export interface Message {
  /** First line, without its end. */
  readonly start: string;
  /** In order, names as received. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly framing: "none" | "length" | "chunked" | "close";
  readonly trailers: readonly (readonly [name: string, value: string])[];
  /** The connection ended inside the message. */
  readonly truncated: boolean;
}

export type Taken =
  | { readonly kind: "message"; readonly message: Message; readonly next: number }
  | { readonly kind: "incomplete"; readonly message?: Message }
  | { readonly kind: "malformed"; readonly why: string };

export interface MessageKind {
  readonly side: "request" | "answer";
  /** Method of the request that an answer belongs to. */
  readonly method: string;
  /** No more bytes will come. */
  readonly closed: boolean;
}

/** Takes one message from `text` at `at`. */
export function takeMessage(text: string, at: number, kind: MessageKind): Taken {
  const end = text.indexOf("\r\n\r\n", at);
  if (end < 0) return { kind: "incomplete" };
  const lines = text.slice(at, end).split("\r\n");
  const start = lines[0] ?? "";
  const headers = lines.slice(1).map(splitField);
  const framing = framingOf(start, headers, kind);
  if (framing === undefined) return { kind: "malformed", why: "two framings" };
  return takeBody(text, end + 4, { start, headers, framing: framing.kind }, framing.length, kind);
}

type Head = Pick<Message, "start" | "headers" | "framing">;

function takeBody(text: string, at: number, head: Head, length: number, kind: MessageKind): Taken {
  const done = (body: string, next: number, trailers: Message["trailers"] = []): Taken => ({
    kind: "message",
    message: { ...head, body, trailers, truncated: false },
    next,
  });
  const short = (body: string): Taken => {
    const message = { ...head, body, trailers: [], truncated: true };
    if (!kind.closed) return { kind: "incomplete", message };
    return { kind: "message", message, next: text.length };
  };
  switch (head.framing) {
    case "none":
      return done("", at);
    case "length":
      if (text.length - at < length) return short(text.slice(at));
      return done(text.slice(at, at + length), at + length);
    case "close":
      if (!kind.closed) return short(text.slice(at));
      return done(text.slice(at), text.length);
    case "chunked":
      return takeChunks(text, at, done, short);
  }
}

function takeChunks(
  text: string,
  at: number,
  done: (body: string, next: number, trailers: Message["trailers"]) => Taken,
  short: (body: string) => Taken,
): Taken {
  let body = "";
  for (;;) {
    const eol = text.indexOf("\r\n", at);
    if (eol < 0) return short(body);
    const digits = text.slice(at, eol).split(";")[0] ?? "";
    if (!/^[0-9a-fA-F]+[ \t]*$/.test(digits)) {
      return { kind: "malformed", why: `chunk size '${digits}'` };
    }
    const size = parseInt(digits, 16);
    at = eol + 2;
    if (size === 0) break;
    if (text.length < at + size + 2) return short(body + text.slice(at, at + size));
    body += text.slice(at, at + size);
    at += size + 2;
  }
  const trailers: (readonly [string, string])[] = [];
  for (;;) {
    const eol = text.indexOf("\r\n", at);
    if (eol < 0) return short(body);
    const line = text.slice(at, eol);
    at = eol + 2;
    if (line === "") return done(body, at, trailers);
    trailers.push(splitField(line));
  }
}

function splitField(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  if (colon < 0) return [line, ""];
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function framingOf(
  start: string,
  headers: Message["headers"],
  kind: MessageKind,
): { kind: Message["framing"]; length: number } | undefined {
  const status = kind.side === "answer" ? Number(start.split(" ")[1]) : 0;
  if (kind.side === "answer") {
    const bodyless = kind.method === "HEAD" || status === 204 || status === 304;
    if (bodyless || (status >= 100 && status < 200)) return { kind: "none", length: 0 };
    if (kind.method === "CONNECT" && status >= 200 && status < 300) {
      return { kind: "close", length: 0 };
    }
  }
  const named = (name: string) =>
    headers.filter(([n]) => n.toLowerCase() === name).map(([, v]) => v);
  const encodings = named("transfer-encoding");
  const lengths = named("content-length");
  if (encodings.length > 0) {
    return lengths.length > 0 ? undefined : { kind: "chunked", length: 0 };
  }
  if (lengths.length > 1) return undefined;
  if (lengths[0] !== undefined) return { kind: "length", length: Number(lengths[0]) };
  return kind.side === "request" ? { kind: "none", length: 0 } : { kind: "close", length: 0 };
}
