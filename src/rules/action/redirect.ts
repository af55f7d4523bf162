import type { LogFormat } from "../../lang/log_format.ts";
import { LangError } from "../../lang/spec.ts";
import { compileFormat } from "../format.ts";
import { isFieldValue, rewriteFailed } from "../rewrite.ts";
import type { Action, ActionSpec, ActionWords, RuleScope } from "../spec.ts";
import type { Outcome, Transaction } from "../transaction.ts";

const redirectKinds = ["location", "prefix", "scheme"] as const;
type RedirectKind = (typeof redirectKinds)[number];

const statuses: readonly number[] = [301, 302, 303, 307, 308];

interface Redirect {
  kind: RedirectKind | undefined;
  text: string;
  status: number;
  dropQuery: boolean;
  keepQuery: boolean;
  appendSlash: boolean;
  ignoreEmpty: boolean;
  cookie: string | undefined;
}

const option = "expects 'code', 'prefix', 'location', 'scheme', 'set-cookie', 'clear-cookie', " +
  "'drop-query', 'keep-query', 'ignore-empty' or 'append-slash'";

/**
 * Compiles what stands behind `redirect`. `formats`: whether the place is a log format, as in
 * `http-request redirect`, or taken as it is, as in the `redirect` keyword of a proxy.
 */
export function parseRedirect(
  words: ActionWords,
  scope: RuleScope,
  formats: "formats" | "literal",
): Action {
  const redirect: Redirect = {
    kind: undefined,
    text: "",
    status: 302,
    dropQuery: false,
    keepQuery: false,
    appendSlash: false,
    ignoreEmpty: false,
    cookie: undefined,
  };
  while (!words.atCondition()) takeOption(words, redirect);
  const { kind } = redirect;
  if (kind === undefined) {
    throw new LangError("redirection type expected ('prefix', 'location', or 'scheme')");
  }
  const response = scope.ruleSet === "http-response";
  if (response && kind !== "location") {
    throw new LangError("response only supports redirect type 'location'", kind);
  }
  const format = formats === "formats" ? compileFormat(redirect.text, scope) : undefined;
  return compile({ ...redirect, kind }, format, response);
}

function takeOption(words: ActionWords, redirect: Redirect): void {
  const word = words.take("missing redirect option");
  const argument = () => words.take(`missing argument for '${word}'`);
  switch (word) {
    case "location":
    case "prefix":
    case "scheme":
      redirect.kind = word;
      redirect.text = argument();
      return;
    case "code":
      redirect.status = parseStatus(argument());
      return;
    case "set-cookie":
      redirect.cookie = `${cookie(argument())}; path=/;`;
      return;
    case "clear-cookie":
      redirect.cookie = `${cookie(argument())}; path=/; Max-Age=0;`;
      return;
    case "drop-query":
      redirect.dropQuery = true;
      return;
    case "keep-query":
      redirect.keepQuery = true;
      return;
    case "append-slash":
      redirect.appendSlash = true;
      return;
    case "ignore-empty":
      redirect.ignoreEmpty = true;
      return;
    default:
      throw new LangError(`${option} (was '${word}')`, word);
  }
}

function parseStatus(word: string): number {
  const status = Number(word);
  if (statuses.includes(status)) return status;
  throw new LangError(
    `'code': unsupported HTTP code '${word}' (must be one of 301, 302, 303, 307 or 308)`,
    word,
  );
}

function cookie(text: string): string {
  if (isFieldValue(text)) return text;
  throw new LangError("a cookie may not hold a line end or a NUL", text);
}

function compile(
  redirect: Redirect & { kind: RedirectKind },
  format: LogFormat | undefined,
  response: boolean,
): Action {
  const constant = format ? format.constant : redirect.text;
  const { status } = redirect;
  // These three may be cached only when told so; 301 and 308 may by themselves.
  const uncached = status === 302 || status === 303 || status === 307;
  const run = (tx: Transaction): Outcome => {
    const place = constant ?? format!.render(tx);
    if (place === "" && redirect.ignoreEmpty && constant === undefined) return "continue";
    const location = locationFor(redirect, place, tx);
    if (!isFieldValue(location)) {
      tx.strict = true;
      return rewriteFailed(tx, response);
    }
    const headers: [string, string][] = [["Location", location]];
    if (uncached) headers.push(["Cache-Control", "no-cache"]);
    if (redirect.cookie !== undefined) headers.push(["Set-Cookie", redirect.cookie]);
    tx.reply = { status, reason: "", headers, body: "", close: false };
    tx.terminate(response ? "LH" : "LR");
    return "reply";
  };
  return { final: !redirect.ignoreEmpty, text: `redirect ${redirect.kind} ${redirect.text}`, run };
}

function locationFor(
  redirect: Redirect & { kind: RedirectKind },
  place: string,
  tx: Transaction,
): string {
  switch (redirect.kind) {
    case "location":
      return redirect.keepQuery ? withQuery(place, tx.request?.query) : place;
    case "prefix":
      // Exactly "/" inserts nothing: a redirect to the same place, to set a cookie.
      return (redirect.text === "/" ? "" : place) + pathFor(redirect, tx);
    case "scheme":
      return `${place}://${tx.request?.first("host") ?? ""}${pathFor(redirect, tx)}`;
    default:
      return redirect.kind satisfies never;
  }
}

function withQuery(place: string, query: string | undefined): string {
  if (query === undefined || query === "") return place;
  return place + (place.includes("?") ? "&" : "?") + query;
}

function pathFor(redirect: Redirect, tx: Transaction): string {
  const path = (redirect.dropQuery ? tx.request?.path : tx.request?.pathq) ?? "/";
  // HAProxy looks at the last character only, even behind a query that was not dropped.
  return redirect.appendSlash && !path.endsWith("/") ? path + "/" : path;
}

/** `redirect` as an action. */
export const redirectActions = [
  {
    name: "redirect",
    ruleSets: ["http-request", "http-response"],
    syntax: "redirect { location | prefix | scheme } <fmt> [ code <code> ] [ drop-query ] " +
      "[ keep-query ] [ append-slash ] [ ignore-empty ] [ set-cookie <name>[=<value>] ] " +
      "[ clear-cookie <name>[=] ]",
    doc: "Sends the client elsewhere, with 302 by default",
    parse: (words, scope) => parseRedirect(words, scope, "formats"),
  },
] satisfies ActionSpec[];
