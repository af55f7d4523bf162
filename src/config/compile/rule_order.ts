import type { Line } from "./line.ts";
import type { ProxyDraft } from "./proxy_draft.ts";

/**
 * Rule sets in the order in which they run, whatever the order of the lines. HAProxy warns about a
 * line that runs before one that stands above it.
 */
const order = [
  "tcp-request connection",
  "tcp-request session",
  "tcp-request content",
  "http-request",
  "redirect",
  "use_backend",
  "use-server",
] as const;
export type OrderedRule = (typeof order)[number];

/** Notes that a rule of this kind was given, and warns when it runs before an earlier line. */
export function noteRule(line: Line, draft: ProxyDraft, keyword: string): void {
  const index = order.indexOf(keyword as OrderedRule);
  if (index < 0) return;
  const name = order.slice(index + 1).find((later) => draft.rulesSeen.has(later));
  if (name !== undefined) {
    const article = name === "http-request" ? "an" : "a";
    line.warn(
      "rule-order",
      `a '${keyword}' rule placed after ${article} '${name}' rule will still be processed before`,
    );
  }
  draft.rulesSeen.add(keyword);
}
