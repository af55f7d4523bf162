import type { Context } from "../lang/context.ts";
import { LangError } from "../lang/spec.ts";
import type { ErrorPages } from "../config/plan.ts";
import { RuleWords } from "./action_words.ts";
import { defaultPages, isPageStatus, pageStatuses } from "./default_pages.ts";
import { parseErrorMessage } from "./error_message.ts";
import { parseReplyArguments, type ReplyScope } from "./reply_arguments.ts";
import { renderReply, type ReplyTemplate } from "./reply_template.ts";
import type { Reply } from "./transaction.ts";

/** A page of one's own: fixed, or made for each transaction (`lf-string`, `hdr`). */
export type ErrorPage = Exclude<ReplyTemplate, { kind: "page" }>;

/** The error pages of one proxy or of one `http-errors` section. */
export class ErrorPageSet implements ErrorPages {
  readonly #own = new Map<number, ErrorPage>();

  /** `inherited`: pages of the defaults section, taken over as they are now. */
  constructor(inherited?: ErrorPageSet) {
    if (inherited) { for (const [status, page] of inherited.#own) this.#own.set(status, page); }
  }

  set(status: number, page: ErrorPage): void {
    this.#own.set(status, page);
  }

  /** Goes back to the default page (`http-error … default-errorfiles`). */
  unset(status: number): void {
    this.#own.delete(status);
  }

  /** The operator's page; undefined when there is none, or it cannot be made without `cx`. */
  own(status: number, cx?: Context): Reply | undefined {
    const page = this.#own.get(status);
    if (page === undefined) return undefined;
    if (page.kind === "fixed") return page.reply;
    return cx && renderReply(page, cx);
  }

  get(status: number, cx?: Context): Reply {
    return this.own(status, cx) ?? defaultPage(status);
  }
}

/** HAProxy's page for a status; 500 for one that has none. */
export function defaultPage(status: number): Reply {
  return defaultPages.get(status) ?? defaultPages.get(500)!;
}

/**
 * The page that a transaction gives: its backend's own, else its frontend's own, else the default.
 */
export function errorReply(
  status: number,
  cx: Context | undefined,
  backend: ErrorPages | undefined,
  frontend: ErrorPages,
): Reply {
  return backend?.own(status, cx) ?? frontend.own(status, cx) ?? defaultPage(status);
}

/** Keywords that {@link applyErrorLine} takes. */
export const errorKeywords = [
  "errorfile",
  "errorfiles",
  "errorloc",
  "errorloc302",
  "errorloc303",
  "http-error",
] as const;

/**
 * Applies one line (`errorfile 503 /path`, `http-error status 404 …`), keyword first. Throws
 * LangError with HAProxy's text.
 */
export function applyErrorLine(
  words: readonly string[],
  pages: ErrorPageSet,
  scope: ReplyScope,
): void {
  const keyword = words[0] as (typeof errorKeywords)[number];
  try {
    switch (keyword) {
      case "errorfile":
        return errorFile(words, pages, scope);
      case "errorfiles":
        return errorFiles(words, pages, scope);
      case "errorloc":
      case "errorloc302":
        return errorLocation(words, 302, pages);
      case "errorloc303":
        return errorLocation(words, 303, pages);
      case "http-error":
        return httpError(words, pages, scope);
      default:
        keyword satisfies never;
    }
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw new LangError(`${keyword} : ${error.message}`, error.word, error.suggestion);
  }
}

function pageStatus(word: string): number {
  const status = /^[0-9]{3}$/.test(word) ? Number(word) : 0;
  if (!isPageStatus(status)) throw new LangError(`status code '${word}' not handled`, word);
  return status;
}

function errorFile(words: readonly string[], pages: ErrorPageSet, scope: ReplyScope): void {
  const [, status, path] = words;
  if (!status || !path) throw new LangError("expects <status_code> and <file> as arguments");
  const code = pageStatus(status);
  pages.set(code, { kind: "fixed", reply: parseErrorMessage(read(path, scope), path, code) });
}

function read(path: string, scope: ReplyScope): string {
  try {
    return scope.readFile(path);
  } catch {
    throw new LangError(`error opening file '${path}'`, path);
  }
}

function errorFiles(words: readonly string[], pages: ErrorPageSet, scope: ReplyScope): void {
  const [, section, ...codes] = words;
  if (!section) throw new LangError("expects <name> as argument");
  const wanted = codes.length > 0 ? codes.map(pageStatus) : pageStatuses;
  for (const status of wanted) {
    const reply = scope.errorPageOf(section, status);
    if (reply) pages.set(status, { kind: "fixed", reply });
    else if (codes.length > 0) {
      scope.warn(`status '${status}' not declared in http-errors section '${section}'`);
    }
  }
}

function errorLocation(words: readonly string[], status: number, pages: ErrorPageSet): void {
  const [, code, url] = words;
  if (!code || !url) throw new LangError("expects <status_code> and <url> as arguments");
  const headers: [string, string][] = [
    ["Cache-Control", "no-cache"],
    ["Content-Length", "0"],
    ["Location", url],
  ];
  pages.set(pageStatus(code), {
    kind: "fixed",
    reply: { status, reason: "", headers, body: "", close: false },
  });
}

function httpError(words: readonly string[], pages: ErrorPageSet, scope: ReplyScope): void {
  const cursor = new RuleWords(words, 1, undefined);
  if (cursor.peek() !== "status") throw new LangError("expects at least a <status> as arguments");
  const status = pageStatus(words[2] ?? "");
  const template = parseReplyArguments(cursor, scope, {
    status: undefined,
    payload: "empty",
    denyStatus: false,
  });
  const rest = cursor.peek();
  if (rest !== undefined) throw new LangError(`unknown keyword '${rest}'`, rest);
  if (template.kind === "page") pages.unset(status);
  else pages.set(status, template);
}
