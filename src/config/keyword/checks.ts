import { plainRequest, type RequestDraft } from "../compile/check_draft.ts";
import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { Word } from "../directive.ts";
import { CheckLine } from "./check_line.ts";
import { checkRules } from "./check_rules.ts";
import { backendSections, type KeywordSpec } from "./spec.ts";

/** `HTTP/1.1` or `1.1`; only HTTP/1 is spoken. */
function parseVersion(line: Line, word: Word): string {
  const version = word.text.replace(/^HTTP\//i, "");
  if (version === "1.0" || version === "1.1") return version;
  const message = word.text.includes("\r\n")
    ? `'${line.keyword}' : hiding headers or body at the end of the version string is unsupported. ` +
      "Use 'http-check send' directive instead"
    : `'${line.keyword}' : the version '${word.text}' is not HTTP/1.0 or HTTP/1.1`;
  throw line.error("bad-value", message, word);
}

function httpchk(line: Line, draft: ProxyDraft): void {
  const [first, second, third, fourth] = line.takeAll();
  const request = draft.check.useHttp();
  if (!first) return;
  request.method = second ? first.text : "OPTIONS";
  request.target = (second ?? first).text;
  if (third) request.version = parseVersion(line, third);
  if (fourth) request.headers = [["host", fourth.text]];
  const excess = line.words[6];
  if (!excess) return;
  const message = `'option httpchk' cannot handle unexpected argument '${excess.text}'`;
  throw line.error("extra-argument", message, excess);
}

const sendArguments =
  "expects 'comment', 'meth', 'uri', 'uri-lf', 'ver', 'hdr', 'body' or 'body-lf'";

function send(line: Line, draft: ProxyDraft): void {
  const { check } = draft;
  const words = new CheckLine(line, draft);
  // The first one completes the request of `option httpchk`; each other is one of its own.
  const first = check.awaitedRequest();
  const request = first ?? plainRequest();
  request.headers = [];
  request.body = "";
  for (let word = words.next(); word; word = words.next()) takePart(words, word, request);
  if (first) words.add({ kind: "request" });
  else words.add({ kind: "send-http", ...request });
}

const ignoredHeaders = new Set(["content-length", "transfer-encoding"]);

const parts: Readonly<
  Record<string, (words: CheckLine, word: Word, request: RequestDraft) => void>
> = {
  comment(words, word, request) {
    request.comment = words.argument(word).text;
  },
  meth(words, word, request) {
    request.method = words.argument(word).text;
  },
  uri(words, word, request) {
    request.target = words.argument(word).text;
  },
  "uri-lf"(words, word, request) {
    request.target = words.format(words.argument(word));
  },
  ver(words, word, request) {
    request.version = parseVersion(words.line, words.argument(word));
  },
  hdr(words, word, request) {
    const name = words.argument(word).text;
    const value = words.format(words.argument(word));
    if (!ignoredHeaders.has(name.toLowerCase())) request.headers.push([name, value]);
  },
  body(words, word, request) {
    request.body = words.argument(word).text;
  },
  "body-lf"(words, word, request) {
    request.body = words.format(words.argument(word));
  },
};

function takePart(words: CheckLine, word: Word, request: RequestDraft): void {
  const part = Object.hasOwn(parts, word.text) ? parts[word.text] : undefined;
  if (!part) throw words.bad(`${sendArguments} but got '${word.text}' as argument`, word);
  part(words, word, request);
}

/** What a health check asks, and what it takes for an answer. */
export const checkKeywords = [
  {
    name: "option httpchk",
    sections: backendSections,
    syntax: "option httpchk [<method>] [<uri> [<version> [<host>]]]",
    doc: "Checks servers with an HTTP request.",
    apply: httpchk,
  },
  {
    name: "http-check send",
    sections: backendSections,
    syntax: "http-check send [meth <method>] [{ uri <uri> | uri-lf <fmt> }] [ver <version>] " +
      "[hdr <name> <value>]* [{ body <string> | body-lf <string> }] [comment <msg>]",
    doc: "The request of a health check.",
    apply: send,
  },
  {
    name: "http-check disable-on-404",
    sections: backendSections,
    syntax: "http-check disable-on-404",
    doc: "A server that answers 404 gets no new clients.",
    apply(line, draft) {
      line.end();
      draft.check.disableOn404 = true;
    },
  },
  {
    name: "http-check send-state",
    sections: backendSections,
    syntax: "http-check send-state",
    doc: "Tells the server its state in a header of the check.",
    apply(line, draft) {
      line.end();
      draft.check.sendState = true;
    },
  },
  ...checkRules("http-check"),
] satisfies KeywordSpec<ProxyDraft>[];
