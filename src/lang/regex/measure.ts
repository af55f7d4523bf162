import { type ByteSet, newline, noBytes } from "./byte_set.ts";
import type { Node } from "./tree.ts";

/** What may come next: a linked list of nodes; `undefined` is the end of the pattern. */
export type Follow = { readonly node: Node; readonly next: Follow } | undefined;

/** The bytes that can come next, whether the text may end, whether the pattern may be over. */
export interface First {
  readonly bytes: ByteSet;
  readonly end: boolean;
  readonly accept: boolean;
}

/** Longest text in bytes that the node can match, Infinity without a limit. */
export function longest(node: Node): number {
  switch (node.kind) {
    case "empty":
    case "assert":
      return 0;
    case "set":
      return 1;
    case "sequence":
      return node.items.reduce((sum, item) => sum + longest(item), 0);
    case "alternation":
      return Math.max(...node.branches.map(longest));
    case "capture":
    case "atomic":
      return longest(node.body);
    case "repeat": {
      const body = longest(node.body);
      return body === 0 ? 0 : body * node.max;
    }
  }
}

/** The node can match the empty text (conditions are taken as met). */
export function nullable(node: Node): boolean {
  switch (node.kind) {
    case "empty":
    case "assert":
      return true;
    case "set":
      return false;
    case "sequence":
      return node.items.every(nullable);
    case "alternation":
      return node.branches.some(nullable);
    case "capture":
    case "atomic":
      return nullable(node.body);
    case "repeat":
      return node.min === 0 || nullable(node.body);
  }
}

/** The node matches at any place, if only the empty text. */
export function cannotFail(node: Node): boolean {
  switch (node.kind) {
    case "empty":
      return true;
    case "assert":
    case "set":
      return false;
    case "sequence":
      return node.items.every(cannotFail);
    case "alternation":
      return node.branches.some(cannotFail);
    case "capture":
    case "atomic":
      return cannotFail(node.body);
    case "repeat":
      return node.min === 0 || cannotFail(node.body);
  }
}

export function followCannotFail(follow: Follow): boolean {
  for (let f = follow; f !== undefined; f = f.next) if (!cannotFail(f.node)) return false;
  return true;
}

/** Every byte that the node could consume. */
export function alphabet(node: Node): ByteSet {
  switch (node.kind) {
    case "empty":
    case "assert":
      return noBytes;
    case "set":
      return node.set;
    case "sequence":
      return node.items.reduce((set, item) => set | alphabet(item), noBytes);
    case "alternation":
      return node.branches.reduce((set, branch) => set | alphabet(branch), noBytes);
    case "capture":
    case "atomic":
    case "repeat":
      return alphabet(node.body);
  }
}

/** A superset of what can come first in a node; `accept` says that the node may be passed over. */
function firstOfNode(node: Node): First {
  switch (node.kind) {
    case "empty":
      return { bytes: noBytes, end: false, accept: true };
    case "set":
      return { bytes: node.set, end: false, accept: false };
    case "assert":
      // An end condition says what may come next; the others are passed over, which only makes the
      // set larger than it is.
      if (node.what === "textEnd") return { bytes: noBytes, end: true, accept: false };
      if (node.what === "dollar" || node.what === "lineEnd") {
        return { bytes: newline, end: true, accept: false };
      }
      return { bytes: noBytes, end: false, accept: true };
    case "sequence":
      return firstOfAll(node.items);
    case "alternation":
      return node.branches.map(firstOfNode).reduce(union);
    case "capture":
    case "atomic":
      return firstOfNode(node.body);
    case "repeat": {
      const first = firstOfNode(node.body);
      return node.min === 0 ? { ...first, accept: true } : first;
    }
  }
}

function union(a: First, b: First): First {
  return { bytes: a.bytes | b.bytes, end: a.end || b.end, accept: a.accept || b.accept };
}

function firstOfAll(items: readonly Node[]): First {
  let all: First = { bytes: noBytes, end: false, accept: true };
  for (const item of items) {
    const first = firstOfNode(item);
    all = { ...union(all, first), accept: first.accept };
    if (!first.accept) break;
  }
  return all;
}

export function firstOf(follow: Follow): First {
  let all: First = { bytes: noBytes, end: false, accept: true };
  for (let f = follow; f !== undefined; f = f.next) {
    const first = firstOfNode(f.node);
    all = { ...union(all, first), accept: first.accept };
    if (!first.accept) break;
  }
  return all;
}

/** What comes first in `node` followed by `follow`. */
export function firstOfBoth(node: Node, follow: Follow): First {
  return firstOf({ node, next: follow });
}

/** The next byte tells the two apart. */
export function disjoint(a: First, b: First): boolean {
  return (a.bytes & b.bytes) === noBytes && !(a.end && b.end) && !a.accept && !b.accept;
}
