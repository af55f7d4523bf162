import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { backendSections, type KeywordSpec } from "./spec.ts";

const events = [
  "conn-failure",
  "empty-response",
  "junk-response",
  "response-timeout",
  "0rtt-rejected",
];
const statuses = [
  "401",
  "403",
  "404",
  "408",
  "421",
  "425",
  "429",
  "500",
  "501",
  "502",
  "503",
  "504",
];
const retryable = [
  "conn-failure",
  "empty-response",
  "junk-response",
  "response-timeout",
  "0rtt-rejected",
  "500",
  "502",
  "503",
  "504",
];

/** After what a request is sent again. */
export const retryOnKeywords = [
  {
    name: "retry-on",
    sections: backendSections,
    syntax: "retry-on <event> ...",
    doc: "Failures and statuses after which a request is sent to a server again.",
    http: true,
    apply(line, draft) {
      line.take("'retry-on' needs at least one keyword to specify when to retry");
      const words = line.words.slice(1);
      const chosen = new Set<string>();
      for (const word of words) {
        const { text } = word;
        if (text === "none" && words.length > 1) {
          throw line.error("bad-value", "'retry-on' 'none' keyword only usable alone", word);
        } else if (text === "all-retryable-errors") {
          for (const name of retryable) chosen.add(name);
        } else if (events.includes(text) || statuses.includes(text)) chosen.add(text);
        else if (text !== "none") {
          throw line.error("bad-value", `'retry-on': unknown keyword '${text}'`, word);
        }
      }
      line.takeAll();
      draft.retryOn = chosen;
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
