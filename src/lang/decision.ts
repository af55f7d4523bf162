import type { Condition } from "./condition.ts";
import type { Context } from "./context.ts";
import { compileGroup } from "./decision_group.ts";

/** Fewer pure conditions in a row than this are asked one after the other. */
const groupMin = 4;

type Decide = (cx: Context) => number;

/**
 * The index of the first condition that holds (an undefined one always does), or -1. The answer and
 * the side effects are those of asking one after the other; but pure conditions are found through
 * indexes over the patterns they have in common, so that hundreds of them cost about what a few do.
 * It follows ACLs that are extended and inline patterns that change later.
 */
export function firstMatch(conditions: readonly (Condition | undefined)[]): Decide {
  let decide: Decide | undefined;
  const invalidate = () => {
    decide = undefined;
  };
  return (cx) => (decide ??= compile(conditions, invalidate))(cx);
}

function compile(
  conditions: readonly (Condition | undefined)[],
  invalidate: () => void,
): Decide {
  const parts: Decide[] = [];
  let pure: number[] = [];
  const endGroup = () => {
    if (pure.length >= groupMin) parts.push(compileGroup(conditions, pure, invalidate));
    else for (const i of pure) parts.push(askOne(conditions[i]!, i));
    pure = [];
  };
  for (const [i, condition] of conditions.entries()) {
    if (condition?.pure) {
      watchAcls(condition, invalidate);
      pure.push(i);
      continue;
    }
    // What an impure condition changes may be seen by those behind it: a group never spans one.
    endGroup();
    if (condition === undefined) {
      parts.push(() => i);
      return inTurn(parts);
    }
    parts.push(askOne(condition, i));
  }
  endGroup();
  return inTurn(parts);
}

function askOne(condition: Condition, index: number): Decide {
  return (cx) => (condition.holds(cx) ? index : -1);
}

function inTurn(parts: readonly Decide[]): Decide {
  if (parts.length === 1) return parts[0]!;
  return (cx) => {
    for (let i = 0; i < parts.length; i++) {
      const found = parts[i]!(cx);
      if (found >= 0) return found;
    }
    return -1;
  };
}

/** A pure ACL may be extended by an impure test. */
function watchAcls(condition: Condition, invalidate: () => void): void {
  for (const { acl } of condition.suites?.flat() ?? []) acl.watch(invalidate);
}
