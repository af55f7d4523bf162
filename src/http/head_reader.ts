import { blank, charClass, targetChar, token, valueStop, versionChar } from "./char_class.ts";
import { Fields } from "./fields.ts";
import type { RequestHead } from "./request_head.ts";
import type { ResponseHead } from "./response_head.ts";

/** Limits of one head. */
export interface HeadLimits {
  /** Bytes, start line and empty line included (`tune.bufsize` less `tune.maxrewrite`). */
  readonly headBytesMax: number;
  /** Field lines, and one (`tune.http.maxhdr`, 101 by default: the 101st line is refused). */
  readonly headFieldsMax: number;
}

/** HAProxy's defaults. */
export const defaultHeadLimits: HeadLimits = { headBytesMax: 15360, headFieldsMax: 101 };

/** HTX keeps the length of a name in one byte; longer names are refused. */
const fieldNameBytesMax = 255;

/**
 * `complete`: `progress.end` is where the body starts. `incomplete`: call again with more text in
 * front of which the same text stands. `invalid`: `progress.problem` says why.
 */
export type HeadState = "complete" | "incomplete" | "invalid";

/** Why a head was refused, with the status that answers it (to an origin's head: 502). */
export interface HeadProblem {
  readonly status: 400 | 414 | 422 | 431 | 501 | 505;
  readonly reason: string;
  /** Offset of the byte that gave offence. */
  readonly at: number;
}

/** Where the reading of one head stands; reset for each message. */
export class HeadProgress {
  /** Start of the first line that is not fully read. */
  lineStart = 0;
  startLineRead = false;
  end = 0;
  problem: HeadProblem | undefined;

  reset(): void {
    this.lineStart = 0;
    this.startLineRead = false;
    this.end = 0;
    this.problem = undefined;
  }
}

/**
 * Reads a request's head (RFC 9112 as HAProxy takes it: bare LF ends a line, empty lines may come
 * first, obs-fold becomes spaces). `text` is latin1 and starts where the message starts.
 */
export function readRequestHead(
  text: string,
  head: RequestHead,
  progress: HeadProgress,
  limits: HeadLimits,
): HeadState {
  head.text = text;
  if (!progress.startLineRead) {
    const state = readRequestLine(text, head, progress, limits);
    if (state !== "complete") return state;
  }
  return readFields(text, head, progress, limits);
}

/** Reads a response's head: status line and fields. */
export function readResponseHead(
  text: string,
  head: ResponseHead,
  progress: HeadProgress,
  limits: HeadLimits,
): HeadState {
  head.text = text;
  if (!progress.startLineRead) {
    const state = readStatusLine(text, head, progress, limits);
    if (state !== "complete") return state;
  }
  return readFields(text, head, progress, limits);
}

/**
 * Reads the fields behind a chunked body, empty line included; undefined when they are not fields.
 */
export function readTrailers(text: string): Fields | undefined {
  const fields = new Fields();
  fields.text = text;
  const progress = new HeadProgress();
  progress.startLineRead = true;
  const state = readFields(text, fields, progress, defaultHeadLimits);
  return state === "complete" ? fields : undefined;
}

function readRequestLine(
  text: string,
  head: RequestHead,
  progress: HeadProgress,
  limits: HeadLimits,
): HeadState {
  const length = text.length;
  let i = progress.lineStart;
  let c = text.charCodeAt(i);
  while (i < length && (c === 10 || c === 13)) {
    if (c === 13 && i + 1 < length && text.charCodeAt(i + 1) !== 10) {
      return invalid(progress, 400, "stray CR", i);
    }
    if (c === 13 && i + 1 >= length) return short(text, progress, limits);
    c = text.charCodeAt(++i);
  }
  progress.lineStart = i;
  const method = i;
  while (i < length && charClass[text.charCodeAt(i)]! & token) i++;
  const methodEnd = i;
  if (i >= length) return short(text, progress, limits);
  if (i === method || !(charClass[text.charCodeAt(i)]! & blank)) {
    return invalid(progress, 400, "invalid method", i);
  }
  // Reserved for the preface of HTTP/2 (RFC 9113 §11.6).
  if (i - method === 3 && text.startsWith("PRI", method)) {
    return invalid(progress, 400, "reserved method", method);
  }
  while (i < length && charClass[text.charCodeAt(i)]! & blank) i++;
  const target = i;
  while (i < length && charClass[text.charCodeAt(i)]! & targetChar) i++;
  const targetEnd = i;
  if (i >= length) return short(text, progress, limits);
  if (i === target || !(charClass[text.charCodeAt(i)]! & blank)) {
    return invalid(progress, 400, "invalid request target", i);
  }
  while (i < length && charClass[text.charCodeAt(i)]! & blank) i++;
  const version = i;
  while (i < length && charClass[text.charCodeAt(i)]! & versionChar) i++;
  const versionEnd = i;
  const end = lineEnd(text, i);
  if (end === 0) return short(text, progress, limits);
  const minor = end < 0 ? -1 : versionOf(text, version, versionEnd);
  if (minor < 0) return invalid(progress, 400, "invalid protocol version", version);
  head.method = text.substring(method, methodEnd);
  head.target = text.substring(target, targetEnd);
  head.version = minor === 0 ? "1.0" : "1.1";
  progress.startLineRead = true;
  progress.lineStart = end;
  return "complete";
}

function readStatusLine(
  text: string,
  head: ResponseHead,
  progress: HeadProgress,
  limits: HeadLimits,
): HeadState {
  const length = text.length;
  let i = progress.lineStart;
  const version = i;
  while (i < length && charClass[text.charCodeAt(i)]! & versionChar) i++;
  const versionEnd = i;
  if (i >= length) return short(text, progress, limits);
  const minor = versionOf(text, version, versionEnd);
  if (minor < 0 || !(charClass[text.charCodeAt(i)]! & blank)) {
    return invalid(progress, 400, "invalid status line", i);
  }
  while (i < length && charClass[text.charCodeAt(i)]! & blank) i++;
  const code = i;
  let status = 0;
  while (i < length && i < code + 4 && isDigit(text.charCodeAt(i))) {
    status = status * 10 + text.charCodeAt(i++) - 48;
  }
  if (i >= length) return short(text, progress, limits);
  if (i - code !== 3 || status < 100) return invalid(progress, 400, "invalid status code", code);
  const c = text.charCodeAt(i);
  if (!(charClass[c]! & blank) && c !== 13 && c !== 10) {
    return invalid(progress, 400, "invalid status code", i);
  }
  while (i < length && charClass[text.charCodeAt(i)]! & blank) i++;
  const reason = i;
  while (i < length && !(charClass[text.charCodeAt(i)]! & valueStop)) i++;
  const end = lineEnd(text, i);
  if (end === 0) return short(text, progress, limits);
  if (end < 0) return invalid(progress, 400, "invalid reason phrase", i);
  head.status = status;
  head.reason = text.substring(reason, i);
  head.version = minor === 0 ? "1.0" : "1.1";
  progress.startLineRead = true;
  progress.lineStart = end;
  return "complete";
}

/** Minor version to speak: 0 or 1 (later versions count as 1.1); -1 when it is not a version. */
function versionOf(text: string, start: number, end: number): 0 | 1 | -1 {
  if (end - start !== 8 || !text.startsWith("HTTP/", start) || text.charCodeAt(start + 6) !== 46) {
    return -1;
  }
  const major = text.charCodeAt(start + 5) - 48;
  const minor = text.charCodeAt(start + 7) - 48;
  if (major < 0 || major > 9 || minor < 0 || minor > 9) return -1;
  return major > 1 || (major === 1 && minor >= 1) ? 1 : 0;
}

/** Past the line end at `i`; 0 when it is not all there, -1 when there is none. */
function lineEnd(text: string, i: number): number {
  if (i >= text.length) return 0;
  const c = text.charCodeAt(i);
  if (c === 10) return i + 1;
  if (c !== 13) return -1;
  if (i + 1 >= text.length) return 0;
  return text.charCodeAt(i + 1) === 10 ? i + 2 : -1;
}

function readFields(
  text: string,
  head: Fields,
  progress: HeadProgress,
  limits: HeadLimits,
): HeadState {
  const length = text.length;
  for (;;) {
    const start = progress.lineStart;
    if (start >= length) return short(text, progress, limits);
    const first = text.charCodeAt(start);
    if (first === 13 || first === 10) {
      const end = lineEnd(text, start);
      if (end === 0) return short(text, progress, limits);
      if (end < 0) return invalid(progress, 400, "stray CR", start);
      if (end > limits.headBytesMax) return tooLong(progress);
      progress.end = end;
      return "complete";
    }
    let i = start;
    while (i < length && charClass[text.charCodeAt(i)]! & token) i++;
    if (i >= length) return short(text, progress, limits);
    if (i === start || text.charCodeAt(i) !== 58 || i - start > fieldNameBytesMax) {
      return invalid(progress, 400, "invalid header name", i);
    }
    const state = readValue(text, head, progress, start, i);
    if (state === "incomplete") return short(text, progress, limits);
    if (state === "invalid") return state;
    if (head.count >= limits.headFieldsMax) {
      return invalid(progress, 400, "too many headers", start);
    }
  }
}

/** Reads the value behind the colon at `colon`, folded lines included, and notes the field. */
function readValue(
  text: string,
  head: Fields,
  progress: HeadProgress,
  start: number,
  colon: number,
): HeadState {
  const length = text.length;
  let i = colon + 1;
  while (i < length && charClass[text.charCodeAt(i)]! & blank) i++;
  let from = i;
  let folds = false;
  for (;;) {
    while (i < length && !(charClass[text.charCodeAt(i)]! & valueStop)) i++;
    if (i >= length) return "incomplete";
    const end = lineEnd(text, i);
    if (end < 0) return invalid(progress, 400, "invalid byte in a header value", i);
    // Only the byte behind the line end tells whether the value goes on (obs-fold).
    if (end === 0 || end >= length) return "incomplete";
    if (!(charClass[text.charCodeAt(end)]! & blank)) {
      const to = trimEnd(text, from, i);
      if (folds && text.substring(start, colon).toLowerCase() === "host") {
        return invalid(progress, 400, "folded Host", start);
      }
      const exact = to === i && end === i + 2 && !folds;
      head.note(start, colon, from, to, end, exact);
      if (folds) head.replace(head.count - 1, unfold(text.substring(from, to)));
      progress.lineStart = end;
      return "complete";
    }
    folds = true;
    if (i === from) {
      i = end;
      while (i < length && charClass[text.charCodeAt(i)]! & blank) i++;
      from = i;
    } else i = end;
  }
}

function trimEnd(text: string, from: number, to: number): number {
  while (to > from && charClass[text.charCodeAt(to - 1)]! & (blank | valueStop)) to--;
  return to;
}

/** Each line end of a folded value becomes blanks, byte for byte, as HAProxy does. */
function unfold(value: string): string {
  return value.replace(/[\r\n]/g, " ");
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

/** The head is not all there: fine, unless what is there is already more than allowed. */
function short(text: string, progress: HeadProgress, limits: HeadLimits): HeadState {
  return text.length < limits.headBytesMax ? "incomplete" : tooLong(progress);
}

function tooLong(progress: HeadProgress): HeadState {
  return progress.startLineRead
    ? invalid(progress, 431, "head too long", progress.lineStart)
    : invalid(progress, 414, "request line too long", 0);
}

function invalid(
  progress: HeadProgress,
  status: HeadProblem["status"],
  reason: string,
  at: number,
): HeadState {
  progress.problem = { status, reason, at };
  return "invalid";
}
