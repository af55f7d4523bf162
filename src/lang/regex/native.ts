import {
  allBytes,
  type ByteRanges,
  type ByteSet,
  complement,
  noBytes,
  rangesOf,
} from "./byte_set.ts";
import type { Assertion, Node, Repeat } from "./tree.ts";

/** Which of a pattern's groups the expression has to report. */
export type Groups = "captured" | "ignored";

/**
 * The tree as the source of a JavaScript regular expression without flags. Everything that the two
 * languages read differently is spelled out: classes as ranges of bytes, letter case as both
 * letters, ends as lookaheads.
 */
export function nativeSource(node: Node, groups: Groups, atStart: boolean): string {
  switch (node.kind) {
    case "empty":
      return "";
    case "set":
      return setSource(node.set);
    case "assert":
      return assertionSource(node.what, atStart);
    case "sequence":
      return node.items.map((item) => atomSource(item, groups, atStart)).join("");
    case "alternation":
      return node.branches.map((branch) => nativeSource(branch, groups, atStart)).join("|");
    case "capture": {
      const body = nativeSource(node.body, groups, atStart);
      return groups === "captured" ? `(${body})` : `(?:${body})`;
    }
    case "atomic":
      return nativeSource(node.body, groups, atStart);
    case "repeat":
      return repeatSource(node, groups, atStart);
  }
}

function atomSource(node: Node, groups: Groups, atStart: boolean): string {
  const source = nativeSource(node, groups, atStart);
  return node.kind === "alternation" ? `(?:${source})` : source;
}

function repeatSource(node: Repeat, groups: Groups, atStart: boolean): string {
  const body = nativeSource(node.body, groups, atStart);
  const atom = node.body.kind === "set" || node.body.kind === "capture" ? body : `(?:${body})`;
  return atom + quantifier(node.min, node.max) + (node.greedy ? "" : "?");
}

function quantifier(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  if (min === 0 && max === 1) return "?";
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

function assertionSource(what: Assertion, atStart: boolean): string {
  switch (what) {
    case "circumflex":
      return atStart ? "^" : "[]";
    case "textStart":
      return "^";
    case "dollar":
      return "(?=\\n?$)";
    case "textEnd":
      return "$";
    case "lineStart":
      return atStart ? "(?:^|(?<=\\n)(?!$))" : "(?<=\\n)(?!$)";
    case "lineEnd":
      return "(?=\\n|$)";
    case "wordBoundary":
      return "\\b";
    case "noWordBoundary":
      return "\\B";
  }
}

function setSource(set: ByteSet): string {
  if (set === noBytes) return "[]";
  if (set === allBytes) return "[^]";
  const ranges = rangesOf(set);
  if (ranges.length === 1 && ranges[0]![0] === ranges[0]![1]) return byteSource(ranges[0]![0]);
  const others = rangesOf(complement(set));
  return others.length < ranges.length ? `[^${list(others)}]` : `[${list(ranges)}]`;
}

function list(ranges: ByteRanges): string {
  return ranges.map(([first, last]) => {
    if (first === last) return byteSource(first);
    return byteSource(first) + (last === first + 1 ? "" : "-") + byteSource(last);
  }).join("");
}

function byteSource(byte: number): string {
  const plain = (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a);
  return plain ? String.fromCharCode(byte) : "\\x" + byte.toString(16).padStart(2, "0");
}
