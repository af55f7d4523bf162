import { defaultHeadLimits, HeadProgress, readRequestHead } from "../http/head_reader.ts";
import type { HeadProblem } from "../http/head_reader.ts";
import { RequestHead } from "../http/request_head.ts";

/** A request that nobody sent: what a client would put on the wire. */
export interface RequestInput {
  readonly method: string;
  /** As on the request line: origin form, absolute form, authority form or `*`. */
  readonly target: string;
  /** In order; text is latin1. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** `1.1` unless given. */
  readonly version?: "1.0" | "1.1";
  /** latin1. Without one there is no body, or the headers announce one that is not known. */
  readonly body?: string;
  /** The client's address (`src`); without one the client is on a unix socket. */
  readonly from?: string;
  readonly fromPort?: number;
  /** The address that the client connected to (`dst`). */
  readonly to?: string;
  readonly toPort?: number;
}

export type ReadInput =
  | { readonly kind: "head"; readonly head: RequestHead }
  | { readonly kind: "invalid"; readonly problem: HeadProblem };

/**
 * Writes the request down and reads it as the gateway reads a client's. Throws SyntaxError for a
 * line end within a field, which would be another request than the one meant.
 */
export function readInput(input: RequestInput): ReadInput {
  const head = new RequestHead();
  const progress = new HeadProgress();
  const state = readRequestHead(rawHead(input), head, progress, defaultHeadLimits);
  if (state === "complete") return { kind: "head", head };
  const problem = progress.problem ??
    { status: 400 as const, reason: "the head is not complete", at: 0 };
  return { kind: "invalid", problem };
}

function rawHead({ method, target, version, headers, body }: RequestInput): string {
  let raw = `${oneLine(method)} ${oneLine(target)} HTTP/${version ?? "1.1"}\r\n`;
  let framed = false;
  for (const [name, value] of headers) {
    raw += `${oneLine(name)}: ${oneLine(value)}\r\n`;
    if (/^(content-length|transfer-encoding)$/i.test(name)) framed = true;
  }
  if (body !== undefined && body !== "" && !framed) raw += `Content-Length: ${body.length}\r\n`;
  return raw + "\r\n";
}

function oneLine(text: string): string {
  if (/[\r\n]/.test(text)) throw new SyntaxError(`A line end within ${JSON.stringify(text)}`);
  return text;
}
