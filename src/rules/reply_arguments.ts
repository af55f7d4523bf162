import type { LangScope } from "../lang/scope.ts";
import { LangError } from "../lang/spec.ts";
import { isPageStatus } from "./default_pages.ts";
import { forbiddenInValue, isToken, parseErrorMessage } from "./error_message.ts";
import { compileFormat } from "./format.ts";
import { type HeaderTemplate, type ReplyTemplate, settle } from "./reply_template.ts";
import type { ActionWords } from "./spec.ts";
import type { Reply } from "./transaction.ts";

/** What reply arguments are compiled in. */
export interface ReplyScope extends LangScope {
  readFile(path: string): string;
  errorPageOf(section: string, status: number): Reply | undefined;
}

/** Where the arguments stand decides what is meant when nothing is said. */
export interface ReplyDefaults {
  /** Undefined: it must be given. */
  readonly status: number | undefined;
  /** Without a payload: the proxy's error page, or an answer without a body. */
  readonly payload: "page" | "empty";
  /** `deny_status` is another spelling of `status`. */
  readonly denyStatus: boolean;
}

const payloadKeywords = [
  "default-errorfiles",
  "errorfile",
  "errorfiles",
  "file",
  "lf-file",
  "string",
  "lf-string",
] as const;
type PayloadKeyword = (typeof payloadKeywords)[number];

interface Draft {
  status: number | undefined;
  /** Something other than `deny_status` was said. */
  spelledOut: boolean;
  contentType: string | undefined;
  payload: { readonly keyword: PayloadKeyword; readonly text: string } | undefined;
  readonly headers: HeaderTemplate[];
}

/**
 * Compiles `[ status N ] [ content-type T ] [ payload ] [ hdr N F ]*` of `return`, `deny`, `tarpit`
 * and `http-error`, up to the first word that is none of these.
 */
export function parseReplyArguments(
  words: ActionWords,
  scope: ReplyScope,
  defaults: ReplyDefaults,
): ReplyTemplate {
  const draft: Draft = {
    status: undefined,
    spelledOut: false,
    contentType: undefined,
    payload: undefined,
    headers: [],
  };
  while (takeArgument(words, scope, draft, defaults));
  const status = draft.status ?? defaults.status;
  if (status === undefined) throw new LangError("expects at least a <status> as arguments");
  return settle(build(draft, status, scope, defaults));
}

function takeArgument(
  words: ActionWords,
  scope: ReplyScope,
  draft: Draft,
  defaults: ReplyDefaults,
): boolean {
  const word = words.peek();
  if (word === "status" || (word === "deny_status" && defaults.denyStatus)) {
    words.skip(word);
    if (word === "status") draft.spelledOut = true;
    draft.status = parseStatus(words.take(`'${word}' expects <status_code> as argument`));
    return true;
  }
  if (words.skip("content-type")) {
    draft.contentType = words.take("'content-type' expects <ctype> as argument");
    checkValue(draft.contentType);
    return true;
  }
  if (words.skip("hdr")) {
    draft.headers.push(takeHeader(words, scope));
    return true;
  }
  const keyword = payloadKeywords.find((known) => known === word);
  if (keyword === undefined) return false;
  if (draft.payload !== undefined) {
    throw new LangError(
      `unexpected '${keyword}' argument, '${draft.payload.keyword}' already defined`,
      keyword,
    );
  }
  words.skip(keyword);
  draft.payload = { keyword, text: takePayload(words, keyword) };
  return true;
}

function parseStatus(word: string): number {
  const status = parseInt(word, 10) || 0;
  if (status < 200 || status > 599) {
    throw new LangError(`Unexpected status code '${status}'`, word);
  }
  return status;
}

function takeHeader(words: ActionWords, scope: ReplyScope): HeaderTemplate {
  const what = "'hdr' expects <name> and <value> as arguments";
  const name = words.take(what);
  checkName(name);
  const format = compileFormat(words.take(what), scope);
  if (format.constant !== undefined) checkValue(format.constant);
  return { name, value: format.constant ?? format };
}

/** Throws when a header of that name would break the message. */
export function checkName(name: string): void {
  for (let i = 0; i < name.length; i++) {
    if (!isToken(name.charCodeAt(i))) {
      throw new LangError(`invalid character in header name '${name}'`, name);
    }
  }
}

function checkValue(value: string): void {
  if (forbiddenInValue(value) >= 0) {
    throw new LangError("a header's value may not hold a line end or a NUL", value);
  }
}

function takePayload(words: ActionWords, keyword: PayloadKeyword): string {
  switch (keyword) {
    case "default-errorfiles":
      return "";
    case "errorfiles":
      return words.take("'errorfiles' expects <name> as argument");
    case "errorfile":
    case "file":
    case "lf-file":
      return words.take(`'${keyword}' expects <file> as argument`);
    case "string":
    case "lf-string":
      return words.take(`'${keyword}' expects <str> as argument`);
    default:
      return keyword satisfies never;
  }
}

function build(
  draft: Draft,
  status: number,
  scope: ReplyScope,
  defaults: ReplyDefaults,
): ReplyTemplate {
  const { payload } = draft;
  // HAProxy gives its error page for `deny` and `deny deny_status N`; what says more, even
  // `deny status N`, is an answer without a body.
  const plain = !draft.spelledOut && draft.contentType === undefined && draft.headers.length === 0;
  const implied = defaults.payload === "page" && plain ? "default-errorfiles" : undefined;
  const keyword = payload?.keyword ?? implied;
  if (keyword === undefined) {
    if (draft.contentType !== undefined) {
      scope.warn(
        `content-type '${draft.contentType}' ignored by the http reply because neither errorfile nor payload defined`,
      );
    }
    return made(draft, status, "");
  }
  switch (keyword) {
    case "default-errorfiles":
    case "errorfile":
    case "errorfiles":
      return fromPage(draft, keyword, status, scope);
    default:
      return fromPayload(draft, payload!.keyword, status, scope);
  }
}

function fromPage(
  draft: Draft,
  keyword: "default-errorfiles" | "errorfile" | "errorfiles",
  status: number,
  scope: ReplyScope,
): ReplyTemplate {
  if (keyword !== "errorfile" && !isPageStatus(status)) {
    throw new LangError(
      `status code '${status}' not handled by default with '${keyword}' argument`,
    );
  }
  const ignored = "ignored by the http reply when used with an errorfile";
  if (draft.contentType !== undefined) scope.warn(`content-type '${draft.contentType}' ${ignored}`);
  if (draft.headers.length > 0) scope.warn(`hdr parameters ${ignored}`);
  const text = draft.payload?.text ?? "";
  if (keyword === "default-errorfiles") return { kind: "page", status };
  if (keyword === "errorfile") {
    return { kind: "fixed", reply: parseErrorMessage(readPayload(text, scope), text, status) };
  }
  const reply = scope.errorPageOf(text, status);
  if (reply) return { kind: "fixed", reply };
  scope.warn(
    `status '${status}' referenced by an http reply not declared in http-errors section '${text}'`,
  );
  return { kind: "made", status, contentType: undefined, headers: [], body: "" };
}

function fromPayload(
  draft: Draft,
  keyword: PayloadKeyword,
  status: number,
  scope: ReplyScope,
): ReplyTemplate {
  const { text } = draft.payload!;
  const fromFile = keyword === "file" || keyword === "lf-file";
  const content = fromFile ? readPayload(text, scope) : text;
  if (content === "") return made(draft, status, "");
  if (draft.contentType === undefined) {
    throw new LangError("a content type must be defined when non-empty payload is configured");
  }
  if (status === 204 || status === 304) {
    throw new LangError(`No body expected for ${status} responses`);
  }
  if (keyword === "string" || keyword === "file") return made(draft, status, content);
  const format = compileFormat(content, scope);
  return made(draft, status, format.constant ?? format);
}

function made(
  draft: Draft,
  status: number,
  body: Extract<ReplyTemplate, { kind: "made" }>["body"],
): ReplyTemplate {
  return { kind: "made", status, contentType: draft.contentType, headers: draft.headers, body };
}

function readPayload(path: string, scope: ReplyScope): string {
  try {
    return scope.readFile(path);
  } catch {
    throw new LangError(`error opening file '${path}'`, path);
  }
}
