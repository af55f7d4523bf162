import type { RequestHead } from "../../http/request_head.ts";
import { compileRegex } from "../../lang/regex/compile.ts";
import { LangError } from "../../lang/spec.ts";
import { compileFormat } from "../format.ts";
import { isFieldName, isTarget, rewriteFailed, syncHost } from "../rewrite.ts";
import type { Action, ActionSpec, ActionWords, RuleScope } from "../spec.ts";
import { formatReplacement } from "../replacement.ts";
import type { Outcome, Transaction } from "../transaction.ts";

/** A part of the request line: what it is now, and the target with another in its place. */
interface Part {
  read(request: RequestHead): string | undefined;
  /** Undefined when nothing is to change. */
  put(request: RequestHead, value: string): string | undefined;
  /** Host follows what is written. */
  readonly authority: boolean;
}

const path: Part = {
  read: (request) => request.path,
  put(request, value) {
    if (request.path === undefined) return value;
    const { query } = request;
    return request.origin + value + (query === undefined ? "" : "?" + query);
  },
  authority: false,
};

const pathq: Part = {
  read: (request) => request.pathq,
  put: (request, value) => request.origin + value,
  authority: false,
};

const query: Part = {
  read: (request) => request.query,
  put(request, value) {
    const { target } = request;
    const mark = target.indexOf("?");
    // A question mark that is there stays, even before nothing.
    if (mark >= 0) return target.substring(0, mark + 1) + value;
    return value === "" ? undefined : target + "?" + value;
  },
  authority: false,
};

const uri: Part = {
  read: (request) => request.target,
  put: (_request, value) => value,
  authority: true,
};

/** Writes a part of the request line; a target that cannot be sent fails the rewrite. */
function write(tx: Transaction, part: Part, value: string): Outcome {
  const { request } = tx;
  if (request === undefined) return rewriteFailed(tx, false);
  const target = part.put(request, value);
  if (target === undefined) return "continue";
  if (!isTarget(target)) return rewriteFailed(tx, false);
  request.target = target;
  if (part.authority) syncHost(request);
  return "continue";
}

function parseSet(words: ActionWords, scope: RuleScope, action: string, part: Part): Action {
  const format = takeFormat(words, scope);
  const run = (tx: Transaction): Outcome => write(tx, part, format.constant ?? format.render(tx));
  return { final: false, text: `${action} ${format.text}`, run };
}

function takeFormat(words: ActionWords, scope: RuleScope) {
  const what = "expects exactly 1 argument <format>";
  const text = words.take(what);
  if (!words.atCondition()) throw new LangError(what, words.peek());
  return compileFormat(text, scope);
}

function parseReplace(words: ActionWords, scope: RuleScope, action: string, part: Part): Action {
  const what = "expects exactly 2 arguments <match-regex> and <replace-format>";
  const source = words.take(what);
  const text = words.take(what);
  if (!words.atCondition()) throw new LangError(what, words.peek());
  const regex = compileRegex(source, { ignoreCase: false });
  const replace = formatReplacement(compileFormat(text, scope));
  const run = (tx: Transaction): Outcome => {
    const current = tx.request && part.read(tx.request);
    const groups = current === undefined ? undefined : regex.exec(current)?.groups;
    if (groups === undefined) return "continue";
    const replaced = replace(tx, groups);
    return replaced === undefined ? rewriteFailed(tx, false) : write(tx, part, replaced);
  };
  return { final: false, text: `${action} ${source} ${text}`, run };
}

function parseMethod(words: ActionWords, scope: RuleScope): Action {
  const format = takeFormat(words, scope);
  const run = (tx: Transaction): Outcome => {
    const method = format.constant ?? format.render(tx);
    if (tx.request === undefined || !isFieldName(method)) return rewriteFailed(tx, false);
    tx.request.method = method;
    return "continue";
  };
  return { final: false, text: `set-method ${format.text}`, run };
}

/** Actions on the request line. */
export const requestLineActions = [
  {
    name: "set-method",
    ruleSets: ["http-request"],
    syntax: "set-method <fmt>",
    doc: "Changes the request's method",
    parse: parseMethod,
  },
  {
    name: "set-path",
    ruleSets: ["http-request"],
    syntax: "set-path <fmt>",
    doc: "Changes the path; scheme, authority and query stay",
    parse: (words, scope) => parseSet(words, scope, "set-path", path),
  },
  {
    name: "set-pathq",
    ruleSets: ["http-request"],
    syntax: "set-pathq <fmt>",
    doc: "Changes the path with its query",
    parse: (words, scope) => parseSet(words, scope, "set-pathq", pathq),
  },
  {
    name: "set-query",
    ruleSets: ["http-request"],
    syntax: "set-query <fmt>",
    doc: "Changes what stands behind the first question mark",
    parse: (words, scope) => parseSet(words, scope, "set-query", query),
  },
  {
    name: "set-uri",
    ruleSets: ["http-request"],
    syntax: "set-uri <fmt>",
    doc: "Changes the whole request target; Host follows an authority in it",
    parse: (words, scope) => parseSet(words, scope, "set-uri", uri),
  },
  {
    name: "replace-path",
    ruleSets: ["http-request"],
    syntax: "replace-path <match-regex> <replace-fmt>",
    doc: "Replaces the path when it matches",
    parse: (words, scope) => parseReplace(words, scope, "replace-path", path),
  },
  {
    name: "replace-pathq",
    ruleSets: ["http-request"],
    syntax: "replace-pathq <match-regex> <replace-fmt>",
    doc: "Replaces the path with its query when it matches",
    parse: (words, scope) => parseReplace(words, scope, "replace-pathq", pathq),
  },
  {
    name: "replace-uri",
    ruleSets: ["http-request"],
    syntax: "replace-uri <match-regex> <replace-fmt>",
    doc: "Replaces the whole request target when it matches; Host follows an authority in it",
    parse: (words, scope) => parseReplace(words, scope, "replace-uri", uri),
  },
] satisfies ActionSpec[];
