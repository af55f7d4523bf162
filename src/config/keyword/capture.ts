import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { KeywordSpec } from "./spec.ts";

const sections = ["frontend", "listen"] as const;

function takeLength(line: Line, missing: string): number {
  if (!line.skip("len")) throw line.error("missing-argument", missing, line.rest[0]);
  const word = line.take(missing);
  const length = line.integer(word, 1);
  line.end();
  return length;
}

function captureHeader(direction: "request" | "response"): KeywordSpec<ProxyDraft> {
  const missing = `'capture ${direction}' expects 'header' <header_name> 'len' <len>`;
  return {
    name: `capture ${direction} header`,
    sections,
    syntax: `capture ${direction} header <name> len <length>`,
    doc: `Keeps the last value of a ${direction} header for the log and for later rules.`,
    http: true,
    apply(line, draft) {
      const header = line.take(missing).text.toLowerCase();
      const length = takeLength(line, missing);
      const slots = direction === "request" ? draft.requestCaptures : draft.responseCaptures;
      slots.push({ header, length });
    },
  };
}

function declareCapture(direction: "request" | "response"): KeywordSpec<ProxyDraft> {
  return {
    name: `declare capture ${direction}`,
    sections,
    syntax: `declare capture ${direction} len <length>`,
    doc: `Makes a capture slot that \`http-${direction} capture … id\` fills.`,
    apply(line, draft) {
      const missing = "'declare capture': 'len' requires a numeric value that represents the " +
        "capture length";
      const length = takeLength(line, missing);
      const slots = direction === "request" ? draft.requestCaptures : draft.responseCaptures;
      slots.push({ header: undefined, length });
    },
  };
}

/** What is kept of messages for the log. */
export const captureKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  captureHeader("request"),
  captureHeader("response"),
  declareCapture("request"),
  declareCapture("response"),
  {
    name: "capture cookie",
    sections,
    syntax: "capture cookie <name> len <length>",
    doc: "Keeps a cookie of the request and of the response for the log.",
    http: true,
    apply(line, draft) {
      const missing = "'capture cookie' expects <cookie_name> 'len' <len>";
      const name = line.take(missing).text;
      draft.captureCookie = { name, length: takeLength(line, missing) };
    },
  },
];
