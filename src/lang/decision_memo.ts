import type { AclTest } from "./acl_test.ts";
import type { Acl } from "./acl.ts";
import type { Condition } from "./condition.ts";
import type { Context } from "./context.ts";
import type { CompiledExpression } from "./expression.ts";
import type { Value } from "./value.ts";

type Ask = (cx: Context) => boolean;

/** The values of one expression, evaluated at its first use in a round. */
class SharedValues {
  #round = 0;
  readonly #values: Value[] = [];
  readonly #keep = (value: Value) => {
    this.#values.push(value);
    return false;
  };

  constructor(private readonly expression: CompiledExpression, private readonly clock: Clock) {}

  matches(cx: Context, test: (value: Value) => boolean): boolean {
    if (this.#round !== this.clock.round) this.#evaluate(cx);
    for (let i = 0; i < this.#values.length; i++) if (test(this.#values[i]!)) return true;
    return false;
  }

  #evaluate(cx: Context): void {
    this.#round = this.clock.round;
    this.#values.length = 0;
    if (this.expression.each !== undefined) this.expression.each(cx, this.#keep);
    else {
      const value = this.expression.get(cx);
      if (value !== undefined) this.#values.push(value);
    }
  }
}

/** Counts the rounds: values of an earlier one are no longer true. */
interface Clock {
  round: number;
}

/**
 * The conditions as functions that ask each ACL and evaluate each expression they have in common
 * once a round; `begin` starts one. Only for pure conditions.
 */
export function shareExpressions(
  conditions: readonly Condition[],
): { readonly ask: readonly Ask[]; readonly begin: () => void } {
  const clock: Clock = { round: 0 };
  const uses = new Map<string, number>();
  const terms = conditions.flatMap((c) => c.suites?.flat().map((term) => term.acl) ?? []);
  const acls = countAll(terms);
  for (const { expression } of [...acls.keys()].flatMap((acl) => acl.tests)) {
    uses.set(expression.key, (uses.get(expression.key) ?? 0) + 1);
  }
  const shared = new Map<string, SharedValues>();
  const asks = new Map<Acl, Ask>();
  for (const [acl, count] of acls) {
    const ask = askAcl(acl, uses, shared, clock);
    asks.set(acl, count > 1 ? onceARound(ask, clock) : ask);
  }
  return {
    ask: conditions.map((condition) => askCondition(condition, asks)),
    begin: () => {
      clock.round++;
    },
  };
}

function countAll(acls: readonly Acl[]): Map<Acl, number> {
  const counts = new Map<Acl, number>();
  for (const acl of acls) counts.set(acl, (counts.get(acl) ?? 0) + 1);
  return counts;
}

function onceARound(ask: Ask, clock: Clock): Ask {
  let round = 0;
  let answer = false;
  return (cx) => {
    if (round !== clock.round) {
      round = clock.round;
      answer = ask(cx);
    }
    return answer;
  };
}

function askCondition(condition: Condition, asks: ReadonlyMap<Acl, Ask>): Ask {
  const { suites } = condition;
  if (suites === undefined) return (cx) => condition.holds(cx);
  const terms = suites.map((suite) =>
    suite.map(({ acl, negated }) => ({ ask: asks.get(acl)!, negated }))
  );
  return (cx) => terms.some((suite) => suite.every(({ ask, negated }) => ask(cx) !== negated));
}

function askAcl(
  acl: Acl,
  uses: ReadonlyMap<string, number>,
  shared: Map<string, SharedValues>,
  clock: Clock,
): Ask {
  const tests = acl.tests.map((test) =>
    uses.get(test.expression.key)! > 1 ? askShared(test, shared, clock) : test.holds
  );
  return tests.length === 1 ? tests[0]! : (cx) => tests.some((ask) => ask(cx));
}

function askShared(test: AclTest, shared: Map<string, SharedValues>, clock: Clock): Ask {
  const { key } = test.expression;
  let values = shared.get(key);
  if (values === undefined) shared.set(key, values = new SharedValues(test.expression, clock));
  const cell = values;
  return (cx) => cell.matches(cx, test.matches);
}
