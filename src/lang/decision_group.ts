import { castFor } from "./cast.ts";
import type { Condition } from "./condition.ts";
import type { Context } from "./context.ts";
import { chooseGuards, type GuardPattern } from "./decision_guard.ts";
import { shareExpressions } from "./decision_memo.ts";
import type { CompiledExpression } from "./expression.ts";
import type { IndexEntry } from "./pattern/entry.ts";
import type { PatternIndex } from "./pattern/index.ts";
import type { Value } from "./value.ts";

/** A pattern in a common index and the conditions it is a guard of, by place in the group. */
interface GuardEntry extends IndexEntry {
  readonly places: number[];
}

/** One index over one expression. */
interface GuardIndex {
  readonly expression: CompiledExpression;
  readonly index: PatternIndex<GuardEntry>;
  readonly byKey: Map<string, GuardEntry>;
  /** Appends the entries that match a value; never ends the walk over values. */
  readonly collect: (value: Value) => boolean;
}

/**
 * Decides among pure conditions, `members` of `conditions`: looks up which can hold at all, by one
 * index for each expression, and asks only those, in order. `invalidate` is called when a pattern
 * that stands in an index changes.
 */
export function compileGroup(
  conditions: readonly (Condition | undefined)[],
  members: readonly number[],
  invalidate: () => void,
): (cx: Context) => number {
  const group = members.map((i) => conditions[i]!);
  const guards = chooseGuards(group);
  const { ask, begin } = shareExpressions(group);
  const found: GuardEntry[] = [];
  const indexes = buildIndexes(guards, found, invalidate);
  /** A bit for each place: conditions without a guard, and those whose guard matched. */
  const always = new Uint32Array((group.length + 31) >>> 5);
  for (const [place, guard] of guards.entries()) if (guard === undefined) mark(always, place);
  const isAlwaysEmpty = always.every((word) => word === 0);
  const candidates = new Uint32Array(always.length);

  return (cx) => {
    begin();
    found.length = 0;
    for (let i = 0; i < indexes.length; i++) lookUp(indexes[i]!, cx);
    if (isAlwaysEmpty && found.length === 0) return -1;
    candidates.set(always);
    for (let i = 0; i < found.length; i++) {
      const { places } = found[i]!;
      for (let p = 0; p < places.length; p++) mark(candidates, places[p]!);
    }
    for (let w = 0; w < candidates.length; w++) {
      for (let word = candidates[w]!; word !== 0; word &= word - 1) {
        const place = w * 32 + (31 - Math.clz32(word & -word));
        if (ask[place]!(cx)) return members[place]!;
      }
    }
    return -1;
  };
}

/** Collects what matches any value of the index's expression. */
function lookUp({ expression, collect }: GuardIndex, cx: Context): void {
  if (expression.each !== undefined) expression.each(cx, collect);
  else {
    const value = expression.get(cx);
    if (value !== undefined) collect(value);
  }
}

function mark(bits: Uint32Array, place: number): void {
  bits[place >>> 5]! |= 1 << (place & 31);
}

function buildIndexes(
  guards: readonly (readonly GuardPattern[] | undefined)[],
  found: GuardEntry[],
  invalidate: () => void,
): GuardIndex[] {
  const indexes = new Map<string, GuardIndex>();
  let entries = 0;
  for (const [place, guard] of guards.entries()) {
    for (const { test, group, text } of guard ?? []) {
      let at = indexes.get(group);
      if (at === undefined) indexes.set(group, at = makeIndex(test, found));
      const key = at.index.keyOf(text);
      let entry = at.byKey.get(key);
      if (entry === undefined) {
        entry = { id: entries++, text, places: [] };
        at.byKey.set(key, entry);
        at.index.add(entry);
      }
      if (entry.places.at(-1) !== place) entry.places.push(place);
      test.views[0]!.list.watch(invalidate);
    }
  }
  return [...indexes.values()];
}

function makeIndex({ expression, match, views }: GuardPattern["test"], found: GuardEntry[]) {
  const index = match.index!<GuardEntry>(views[0]!.options);
  const cast = castFor(expression.type, match.takes)!;
  const collect = (value: Value) => {
    const converted = cast(value);
    if (converted !== undefined) index.collect(converted, found);
    return false;
  };
  return { expression, index, byKey: new Map<string, GuardEntry>(), collect };
}
