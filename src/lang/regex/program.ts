import { type ByteSet, hasByte, newline, wordBytes } from "./byte_set.ts";
import { nullable } from "./measure.ts";
import { PatternError } from "./pattern_error.ts";
import type { Assertion, Node, Repeat } from "./tree.ts";

/** Instructions at most: counted repeats are written out. */
const instructionsMax = 100_000;

export const enum Op {
  /** One byte of class set `x`, then the next instruction. */
  Bytes,
  /** `x` first, then `y`. */
  Split,
  /** Go on at `x`. */
  Jump,
  /** Note the place as mark `x`. */
  Mark,
  /** Condition number `x` of {@link assertions}. */
  Assert,
  Match,
}

export const assertions: readonly Assertion[] = [
  "circumflex",
  "textStart",
  "dollar",
  "textEnd",
  "lineStart",
  "lineEnd",
  "wordBoundary",
  "noWordBoundary",
];

/** A tree as instructions for a simulated automaton. */
export interface Program {
  readonly op: readonly Op[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** The class of each byte: bytes of one class are alike to the whole program. */
  readonly classOf: Uint8Array;
  readonly classCount: number;
  /** By set number, then by class: 1 when the set holds it. */
  readonly sets: readonly Uint8Array[];
  /** By class: the bytes are word characters; the newline. */
  readonly wordClass: Uint8Array;
  readonly newlineClass: number;
  readonly groupCount: number;
}

/** @throws {PatternError} when the pattern is too large */
export function compileProgram(root: Node, groupCount: number, sourceLength: number): Program {
  const writer = new Writer(sourceLength);
  writer.node(root);
  writer.emit(Op.Match);
  const { op, x, y } = writer;
  return { op, x, y, groupCount, ...classify(writer.sets) };
}

class Writer {
  readonly op: Op[] = [];
  readonly x: number[] = [];
  readonly y: number[] = [];
  readonly sets: ByteSet[] = [];

  constructor(readonly sourceLength: number) {}

  emit(op: Op, x = 0, y = 0): number {
    if (this.op.length >= instructionsMax) {
      throw new PatternError("regular expression is too large", this.sourceLength);
    }
    this.x.push(x);
    this.y.push(y);
    return this.op.push(op) - 1;
  }

  node(node: Node): void {
    switch (node.kind) {
      case "empty":
        return;
      case "set":
        this.emit(Op.Bytes, this.setNumber(node.set));
        return;
      case "assert":
        this.emit(Op.Assert, assertions.indexOf(node.what));
        return;
      case "sequence":
        for (const item of node.items) this.node(item);
        return;
      case "alternation":
        this.alternation(node.branches);
        return;
      case "capture":
        this.emit(Op.Mark, node.index * 2);
        this.node(node.body);
        this.emit(Op.Mark, node.index * 2 + 1);
        return;
      case "atomic":
        this.node(node.body);
        return;
      case "repeat":
        this.repeat(node);
    }
  }

  private setNumber(set: ByteSet): number {
    const known = this.sets.indexOf(set);
    return known >= 0 ? known : this.sets.push(set) - 1;
  }

  private alternation(branches: readonly Node[]): void {
    const ends: number[] = [];
    for (const [i, branch] of branches.entries()) {
      if (i === branches.length - 1) this.node(branch);
      else {
        const split = this.emit(Op.Split);
        this.x[split] = this.op.length;
        this.node(branch);
        ends.push(this.emit(Op.Jump));
        this.y[split] = this.op.length;
      }
    }
    for (const end of ends) this.x[end] = this.op.length;
  }

  private repeat(node: Repeat): void {
    for (let i = 0; i < node.min; i++) {
      // The last of the rounds that must be is the loop itself: `a+`.
      if (i === node.min - 1 && node.max === Infinity) return this.loop(node);
      this.node(node.body);
    }
    if (node.max !== Infinity) this.optional(node, node.max - node.min);
    // A body that can be empty loops at least once if it is tried: `(x*)*` is `((x*)+)?`, else its
    // empty round would be lost among the places already seen.
    else if (nullable(node.body)) this.skippable(node, () => this.loop(node));
    else {
      const start = this.skippable(node, () => {
        this.node(node.body);
        this.emit(Op.Jump);
      });
      this.x[this.op.length - 1] = start;
    }
  }

  /** The body once, and again as long as it goes. */
  private loop(node: Repeat): void {
    const start = this.op.length;
    this.node(node.body);
    const split = this.emit(Op.Split);
    this.branch(split, node.greedy, start, this.op.length);
  }

  private skippable(node: Repeat, body: () => void): number {
    const split = this.emit(Op.Split);
    const start = this.op.length;
    body();
    this.branch(split, node.greedy, start, this.op.length);
    return split;
  }

  private optional(node: Repeat, rounds: number): void {
    const splits: number[] = [];
    for (let i = 0; i < rounds; i++) {
      splits.push(this.emit(Op.Split));
      this.node(node.body);
    }
    for (const split of splits) this.branch(split, node.greedy, split + 1, this.op.length);
  }

  private branch(split: number, greedy: boolean, into: number, past: number): void {
    this.x[split] = greedy ? into : past;
    this.y[split] = greedy ? past : into;
  }
}

/** Puts bytes that no set of the program tells apart into one class. */
function classify(sets: readonly ByteSet[]) {
  const apart = [...sets, wordBytes, newline];
  const numbers = new Map<string, number>();
  const classOf = new Uint8Array(256);
  const samples: number[] = [];
  for (let byte = 0; byte < 256; byte++) {
    const key = apart.map((set) => hasByte(set, byte) ? "1" : "0").join("");
    let number = numbers.get(key);
    if (number === undefined) {
      number = samples.push(byte) - 1;
      numbers.set(key, number);
    }
    classOf[byte] = number;
  }
  const member = (set: ByteSet) => Uint8Array.from(samples, (byte) => hasByte(set, byte) ? 1 : 0);
  return {
    classOf,
    classCount: samples.length,
    sets: sets.map(member),
    wordClass: member(wordBytes),
    newlineClass: classOf[10]!,
  };
}
