import { charClass, token } from "../http/char_class.ts";
import { LangError } from "../lang/spec.ts";
import type { Reply } from "./transaction.ts";

/**
 * Largest error page, bytes: HAProxy's `tune.bufsize` (16384) less `tune.maxrewrite` (1024), so
 * that `http-after-response` rules still have room.
 */
export const errorPageBytesMax = 16384 - 1024;

/**
 * Reads a whole HTTP response as an operator writes it for `errorfile`. An empty file is an answer
 * of no bytes (`raw` is ""): the connection is closed without a word, and `status` is what the log
 * shows. `path` is for messages.
 */
export function parseErrorMessage(text: string, path: string, forStatus: number): Reply {
  if (text === "") {
    return { status: forStatus, reason: "", headers: [], body: "", raw: "", close: true };
  }
  const head = splitHead(text, path);
  const { status, reason } = parseStatusLine(head.lines[0]!, path);
  const body = text.substring(head.end);
  const reply: Reply = { status, reason, headers: [], body, close: true };
  for (const line of head.lines.slice(1)) addField(reply, line, path);
  if (status < 200 && status !== 101) {
    throw new LangError(`'${path}': invalid http status code for an error message (${status})`);
  }
  if ((status === 204 || status === 304) && body !== "") {
    throw new LangError(`'${path}': message payload not expected`);
  }
  if (body.length > errorPageBytesMax) {
    throw new LangError(
      `'${path}': unable to add payload into the message (${body.length} bytes, at most ${errorPageBytesMax})`,
    );
  }
  return reply;
}

interface Line {
  readonly text: string;
  readonly offset: number;
}

function splitHead(text: string, path: string): { lines: Line[]; end: number } {
  const lines: Line[] = [];
  let offset = 0;
  for (;;) {
    const lf = text.indexOf("\n", offset);
    if (lf < 0) throw unparsable(path, lines.length === 0 ? 0 : -2);
    const cr = lf > offset && text[lf - 1] === "\r" ? 1 : 0;
    if (lf - cr === offset) {
      if (lines.length === 0) throw unparsable(path, 0);
      return { lines, end: lf + 1 };
    }
    lines.push({ text: text.substring(offset, lf - cr), offset });
    offset = lf + 1;
  }
}

function parseStatusLine(line: Line, path: string): { status: number; reason: string } {
  const parts = /^HTTP\/[0-9]\.[0-9] +([0-9]{3})(?: +(.*))?$/.exec(line.text);
  if (!parts) {
    const version = /^HTTP\/[0-9]\.[0-9] +/.exec(line.text);
    throw unparsable(path, version ? line.offset + version[0].length : line.offset);
  }
  return { status: Number(parts[1]), reason: parts[2] ?? "" };
}

function addField(reply: Reply, line: Line, path: string): void {
  let end = 0;
  while (end < line.text.length && isToken(line.text.charCodeAt(end))) end++;
  if (end === 0 || line.text[end] !== ":") throw unparsable(path, line.offset + end);
  const name = line.text.substring(0, end);
  const value = trimBlanks(line.text.substring(end + 1));
  const bad = forbiddenInValue(value);
  if (bad >= 0) throw unparsable(path, line.offset + line.text.length - value.length + bad);
  switch (name.toLowerCase()) {
    case "transfer-encoding":
      throw new LangError(`'${path}': chunk-encoded payload not supported`);
    case "content-length":
      checkLength(reply, value, path);
      // With a length of its own the page says where it ends, so that the connection may go on.
      reply.close = false;
      reply.headers.push([name, value]);
      return;
    case "connection":
    case "keep-alive":
    case "proxy-connection":
      return;
    default:
      reply.headers.push([name, value]);
  }
}

function checkLength(reply: Reply, value: string, path: string): void {
  if (/^[0-9]+$/.test(value) && Number(value) === reply.body.length) return;
  throw new LangError(
    `'${path}': payload size does not match the announced content-length ` +
      `(${reply.body.length} != ${value})`,
  );
}

/** Index of the first byte that may not stand in a field value (NUL, CR, LF), or -1. */
export function forbiddenInValue(value: string): number {
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c === 0 || c === 10 || c === 13) return i;
  }
  return -1;
}

export function isToken(c: number): boolean {
  return (charClass[c]! & token) !== 0;
}

function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}

function unparsable(path: string, offset: number): LangError {
  return new LangError(`'${path}': unable to parse headers (error offset: ${offset})`);
}
