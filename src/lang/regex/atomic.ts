import { newline, noBytes } from "./byte_set.ts";
import { disjoint, firstOf, firstOfBoth, type Follow, followCannotFail } from "./measure.ts";
import { unsupported } from "./pattern_error.ts";
import type { Atomic, Node } from "./tree.ts";

/**
 * Takes the atomic groups out of a tree where that changes nothing, which is the usual case: a
 * group is atomic so that it is not entered again, and where the next byte always tells whether to
 * go on inside or to leave, entering it again could not lead anywhere.
 *
 * @throws {PatternError} when it would make a difference
 */
export function withoutAtomics(node: Node, follow: Follow): Node {
  switch (node.kind) {
    case "empty":
    case "set":
    case "assert":
      return node;
    case "sequence":
      return { kind: "sequence", items: mapSequence(node.items, follow) };
    case "alternation":
      return {
        kind: "alternation",
        branches: node.branches.map((branch) => withoutAtomics(branch, follow)),
      };
    case "capture":
      return { ...node, body: withoutAtomics(node.body, follow) };
    case "repeat":
      return { ...node, body: withoutAtomics(node.body, again(node, follow)) };
    case "atomic":
      return plain(node, follow);
  }
}

function mapSequence(items: readonly Node[], follow: Follow): Node[] {
  const out: Node[] = [];
  let after = follow;
  for (let i = items.length - 1; i >= 0; i--) {
    out.unshift(withoutAtomics(items[i]!, after));
    after = { node: items[i]!, next: after };
  }
  return out;
}

/** What follows the body of a repeat: perhaps another round, then what follows the repeat. */
export function again(repeat: Node & { kind: "repeat" }, follow: Follow): Follow {
  return repeat.max > 1 ? { node: { ...repeat, min: 0 }, next: follow } : follow;
}

function plain(node: Atomic, follow: Follow): Node {
  const body = withoutAtomics(node.body, follow);
  if (followCannotFail(follow)) return body;
  // The one choice of `\R` is whether a newline behind a carriage return belongs to it.
  if (node.written === "\\R" ? !canStartWithNewline(follow) : decided(body, follow)) return body;
  throw unsupported(node.written, node.offset);
}

function canStartWithNewline(follow: Follow): boolean {
  const first = firstOf(follow);
  return first.accept || (first.bytes & newline) !== noBytes;
}

/** At every choice inside `node`, the next byte leaves one way at most. */
function decided(node: Node, follow: Follow): boolean {
  switch (node.kind) {
    case "empty":
    case "set":
    case "assert":
      return true;
    case "capture":
    case "atomic":
      return decided(node.body, follow);
    case "sequence":
      return node.items.every((item, i) => {
        let after = follow;
        for (let k = node.items.length - 1; k > i; k--) {
          after = { node: node.items[k]!, next: after };
        }
        return decided(item, after);
      });
    case "alternation":
      return decidedAlternation(node.branches, follow);
    case "repeat":
      if (node.min === node.max) return decided(node.body, again(node, follow));
      return disjoint(firstOfBoth(node.body, undefined), firstOf(follow)) &&
        decided(node.body, again(node, follow));
  }
}

function decidedAlternation(branches: readonly Node[], follow: Follow): boolean {
  const firsts = branches.map((branch) => firstOfBoth(branch, follow));
  return branches.every((branch, i) =>
    decided(branch, follow) && firsts.every((first, k) => k <= i || disjoint(firsts[i]!, first))
  );
}
