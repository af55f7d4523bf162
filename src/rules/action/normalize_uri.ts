import type { RequestHead } from "../../http/request_head.ts";
import { LangError } from "../../lang/spec.ts";
import {
  encodeFragment,
  mergeSlashes,
  type Normalized,
  percentDecodeUnreserved,
  percentUpper,
  sortQuery,
  stripDot,
  stripDotDot,
  stripFragment,
} from "../normalize.ts";
import type { Action, ActionSpec, ActionWords } from "../spec.ts";
import type { Outcome, Transaction } from "../transaction.ts";

/** A row of the normalizers: which part of the target it works on, and its one option. */
interface Normalizer {
  readonly name: string;
  readonly part: "path" | "query" | "pathq" | "target";
  readonly option?: "full" | "strict";
  apply(text: string, option: boolean): Normalized;
}

const normalizers: readonly Normalizer[] = [
  { name: "fragment-encode", part: "target", apply: encodeFragment },
  { name: "fragment-strip", part: "target", apply: stripFragment },
  { name: "path-merge-slashes", part: "path", apply: mergeSlashes },
  { name: "path-strip-dot", part: "path", apply: stripDot },
  {
    name: "path-strip-dotdot",
    part: "path",
    option: "full",
    apply: (text, full) => stripDotDot(text, full ? "drop" : "keep"),
  },
  {
    name: "percent-decode-unreserved",
    part: "pathq",
    option: "strict",
    apply: percentDecodeUnreserved,
  },
  { name: "percent-to-uppercase", part: "pathq", option: "strict", apply: percentUpper },
  { name: "query-sort-by-name", part: "query", apply: sortQuery },
];

function read(request: RequestHead, part: Normalizer["part"]): string | undefined {
  switch (part) {
    case "path":
      return request.path;
    case "query":
      return request.query;
    case "pathq":
      return request.pathq;
    case "target":
      return request.target;
    default:
      return part satisfies never;
  }
}

function write(request: RequestHead, part: Normalizer["part"], text: string): void {
  const { origin, query } = request;
  switch (part) {
    case "path":
      request.target = origin + text + (query === undefined ? "" : "?" + query);
      return;
    case "query":
      request.target = origin + request.path + "?" + text;
      return;
    case "pathq":
      request.target = origin + text;
      return;
    case "target":
      request.target = text;
      return;
    default:
      part satisfies never;
  }
}

function parse(words: ActionWords): Action {
  const name = words.take("missing argument, expects <normalizer>");
  const normalizer = normalizers.find((row) => row.name === name);
  if (normalizer === undefined) throw new LangError(`unknown normalizer '${name}'`, name);
  const chosen = normalizer.option !== undefined && words.skip(normalizer.option);
  if (!words.atCondition()) {
    const expected = normalizer.option === undefined ? "no argument" : `'${normalizer.option}'`;
    throw new LangError(
      `'${name}' expects ${expected} or a condition, but found '${words.peek()}'`,
      words.peek(),
    );
  }
  const { part } = normalizer;
  const run = (tx: Transaction): Outcome => {
    const { request } = tx;
    const before = request && read(request, part);
    if (request === undefined || before === undefined) return "continue";
    const after = normalizer.apply(before, chosen);
    if (after === "invalid") {
      tx.reply = tx.errorPage(400);
      tx.terminate("PR");
      return "reply";
    }
    if (after !== before) write(request, part, after);
    return "continue";
  };
  return { final: false, text: `normalize-uri ${name}`, run };
}

/** `normalize-uri` and its normalizers. */
export const normalizeUriActions = [
  {
    name: "normalize-uri",
    ruleSets: ["http-request"],
    syntax: "normalize-uri { fragment-encode | fragment-strip | path-merge-slashes | " +
      "path-strip-dot | path-strip-dotdot [ full ] | percent-decode-unreserved [ strict ] | " +
      "percent-to-uppercase [ strict ] | query-sort-by-name }",
    doc: "Rewrites the target to a canonical form",
    parse,
  },
] satisfies ActionSpec[];
