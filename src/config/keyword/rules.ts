import { LangError, type Phase } from "../../lang/spec.ts";
import { parseRule, type Rule } from "../../rules/rule_set.ts";
import type { RuleSetName } from "../../rules/spec.ts";
import { forgiveFaultyAcl } from "../compile/follow_up.ts";
import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { LineScope, requestPhase, responsePhase } from "../compile/rule_scope.ts";
import { noteRule } from "../compile/rule_order.ts";
import { type KeywordSpec, proxySections } from "./spec.ts";

/** A keyword whose lines are the rules of one set. */
interface RuleSetKeyword
  extends Pick<KeywordSpec<ProxyDraft>, "sections" | "doc" | "http" | "misplaced"> {
  readonly name: RuleSetName;
  /** Where a proxy's rules are gathered. */
  rules(draft: ProxyDraft): Rule[];
  /** Where they run. */
  phase(draft: ProxyDraft): Phase;
}

export function ruleSetKeyword(keyword: RuleSetKeyword): KeywordSpec<ProxyDraft> {
  const { name, rules: rulesOf, phase, ...row } = keyword;
  return {
    ...row,
    name,
    syntax: `${name} <action> [options...] [ { if | unless } <condition> ]`,
    namedDefaults: true,
    apply(line, draft) {
      const scope = new LineScope(line, draft, phase(draft), name);
      const rules = rulesOf(draft);
      if (row.http) warnAfterFinal(line, rules, name);
      noteRule(line, draft, name);
      const words = line.takeAll().map((word) => word.text);
      try {
        rules.push({ ...parseRule(name, words, scope), text: line.written });
      } catch (error) {
        if (!(error instanceof LangError)) throw error;
        forgiveFaultyAcl(error, draft);
        throw line.place(error, "bad-rule");
      }
    },
  };
}

/** HAProxy says this of HTTP rules, once, at the first rule that cannot be reached. */
function warnAfterFinal(line: Line, rules: readonly Rule[], name: RuleSetName): void {
  const last = rules.at(-1);
  if (!last?.action.final || last.condition) return;
  line.warn(
    "unreachable-rule",
    `previous '${name}' action is final and has no condition attached, further entries are NOOP`,
  );
}

const httpRules = { sections: proxySections, http: true } as const;

/** Rules on HTTP messages. */
export const ruleKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  ruleSetKeyword({
    ...httpRules,
    name: "http-request",
    doc: "A rule on requests, in order, before a backend or a server is chosen.",
    rules: (draft) => draft.httpRequest,
    phase: requestPhase,
  }),
  ruleSetKeyword({
    ...httpRules,
    name: "http-response",
    doc: "A rule on the servers' responses, in order.",
    rules: (draft) => draft.httpResponse,
    phase: responsePhase,
  }),
  ruleSetKeyword({
    ...httpRules,
    name: "http-after-response",
    doc: "A rule on every response, those of Sluice itself included.",
    rules: (draft) => draft.httpAfterResponse,
    phase: responsePhase,
  }),
];
