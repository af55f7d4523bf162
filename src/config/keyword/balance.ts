import type { Context } from "../../lang/context.ts";
import { parseExpression } from "../../lang/expression.ts";
import { nearest } from "../../lang/nearest.ts";
import { isUsable } from "../../lang/phase_check.ts";
import { needsOf } from "../../lang/fetch/phase_mask.ts";
import { unsupported } from "../../lang/unsupported.ts";
import type { Bin } from "../../lang/value.ts";
import { castExpression } from "../../rules/cast_expression.ts";
import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { LineScope } from "../compile/rule_scope.ts";
import type { Word } from "../directive.ts";
import type { BalanceAlgorithm, HashedAlgorithm } from "../backend_plan.ts";
import { backendSections, type KeywordSpec } from "./spec.ts";

const simple = ["roundrobin", "static-rr", "leastconn", "first", "source"] as const;
/** The cookie in which Microsoft's client names its user. */
const rdpCookieDefault = "mstshash";
/** Where an expression is evaluated. */
const phase = "be_set_server";
const drawsDefault = 2;

function parse(line: Line, draft: ProxyDraft): BalanceAlgorithm {
  // Without an algorithm HAProxy takes the default one.
  if (line.rest.length === 0) return { kind: "roundrobin" };
  const word = line.take("");
  const { text } = word;
  const known = simple.find((kind) => kind === text);
  if (known) return { kind: known };
  const random = /^random(?:\((.*)\))?$/.exec(text);
  if (random) return { kind: "random", draws: parseDraws(line, random[1]) };
  if (text.startsWith("rdp-cookie")) {
    return { kind: "rdp-cookie", name: parseRdpCookie(line, word) };
  }
  if (text === "uri") return parseUri(line);
  if (text === "url_param") return parseParameter(line);
  if (text === "hash") return parseHash(line, draft);
  if (text.startsWith("hdr(")) return parseHeader(line, word);
  if (text === "log-hash" || text === "sticky") {
    throw line.error("unsupported", unsupported(`'balance ${text}'`, "it is for logs"), word);
  }
  throw unknownAlgorithm(line, word);
}

function unknownAlgorithm(line: Line, word: Word): Error {
  const names = [...simple, "random", "uri", "url_param", "hdr(name)", "hash", "rdp-cookie"];
  const message = "balance only supports " + names.map((name) => `'${name}'`).join(", ");
  return line.error("bad-value", message, word, () => nearest(word.text, names));
}

function parseUri(line: Line): HashedAlgorithm {
  const set = { whole: false, pathOnly: false, lengthMax: 0, depthMax: 0 };
  for (let option = line.rest[0]; option; option = line.rest[0]) {
    line.take("");
    switch (option.text) {
      case "len":
        set.lengthMax = positive(line, option);
        break;
      case "depth":
        set.depthMax = positive(line, option);
        break;
      case "whole":
        set.whole = true;
        break;
      case "path-only":
        set.pathOnly = true;
        break;
      default: {
        const message = "balance uri only accepts parameters 'len', 'depth', 'path-only', and " +
          `'whole' (got '${option.text}')`;
        throw line.error("bad-value", message, option);
      }
    }
  }
  return { kind: "uri", ...set };
}

function positive(line: Line, option: Word): number {
  const missing = `balance uri : '${option.text}' expects a positive integer (got '')`;
  const word = line.take(missing);
  if (/^[0-9]+$/.test(word.text) && Number(word.text) > 0) return Number(word.text);
  throw line.error("bad-number", missing.replace("''", `'${word.text}'`), word);
}

function parseParameter(line: Line): HashedAlgorithm {
  const name = line.take("balance url_param requires an URL parameter name.");
  if (line.peek() === "check_post") {
    const why = "say 'option http-buffer-request' and 'balance hash req.body_param(<name>)'";
    const message = unsupported("'balance url_param … check_post'", why);
    throw line.error("unsupported", message, line.rest[0]);
  }
  return { kind: "url_param", name: name.text };
}

function parseHeader(line: Line, word: Word): HashedAlgorithm {
  const name = /^hdr\(([^)]*)\)/.exec(word.text)?.[1] ?? "";
  if (name === "") {
    throw line.error("missing-argument", "balance hdr requires an http header field name.", word);
  }
  const domainOnly = line.skip("use_domain_only");
  const extra = line.rest[0];
  if (!extra) return { kind: "hdr", name: name.toLowerCase(), domainOnly };
  const message =
    `balance ${word.text} only accepts 'use_domain_only' modifier (got '${extra.text}')`;
  throw line.error("bad-value", message, extra);
}

function parseHash(line: Line, draft: ProxyDraft): HashedAlgorithm {
  const word = line.take("balance hash requires a sample expression.");
  const extra = line.rest[0];
  if (extra) {
    const message = `balance hash takes no other argument (got '${extra.text}')`;
    throw line.error("extra-argument", message, extra);
  }
  const { expression } = parseExpression([word.text], 0, new LineScope(line, draft, phase));
  if (!isUsable(expression, phase)) {
    const message = `error detected while parsing 'balance hash' expression '${word.text}' which ` +
      `requires information from ${needsOf(expression)}, which is not available here`;
    throw line.error("expression", message, word);
  }
  const bytes = castExpression(expression, "bin");
  const key = (cx: Context) => (bytes(cx) as Bin | undefined)?.bytes;
  return { kind: "hash", text: expression.text, key };
}

function parseRdpCookie(line: Line, word: Word): string {
  if (word.text === "rdp-cookie") return rdpCookieDefault;
  const name = /^rdp-cookie\(([^)]+)\)/.exec(word.text)?.[1];
  if (name !== undefined) return name;
  throw line.error("missing-argument", "balance rdp-cookie : missing cookie name", word);
}

function parseDraws(line: Line, text: string | undefined): number {
  if (text === undefined || text === "") return drawsDefault;
  const rest = text.replace(/^[0-9]+/, "");
  if (rest !== "") {
    const message = `balance random : unexpected character '${rest[0]}' after argument`;
    throw line.error("bad-value", message);
  }
  if (Number(text) < 1) {
    throw line.error("bad-value", "balance random : number of draws must be at least 1");
  }
  return Number(text);
}

/** How a server is chosen. */
export const balanceKeywords = [
  {
    name: "balance",
    sections: backendSections,
    syntax: "balance { roundrobin | static-rr | leastconn | first | source | " +
      "random[(<draws>)] | uri [whole] [path-only] [len <bytes>] [depth <dirs>] | " +
      "url_param <name> | hdr(<name>) [use_domain_only] | hash <expression> | " +
      "rdp-cookie[(<name>)] }",
    doc: "The algorithm that chooses a server; roundrobin by default.",
    apply(line, draft) {
      draft.balance = parse(line, draft);
      line.end();
    },
  },
  {
    name: "hash-type",
    sections: backendSections,
    syntax: "hash-type { map-based | consistent } [{ sdbm | djb2 | wt6 | crc32 | none } " +
      "[avalanche]]",
    doc: "How a hash is made and points to a server; map-based sdbm by default.",
    apply(line, draft) {
      const only = "'hash-type' only supports 'consistent' and 'map-based'";
      const method = line.oneOf(line.take(only), ["map-based", "consistent"] as const, only);
      const word = line.rest[0];
      const consistent = method === "consistent";
      // On a ring, alone, sdbm would not spread.
      if (!word) draft.hashType = { method, function: "sdbm", avalanche: consistent };
      else {
        const names = ["sdbm", "djb2", "wt6", "crc32", "none"] as const;
        const message = "'hash-type' only supports 'sdbm', 'djb2', 'crc32', 'wt6', or 'none' " +
          "hash functions";
        const name = line.oneOf(line.take(message), names, message);
        draft.hashType = { method, function: name, avalanche: line.skip("avalanche") };
      }
      if (line.rest.length === 0) return;
      const message = "'hash-type' only supports 'avalanche' as a modifier for hash functions";
      throw line.error("bad-value", message, line.rest[0]);
    },
  },
  {
    name: "hash-balance-factor",
    sections: backendSections,
    syntax: "hash-balance-factor <factor>",
    doc: "Percentage of its share, over 100, that a server takes at most of a consistent hash.",
    apply(line, draft) {
      const word = line.take("'hash-balance-factor' expects an integer argument");
      const factor = line.integer(word, 0);
      line.end();
      if (factor !== 0 && factor <= 100) {
        const message = "'hash-balance-factor' must be 0 or greater than 100";
        throw line.error("bad-number", message, word);
      }
      draft.hashBalanceFactor = factor;
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
