import { LangError } from "../../lang/spec.ts";
import { parseRule, type Rule } from "../../rules/rule_set.ts";
import type { RuleSetName } from "../../rules/spec.ts";
import { forgiveFaultyAcl } from "../compile/follow_up.ts";
import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { LineScope, requestPhase, responsePhase } from "../compile/rule_scope.ts";
import { noteRule } from "../compile/rule_order.ts";
import { type KeywordSpec, proxySections } from "./spec.ts";

type HttpRuleSet = Extract<RuleSetName, `http-${string}`>;

function httpRules(
  name: HttpRuleSet,
  doc: string,
  rulesOf: (draft: ProxyDraft) => Rule[],
): KeywordSpec<ProxyDraft> {
  return {
    name,
    sections: proxySections,
    syntax: `${name} <action> [options...] [ { if | unless } <condition> ]`,
    doc,
    http: true,
    namedDefaults: true,
    apply(line, draft) {
      const phase = name === "http-request" ? requestPhase(draft) : responsePhase(draft);
      const scope = new LineScope(line, draft, phase, name);
      const rules = rulesOf(draft);
      warnAfterFinal(line, rules, name);
      noteRule(line, draft, name);
      const words = line.takeAll().map((word) => word.text);
      try {
        rules.push(parseRule(name, words, scope));
      } catch (error) {
        if (!(error instanceof LangError)) throw error;
        forgiveFaultyAcl(error, draft);
        throw line.place(error, "bad-rule");
      }
    },
  };
}

/** HAProxy says this once, at the first rule that cannot be reached. */
function warnAfterFinal(line: Line, rules: readonly Rule[], name: HttpRuleSet): void {
  const last = rules.at(-1);
  if (!last?.action.final || last.condition) return;
  line.warn(
    "unreachable-rule",
    `previous '${name}' action is final and has no condition attached, further entries are NOOP`,
  );
}

/** Rules on HTTP messages. */
export const ruleKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  httpRules(
    "http-request",
    "A rule on requests, in order, before a backend or a server is chosen.",
    (draft) => draft.httpRequest,
  ),
  httpRules(
    "http-response",
    "A rule on the servers' responses, in order.",
    (draft) => draft.httpResponse,
  ),
  httpRules(
    "http-after-response",
    "A rule on every response, those of Sluice itself included.",
    (draft) => draft.httpAfterResponse,
  ),
];
