import { parseLogFormat } from "../../lang/log_format.ts";
import { LangError } from "../../lang/spec.ts";
import { unsupported } from "../../lang/unsupported.ts";
import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { LineScope } from "../compile/rule_scope.ts";
import type { Word } from "../directive.ts";
import { takeExpectation } from "./expectation.ts";
import { backendSections, type KeywordSpec } from "./spec.ts";

/** `HTTP/1.1` or `1.1`; only HTTP/1 is spoken. */
function parseVersion(line: Line, word: Word): string {
  const version = word.text.replace(/^HTTP\//i, "");
  if (version === "1.0" || version === "1.1") return version;
  const message = `'${line.keyword}' : the version '${word.text}' is not HTTP/1.0 or HTTP/1.1`;
  throw line.error("bad-value", message, word);
}

function httpchk(line: Line, draft: ProxyDraft): void {
  const { check } = draft;
  const [first, second, third, fourth] = line.takeAll();
  check.kind = "http";
  if (!first) return;
  check.method = second ? first.text : "OPTIONS";
  check.target = (second ?? first).text;
  if (third) check.version = parseVersion(line, third);
  if (fourth) check.headers = [["host", fourth.text]];
  const excess = line.words[6];
  if (!excess) return;
  const message = `'option httpchk' cannot handle unexpected argument '${excess.text}'`;
  throw line.error("extra-argument", message, excess);
}

/** A log format; undefined when it does not depend on the transaction. */
function takeFormat(line: Line, draft: ProxyDraft, word: Word) {
  try {
    return parseLogFormat(word.text, new LineScope(line, draft, "be_check"), { forLog: false });
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw line.place(error, "bad-format");
  }
}

function constantFormat(line: Line, draft: ProxyDraft, word: Word): string {
  const { constant } = takeFormat(line, draft, word);
  if (constant !== undefined) return constant;
  const message = unsupported(
    `'http-check send' : an expression in '${word.text}'`,
    "only the target may have one",
  );
  throw line.error("unsupported", message, word);
}

const sendArguments =
  "expects 'comment', 'meth', 'uri', 'uri-lf', 'ver', 'hdr', 'body' or 'body-lf'";

function send(line: Line, draft: ProxyDraft): void {
  const { check } = draft;
  const headers: [string, string][] = [];
  check.addRule();
  check.body = "";
  for (let word = line.rest[0]; word; word = line.rest[0]) {
    line.take("");
    const value = () =>
      line.take(`'http-check send' : '${word!.text}' expects a string as argument`);
    switch (word.text) {
      case "comment":
        value();
        break;
      case "meth":
        check.method = value().text;
        break;
      case "uri":
        check.target = value().text;
        break;
      case "uri-lf": {
        const format = takeFormat(line, draft, value());
        check.target = format.constant ?? format;
        break;
      }
      case "ver":
        check.version = parseVersion(line, value());
        break;
      case "hdr":
        headers.push([value().text, constantFormat(line, draft, value())]);
        break;
      case "body":
        check.body = value().text;
        break;
      case "body-lf":
        check.body = constantFormat(line, draft, value());
        break;
      default: {
        const message = `'http-check send' : ${sendArguments} but got '${word.text}' as argument`;
        throw line.error("bad-value", message, word);
      }
    }
  }
  const ignored = new Set(["content-length", "transfer-encoding"]);
  check.headers = headers.filter(([name]) => !ignored.has(name.toLowerCase()));
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
    name: "http-check expect",
    sections: backendSections,
    syntax: "http-check expect [comment <msg>] [!] { status <codes> | rstatus <regex> | " +
      "string <string> | rstring <regex> }",
    doc: "What the answer must be like; 200 to 399 by default.",
    apply(line, draft) {
      draft.check.addRule();
      draft.check.expect.push(takeExpectation(line));
    },
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
  {
    name: "http-check comment",
    sections: backendSections,
    syntax: "http-check comment <string>",
    doc: "A comment on the checks.",
    apply(line) {
      line.take("'http-check comment' : expects a string as argument");
      line.end();
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
