import type { AclTest } from "./acl_test.ts";
import type { Condition, Suite, Term } from "./condition.ts";

/**
 * Match methods whose patterns can stand in a common index, the most telling first: where two terms
 * are equally rare, the one whose lookup is cheaper and narrower guards.
 */
const guardMethods = ["str", "ip", "method", "end", "beg", "dom", "dir", "sub"];

/** A pattern of a guard, in the index that its test belongs to. */
export interface GuardPattern {
  readonly test: AclTest;
  /** Tests of one group are answered by one index over one evaluation of their expression. */
  readonly group: string;
  readonly text: string;
}

/**
 * For each condition, patterns of which at least one matches whenever the condition holds: those of
 * one term of each suite. Undefined where some suite has no such term, so that the condition must
 * be asked every time.
 */
export function chooseGuards(
  conditions: readonly Condition[],
): readonly (readonly GuardPattern[] | undefined)[] {
  const rarity = countPatterns(conditions);
  return conditions.map(({ suites }) => {
    if (suites === undefined) return undefined;
    const guards = suites.map((suite) => rarestGuard(suite, rarity));
    return guards.every((guard) => guard !== undefined) ? guards.flat() : undefined;
  });
}

/** How many terms of all conditions each pattern stands in. */
function countPatterns(conditions: readonly Condition[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const suite of conditions.flatMap((condition) => condition.suites ?? [])) {
    for (const pattern of suite.flatMap((term) => guardOf(term) ?? [])) {
      const key = keyOf(pattern);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

function rarestGuard(suite: Suite, rarity: Map<string, number>): GuardPattern[] | undefined {
  let best: GuardPattern[] | undefined;
  let bestCost = Infinity;
  for (const guard of suite.map(guardOf)) {
    if (guard === undefined) continue;
    let cost = 0;
    for (const pattern of guard) {
      const rank = guardMethods.indexOf(pattern.test.match.name) / guardMethods.length;
      cost = Math.max(cost, rarity.get(keyOf(pattern))! + rank);
    }
    if (cost < bestCost) {
      best = guard;
      bestCost = cost;
    }
  }
  return best;
}

/** The patterns of a term that can guard; undefined for one that cannot. */
function guardOf({ acl, negated }: Term): GuardPattern[] | undefined {
  if (negated || !acl.tests.every(canGuard)) return undefined;
  return acl.tests.flatMap((test) => {
    const view = test.views[0]!;
    const group = `${test.expression.key} ${test.match.name} ${view.options.ignoreCase}`;
    return Array.from(view.list.entries(), ({ text }) => ({ test, group, text }));
  });
}

/** Lists from files change at run time and are shared: only inline patterns stand in the index. */
function canGuard({ match, views }: AclTest): boolean {
  return guardMethods.includes(match.name) && views.length === 1 && views[0]!.list.name === "";
}

function keyOf({ group, text }: GuardPattern): string {
  return `${group} ${text}`;
}
