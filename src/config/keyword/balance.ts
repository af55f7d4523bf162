import { unsupported } from "../../lang/unsupported.ts";
import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { Word } from "../directive.ts";
import type { BalanceAlgorithm } from "../plan.ts";
import { backendSections, type KeywordSpec } from "./spec.ts";

const simple = ["roundrobin", "static-rr", "leastconn", "first", "source"] as const;
const notYet = /^(uri|url_param|hash|hdr\(.*|log-hash|sticky)$/;
/** The cookie in which Microsoft's client names its user. */
const rdpCookieDefault = "mstshash";
const drawsDefault = 2;

function parse(line: Line): BalanceAlgorithm {
  // Without an algorithm HAProxy takes the default one.
  if (line.rest.length === 0) return { kind: "roundrobin" };
  const word = line.take("");
  const known = simple.find((kind) => kind === word.text);
  if (known) return { kind: known };
  const random = /^random(?:\((.*)\))?$/.exec(word.text);
  if (random) return { kind: "random", draws: parseDraws(line, random[1]) };
  if (word.text.startsWith("rdp-cookie")) {
    return { kind: "rdp-cookie", name: parseRdpCookie(line, word) };
  }
  if (notYet.test(word.text)) {
    const message = unsupported(`'balance ${word.text}'`, "it is not there yet");
    throw line.error("unsupported", message, word);
  }
  const message = "balance only supports 'roundrobin', 'static-rr', 'leastconn', 'first', " +
    "'source', 'random' and 'rdp-cookie'";
  line.oneOf(word, [...simple, "random", "rdp-cookie"], message);
  throw line.error("bad-value", message, word);
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
      "random[(<draws>)] | rdp-cookie[(<name>)] }",
    doc: "The algorithm that chooses a server; roundrobin by default.",
    apply(line, draft) {
      draft.balance = parse(line);
      line.end();
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
