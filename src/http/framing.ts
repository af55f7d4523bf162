import type { Fields } from "./fields.ts";
import type { HeadProblem } from "./head_reader.ts";
import type { RequestHead } from "./request_head.ts";
import type { ResponseHead } from "./response_head.ts";

/**
 * How a body ends (RFC 9112 §6.3). `length` counts bytes; `close` ends with the connection;
 * `tunnel` never ends: the connection belongs to both sides from here on.
 */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" }
  | { readonly kind: "tunnel" };

export const noBody: Framing = { kind: "none" };
export const chunkedBody: Framing = { kind: "chunked" };
export const untilClose: Framing = { kind: "close" };
export const tunnel: Framing = { kind: "tunnel" };

/**
 * What a head says about its body, or what is wrong with it. `mustClose`: both lengths were given;
 * chunked wins, and the client's connection closes afterwards.
 */
export type FramingResult =
  | { readonly kind: "ok"; readonly framing: Framing; readonly mustClose: boolean }
  | { readonly kind: "invalid"; readonly problem: HeadProblem };

const noBodyResult: FramingResult = { kind: "ok", framing: noBody, mustClose: false };

/** Content-Length goes up to 2^64-1; beyond 2^53 the count is rounded, which no body ever reaches. */
const contentLengthDigitsMax = 20;
const contentLengthMax = 2n ** 64n - 1n;

/**
 * Reads the framing of a request and leaves one plain Content-Length or one Transfer-Encoding in
 * the head. Anything that two readers could take differently is refused (RFC 9112 §11.2).
 */
export function requestFraming(head: RequestHead): FramingResult {
  const encoding = head.find("transfer-encoding");
  const length = head.find("content-length");
  if (encoding < 0 && length < 0) return noBodyResult;
  return bodyFraming(head, encoding, length, noBody);
}

/** Reads the framing of a response to `method`; see {@link requestFraming}. */
export function responseFraming(head: ResponseHead, method: string): FramingResult {
  if (head.status === 101 || (method === "CONNECT" && head.status >= 200 && head.status < 300)) {
    return { kind: "ok", framing: tunnel, mustClose: false };
  }
  const bodiless = method === "HEAD" || head.status < 200 || head.status === 204 ||
    head.status === 304;
  const encoding = head.find("transfer-encoding");
  const length = head.find("content-length");
  if (encoding < 0 && length < 0) {
    return bodiless ? noBodyResult : { kind: "ok", framing: untilClose, mustClose: false };
  }
  const result = bodyFraming(head, encoding, length, untilClose);
  if (result.kind === "ok" && bodiless) return noBodyResult;
  return result;
}

function bodyFraming(
  head: Fields,
  encoding: number,
  length: number,
  otherwise: Framing,
): FramingResult {
  let known: number | undefined;
  if (length >= 0) {
    known = mergeLengths(head, length);
    if (known === undefined) return invalid(400, "invalid Content-Length");
  }
  if (encoding >= 0) {
    const refused = checkEncodings(head, encoding);
    if (refused) return refused;
    if (length >= 0) head.removeAll("content-length");
    return { kind: "ok", framing: chunkedBody, mustClose: length >= 0 };
  }
  if (known === undefined) return { kind: "ok", framing: otherwise, mustClose: false };
  return { kind: "ok", framing: { kind: "length", length: known }, mustClose: false };
}

/**
 * Makes the head say how its body really ends, whatever rules did to its fields: what a receiver takes
 * for the next message must never be a part of this one. Returns the framing to write it in. Not for
 * an answer that has no body because of its request or its status: its fields tell of another.
 *
 * @param chunks the receiver knows the chunked coding
 */
export function settleFraming(head: Fields, framing: Framing, chunks: boolean): Framing {
  const length = head.find("content-length");
  const encoding = head.find("transfer-encoding");
  switch (framing.kind) {
    case "tunnel":
      return framing;
    case "length":
      if (encoding >= 0) head.removeAll("transfer-encoding");
      if (length >= 0) {
        setLength(head, length, framing.length);
        return framing;
      }
      if (chunks) head.add("Transfer-Encoding", "chunked");
      else head.add("Content-Length", String(framing.length));
      return chunks ? chunkedBody : framing;
    case "chunked":
      if (length >= 0) head.removeAll("content-length");
      if (encoding >= 0 && isChunkedAlone(head, encoding)) return framing;
      head.set("Transfer-Encoding", "chunked");
      return framing;
    case "none":
    case "close":
      if (length >= 0) head.removeAll("content-length");
      if (encoding >= 0) head.removeAll("transfer-encoding");
      return framing;
    default:
      return framing satisfies never;
  }
}

function setLength(head: Fields, first: number, length: number): void {
  const value = head.value(first);
  if (!/^[0-9]+$/.test(value) || Number(value) !== length) head.replace(first, String(length));
  for (let i = head.find("content-length", first); i >= 0; i = head.find("content-length", i)) {
    head.remove(i);
  }
}

function isChunkedAlone(head: Fields, encoding: number): boolean {
  const value = head.value(encoding);
  return value.length === 7 && value.toLowerCase() === "chunked" &&
    head.find("transfer-encoding", encoding) < 0;
}

/** Only one `chunked`, alone, is a coding whose end can be known. */
function checkEncodings(head: Fields, first: number): FramingResult | undefined {
  const value = head.value(first);
  if (head.find("transfer-encoding", first) >= 0) {
    return invalid(400, "several Transfer-Encoding fields");
  }
  if (value.length === 7 && value.toLowerCase() === "chunked") return undefined;
  const codings = value.split(",").map((coding) => trimBlanks(coding).toLowerCase());
  const last = codings.pop();
  if (
    last === "chunked" && codings.length > 0 && !codings.includes("") &&
    !codings.includes("chunked")
  ) {
    return invalid(422, "unsupported Transfer-Encoding");
  }
  return invalid(400, "invalid Transfer-Encoding");
}

/** Merges equal lengths, repeated or listed, to one plain number; undefined when they differ. */
function mergeLengths(head: Fields, first: number): number | undefined {
  if (head.find("content-length", first) < 0) {
    const plain = shortNumber(head.value(first));
    if (plain >= 0) return plain;
  }
  let merged: string | undefined;
  for (let i = first; i >= 0; i = head.find("content-length", i)) {
    for (const part of head.value(i).split(",")) {
      const plain = plainNumber(trimBlanks(part));
      if (plain === undefined || (merged !== undefined && plain !== merged)) return undefined;
      merged = plain;
    }
    if (i !== first) head.remove(i);
  }
  if (merged === undefined) return undefined;
  if (head.value(first) !== merged) head.replace(first, merged);
  return Number(merged);
}

/** Without the blanks of HTTP (OWS): other controls belong to the value. */
function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}

/** The number that up to 15 digits without a leading zero give; -1 for anything else. */
function shortNumber(text: string): number {
  const { length } = text;
  if (length === 0 || length > 15 || (length > 1 && text.charCodeAt(0) === 48)) return -1;
  let number = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** Decimal digits without leading zeros; undefined for anything else or above 2^64-1. */
function plainNumber(text: string): string | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const plain = text.replace(/^0+(?=[0-9])/, "");
  if (plain.length > contentLengthDigitsMax) return undefined;
  if (plain.length === contentLengthDigitsMax && BigInt(plain) > contentLengthMax) return undefined;
  return plain;
}

function invalid(status: 400 | 422, reason: string): FramingResult {
  return { kind: "invalid", problem: { status, reason, at: 0 } };
}
