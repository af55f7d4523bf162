import type { ProxyPlan } from "../config/plan.ts";
import type { ConditionTrace } from "../lang/condition_trace.ts";
import type { Rule, RuleSet, RuleTrace } from "../rules/rule_set.ts";
import type { Outcome, Wait } from "../rules/transaction.ts";
import type { ChoiceStep, RuleStep, Step } from "./decision.ts";
import type { OfflineTransaction } from "./offline_transaction.ts";

/** What a choosing line says of itself. */
type Choice = Pick<ChoiceStep, "kind" | "proxy" | "at" | "text">;

/** The steps of one decision, in order. */
export class Trail {
  readonly steps: Step[] = [];

  note(proxy: ProxyPlan, text: string, at = ""): void {
    this.steps.push({ kind: "note", proxy: proxy.name, at, text });
  }

  choice(
    choice: Choice,
    condition: ConditionTrace | undefined,
    result: ChoiceStep["result"],
  ): void {
    this.steps.push({ ...choice, condition, result });
  }

  /**
   * Runs a rule set to its end and notes each of its rules. What a rule would wait for is passed
   * over: a body is as complete as it is, a tarpit is over at once.
   */
  run(
    tx: OfflineTransaction,
    proxy: ProxyPlan,
    ruleSet: RuleStep["ruleSet"],
    set: RuleSet,
  ): Exclude<Outcome, "wait"> {
    const cursor = { next: 0, resuming: false };
    const waits = new Map<Rule, string>();
    const seen = new Map<Rule, RuleTrace>();
    const see = (trace: RuleTrace) => {
      const before = seen.get(trace.rule);
      seen.set(trace.rule, before ? { ...trace, condition: before.condition } : trace);
    };
    let outcome = set.trace(tx, cursor, see);
    while (outcome === "wait") {
      const wait = tx.wait!;
      const rule = set.rules[cursor.next]!;
      waits.set(rule, waitText(wait, tx.now));
      // What is there offline is all there is.
      if (wait.kind === "more-data") tx.final = true;
      if (wait.kind === "name") wait.lookup.abandon();
      if (wait.kind === "tarpit") {
        tx.reply = wait.reply;
        tx.decidedBy = rule.at;
        see({ rule, condition: undefined, outcome: "reply" });
        outcome = "reply";
      } else outcome = set.trace(tx, cursor, see);
    }
    for (const rule of set.rules) {
      const { at, text, wanted } = rule;
      const trace = seen.get(rule);
      const result = trace === undefined ? "not reached" : resultOf(trace);
      const { condition } = trace ?? {};
      const waited = waits.get(rule);
      this.steps.push(
        { kind: "rule", proxy: proxy.name, ruleSet, at, text, condition, wanted, result, waited },
      );
    }
    return outcome;
  }
}

function resultOf({ outcome }: RuleTrace): RuleStep["result"] {
  if (outcome === undefined) return "skipped";
  // The loop in `run` ends every wait; one that is left was cut short by the end of the set.
  return outcome === "wait" ? "continue" : outcome;
}

function waitText(wait: Wait, now: number): string {
  switch (wait.kind) {
    case "request-body":
    case "response-body":
      return `up to ${wait.untilMs - now} ms for the body`;
    case "tarpit":
      return "for the tarpit's timeout";
    case "more-data":
      return "for more data";
    case "name":
      return `for the address of '${wait.lookup.name}', which is not asked for here`;
    case "pause":
      return `${wait.untilMs - now} ms`;
    default:
      return wait satisfies never;
  }
}
