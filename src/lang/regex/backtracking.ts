import { again } from "./atomic.ts";
import { type ByteSet, noBytes } from "./byte_set.ts";
import {
  disjoint,
  firstOf,
  firstOfBoth,
  type Follow,
  followCannotFail,
  longest,
  nullable,
} from "./measure.ts";
import type { Node, Repeat } from "./tree.ts";

// Why a pattern that passes is matched in linear time by a backtracking engine
//
// A search tries every start; an attempt at one start walks a tree of choices. Call a repeat long
// when it may run further than `boundedBytesMax`; everything between long repeats then matches texts
// of bounded length.
//
// 1. One attempt. Choices between long repeats multiply to `choicesMax` at most. A long repeat repeats
//    one byte of a set, and is one of:
//    - decided: its body and what follows begin with different bytes. Giving back a round fails at
//      the next byte, so all that it costs is its own length again.
//    - certain: what follows cannot fail. Nothing is ever given back, and the search is over.
//    - last: what follows is bounded, so each of its ends costs a constant.
//    No long repeat stands inside another repeat. So an attempt costs a constant times the text
//    that it looked at.
// 2. All attempts. In front of a long repeat that is not certain stands a barrier: in any match, a
//    byte that the repeat cannot consume (or the start of the text), at a bounded distance, with
//    bounded text between it and the long repeat before. For a given byte of the text, the run of
//    the repeat that reaches it must have begun at most that distance behind the nearest byte that
//    the repeat cannot consume; hence, by going back over the repeats, `entriesMax` starts at most
//    lead to a run over that byte. So each byte is looked at a bounded number of times. A pattern
//    that holds at the start of the text only has one start, and needs no barrier.
//
// Repeats whose body can match nothing are left out too, also those of at most one round: where PCRE2
// takes an empty round, JavaScript goes back and looks for another (`(|a)?` matches `a` with it).

const boundedBytesMax = 64;
const boundedTotalBytesMax = 512;
const choicesMax = 64;
const entriesMax = 1024;

/** What stands before a node, nearest first. */
type Before = { readonly node: Node; readonly previous: Before } | undefined;

/** A backtracking engine matches this tree (free of atomic groups) in linear time, by the above. */
export function isLinear(root: Node): boolean {
  if (ways(root, undefined) > choicesMax || boundedTotal(root) > boundedTotalBytesMax) return false;
  return safe(root, undefined, undefined, isAnchored(root));
}

/** Every match begins at the start of the text. */
export function isAnchored(node: Node): boolean {
  switch (node.kind) {
    case "empty":
    case "set":
      return false;
    case "assert":
      return node.what === "circumflex" || node.what === "textStart";
    case "capture":
    case "atomic":
      return isAnchored(node.body);
    case "alternation":
      return node.branches.every(isAnchored);
    case "sequence": {
      const first = node.items.find((item) => item.kind !== "assert" || isAnchored(item));
      return first !== undefined && isAnchored(first);
    }
    case "repeat":
      return node.min > 0 && isAnchored(node.body);
  }
}

function isLong(node: Repeat): boolean {
  return longest(node) > boundedBytesMax;
}

function boundedTotal(node: Node): number {
  switch (node.kind) {
    case "empty":
    case "assert":
      return 0;
    case "set":
      return 1;
    case "sequence":
      return node.items.reduce((sum, item) => sum + boundedTotal(item), 0);
    case "alternation":
      return node.branches.reduce((sum, branch) => sum + boundedTotal(branch), 0);
    case "capture":
    case "atomic":
      return boundedTotal(node.body);
    case "repeat":
      return isLong(node) ? boundedTotal(node.body) : boundedTotal(node.body) * node.max;
  }
}

/** Ways to get through a node from one place, long repeats counted as one. */
function ways(node: Node, follow: Follow): number {
  switch (node.kind) {
    case "empty":
    case "assert":
    case "set":
      return 1;
    case "capture":
    case "atomic":
      return ways(node.body, follow);
    case "sequence": {
      let product = 1;
      let after = follow;
      for (let i = node.items.length - 1; i >= 0; i--) {
        product *= ways(node.items[i]!, after);
        after = { node: node.items[i]!, next: after };
      }
      return product;
    }
    case "alternation": {
      const counts = node.branches.map((branch) => ways(branch, follow));
      return allDisjoint(node.branches, follow)
        ? Math.max(...counts)
        : counts.reduce((sum, count) => sum + count, 0);
    }
    case "repeat":
      return repeatWays(node, follow);
  }
}

function allDisjoint(branches: readonly Node[], follow: Follow): boolean {
  const firsts = branches.map((branch) => firstOfBoth(branch, follow));
  return firsts.every((first, i) => firsts.every((other, k) => k <= i || disjoint(first, other)));
}

function repeatWays(node: Repeat, follow: Follow): number {
  const body = ways(node.body, again(node, follow));
  if (isLong(node)) return body === 1 ? 1 : Infinity;
  // Without a limit and yet not long: a body that only matches the empty text.
  if (node.max === Infinity) return Infinity;
  if (node.min === node.max || isDecided(node, follow)) return body ** node.max;
  let sum = 0;
  for (let rounds = node.min; rounds <= node.max; rounds++) sum += body ** rounds;
  return sum;
}

function isDecided(node: Repeat, follow: Follow): boolean {
  return disjoint(firstOfBoth(node.body, undefined), firstOf(follow));
}

/** The conditions on repeats, with what stands around them. */
function safe(node: Node, before: Before, follow: Follow, anchored: boolean): boolean {
  switch (node.kind) {
    case "empty":
    case "assert":
    case "set":
      return true;
    case "capture":
    case "atomic":
      return safe(node.body, before, follow, anchored);
    case "alternation":
      return node.branches.every((branch) => safe(branch, before, follow, anchored));
    case "sequence":
      return safeSequence(node.items, before, follow, anchored);
    case "repeat":
      return safeRepeat(node, before, follow, anchored);
  }
}

function safeSequence(
  items: readonly Node[],
  outer: Before,
  follow: Follow,
  anchored: boolean,
): boolean {
  const follows: Follow[] = [];
  let after = follow;
  for (let i = items.length - 1; i >= 0; i--) {
    follows[i] = after;
    after = { node: items[i]!, next: after };
  }
  let before = outer;
  return items.every((item, i) => {
    const ok = safe(item, before, follows[i], anchored);
    before = behind(item, before);
    return ok;
  });
}

/** Groups are opened, so that the repeats in them are seen. */
function behind(node: Node, before: Before): Before {
  switch (node.kind) {
    case "capture":
    case "atomic":
      return behind(node.body, before);
    case "sequence":
      return node.items.reduce<Before>((list, item) => behind(item, list), before);
  }
  return { node, previous: before };
}

function safeRepeat(node: Repeat, before: Before, follow: Follow, anchored: boolean): boolean {
  if (nullable(node.body) || (node.max > 1 && hasLong(node.body))) return false;
  if (!isLong(node)) return safe(node.body, before, follow, anchored);
  if (node.body.kind !== "set" || node.min > boundedBytesMax) return false;
  if (followCannotFail(follow)) return true;
  if (!isDecided(node, follow) && !isBounded(follow)) return false;
  return anchored || entriesTo(node.body.set, before) <= entriesMax;
}

function hasLong(node: Node): boolean {
  switch (node.kind) {
    case "empty":
    case "assert":
    case "set":
      return false;
    case "capture":
    case "atomic":
      return hasLong(node.body);
    case "sequence":
      return node.items.some(hasLong);
    case "alternation":
      return node.branches.some(hasLong);
    case "repeat":
      return isLong(node) || hasLong(node.body);
  }
}

function isBounded(follow: Follow): boolean {
  for (let f = follow; f !== undefined; f = f.next) {
    if (followCannotFail(f)) return true;
    if (longest(f.node) > boundedBytesMax) return false;
  }
  return true;
}

/** How many starts lead to a run of a long repeat of `bytes` over one given byte, at most. */
function entriesTo(bytes: ByteSet, before: Before): number {
  let distance = 0;
  let barrier: number | undefined;
  for (let b = before; b !== undefined; b = b.previous) {
    const tail = barrier === undefined ? barrierTail(b.node, bytes) : undefined;
    if (tail !== undefined) barrier = distance + tail;
    if (longest(b.node) <= boundedBytesMax) {
      distance += longest(b.node);
      continue;
    }
    const repeat = b.node;
    if (barrier === undefined || repeat.kind !== "repeat" || repeat.body.kind !== "set") {
      return Infinity;
    }
    return (barrier + 1) * (distance + 1) * entriesTo(repeat.body.set, b.previous);
  }
  return barrier === undefined ? Infinity : (barrier + 1) * (distance + 1);
}

/**
 * When every match of `node` holds a byte outside of `bytes` (or stands at the start of the text):
 * how many bytes may come behind the last such byte. Undefined when there need be none.
 */
function barrierTail(node: Node, bytes: ByteSet): number | undefined {
  switch (node.kind) {
    case "empty":
      return undefined;
    case "assert":
      return node.what === "circumflex" || node.what === "textStart" ? 0 : undefined;
    case "set":
      return (node.set & bytes) === noBytes ? 0 : undefined;
    case "capture":
    case "atomic":
      return barrierTail(node.body, bytes);
    case "alternation": {
      const tails = node.branches.map((branch) => barrierTail(branch, bytes) ?? Infinity);
      const worst = Math.max(...tails);
      return worst === Infinity ? undefined : worst;
    }
    case "sequence":
      return sequenceTail(node.items, bytes);
    case "repeat":
      return node.min === 0 ? undefined : barrierTail(node.body, bytes);
  }
}

function sequenceTail(items: readonly Node[], bytes: ByteSet): number | undefined {
  let distance = 0;
  for (let i = items.length - 1; i >= 0; i--) {
    const tail = barrierTail(items[i]!, bytes);
    if (tail !== undefined) return distance + tail;
    distance += longest(items[i]!);
    if (distance > boundedBytesMax) return undefined;
  }
  return undefined;
}
