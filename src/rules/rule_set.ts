import type { Condition, ConditionTrace } from "../lang/condition.ts";
import { type Verdict, verdict } from "../lang/ternary.ts";
import type { Action } from "./spec.ts";
import type { Outcome, Transaction, Wait } from "./transaction.ts";

export { parseRule } from "./parse_rule.ts";

/** One compiled line of a rule set. */
export interface Rule {
  readonly action: Action;
  /** Undefined: the rule always applies. */
  readonly condition: Condition | undefined;
  /** True for `if`, false for `unless`. */
  readonly wanted: boolean;
  /** The rule as written, from the action on. */
  readonly text: string;
  /** Where it stands, `file:line`. */
  readonly at: string;
}

/** Where a rule set was left waiting. The caller keeps one and passes it again to go on. */
export interface RuleCursor {
  /** Index of the rule that asked to wait. */
  next: number;
  /** The rule at `next` runs again first, its condition is not asked again; else begin anew. */
  resuming: boolean;
  /** Whose rule waited; a cursor left by another set, whose wait was cut short, begins anew. */
  set?: RuleSet | undefined;
}

/** What a trace is told about each rule that was reached. */
export interface RuleTrace {
  readonly rule: Rule;
  /** Undefined without a condition, and when the rule goes on after a wait. */
  readonly condition: ConditionTrace | undefined;
  /** Undefined when the condition did not let it run, or waits for data. */
  readonly outcome: Outcome | undefined;
}

/** The rules of one kind of one proxy, in order. */
export class RuleSet {
  constructor(readonly rules: readonly Rule[]) {}

  /** A set without rules. */
  static readonly empty: RuleSet = new RuleSet([]);

  /**
   * Runs the rules until one ends the set or asks to wait; "continue" when all are through. After
   * "wait" (`tx.wait` says for what) the caller runs it again with the same cursor.
   *
   * While `tx.final` is false, a condition that more data could decide waits for it. HAProxy then
   * begins with the first rule again, and so does this: what stands above such a rule may run many
   * times. Actions take what is there as all there is.
   */
  run(tx: Transaction, cursor: RuleCursor): Outcome {
    return this.rules.length === 0 ? "continue" : this.#walk(tx, cursor, undefined);
  }

  /** Runs the same rules the same way and tells `sink` about each one reached. */
  trace(tx: Transaction, cursor: RuleCursor, sink: (trace: RuleTrace) => void): Outcome {
    return this.#walk(tx, cursor, sink);
  }

  #walk(
    tx: Transaction,
    cursor: RuleCursor,
    sink: ((trace: RuleTrace) => void) | undefined,
  ): Outcome {
    const { rules } = this;
    let resuming = cursor.resuming && cursor.set === this;
    if (!resuming) {
      tx.strict = true;
      tx.wait = undefined;
    }
    for (let i = resuming ? cursor.next : 0; i < rules.length; i++) {
      const rule = rules[i]!;
      const { condition } = rule;
      let seen: ConditionTrace | undefined;
      if (condition !== undefined && !resuming) {
        if (sink) seen = condition.explain(tx);
        const answer = seen ? seen.verdict : ask(condition, tx);
        if (answer !== (rule.wanted ? "pass" : "fail")) {
          sink?.({ rule, condition: seen, outcome: undefined });
          if (answer === "miss") return waitForData(tx, cursor, i);
          continue;
        }
      }
      resuming = false;
      const outcome = tx.final ? rule.action.run(tx) : runAsFinal(rule.action, tx);
      sink?.({ rule, condition: seen, outcome });
      if (outcome === "continue") continue;
      if (outcome === "wait") {
        cursor.next = i;
        cursor.resuming = true;
        cursor.set = this;
      } else {
        cursor.resuming = false;
        tx.decidedBy = rule.at;
      }
      return outcome;
    }
    cursor.resuming = false;
    return "continue";
  }
}

/** A condition's answer: "miss" only while data that may still come could change it. */
function ask(condition: Condition, tx: Transaction): Verdict {
  if (tx.final) return condition.holds(tx) ? "pass" : "fail";
  return verdict(condition.test(tx));
}

/** An action takes what is there as all there is: only conditions wait. */
function runAsFinal(action: Action, tx: Transaction): Outcome {
  tx.final = true;
  const outcome = action.run(tx);
  tx.final = false;
  return outcome;
}

function waitForData(tx: Transaction, cursor: RuleCursor, at: number): Outcome {
  tx.wait = moreData;
  cursor.next = at;
  cursor.resuming = false;
  return "wait";
}

const moreData: Wait = { kind: "more-data" };
