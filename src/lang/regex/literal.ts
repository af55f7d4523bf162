import { type ByteSet, byteSet, foldCase, rangesOf } from "./byte_set.ts";
import type { Node } from "./tree.ts";

/** A pattern that is a text to look for, at the start, at the end or anywhere. */
export interface Literal {
  readonly kind: "exact" | "prefix" | "suffix" | "substring";
  /** In lower case when `ignoreCase`. */
  readonly text: string;
  readonly ignoreCase: boolean;
}

/**
 * The literal that a tree amounts to. `$` is no end for this purpose: it also matches before a
 * final newline; `\z` is one.
 */
export function literalOf(root: Node): Literal | undefined {
  const items = flat(root);
  if (items === undefined) return undefined;
  const first = items[0];
  const last = items[items.length - 1];
  const starts = first?.kind === "assert" &&
    (first.what === "circumflex" || first.what === "textStart");
  const ends = last?.kind === "assert" && last.what === "textEnd";
  const body = items.slice(
    starts ? 1 : 0,
    ends && items.length > (starts ? 1 : 0) ? -1 : undefined,
  );
  const letters = body.map((item) => item.kind === "set" ? letterOf(item.set) : undefined);
  const text = letters.map((letter) => letter?.text ?? "").join("");
  if (text.length !== body.length) return undefined;
  const cases = new Set(letters.map((letter) => letter!.ignoreCase));
  cases.delete(undefined);
  if (cases.size > 1) return undefined;
  const kind = starts ? (ends ? "exact" : "prefix") : ends ? "suffix" : "substring";
  return { kind, text, ignoreCase: cases.has(true) };
}

function flat(node: Node): readonly Node[] | undefined {
  if (node.kind === "empty") return [];
  if (node.kind === "set" || node.kind === "assert") return [node];
  if (node.kind !== "sequence") return undefined;
  const parts = node.items.map(flat);
  return parts.some((part) => part === undefined) ? undefined : parts.flatMap((part) => part!);
}

/** One byte, or the two cases of one letter; `ignoreCase` is undefined for what has no case. */
function letterOf(
  set: ByteSet,
): { readonly text: string; readonly ignoreCase: boolean | undefined } | undefined {
  const ranges = rangesOf(set);
  const [first, second] = ranges;
  if (first === undefined || first[0] !== first[1] || ranges.length > 2) return undefined;
  const byte = first[0];
  if (second === undefined) {
    const cased = foldCase(set) !== set;
    return { text: String.fromCharCode(byte), ignoreCase: cased ? false : undefined };
  }
  if (foldCase(byteSet(byte)) !== set) return undefined;
  return { text: String.fromCharCode(byte + 32), ignoreCase: true };
}
