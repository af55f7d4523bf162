import { readWholeInt } from "../int.ts";
import { LangError } from "../spec.ts";
import type { Int } from "../value.ts";
import type { IndexEntry } from "./entry.ts";
import type { PatternIndex } from "./index.ts";

/** Both ends included; an open end is an infinity. */
export interface IntRange {
  readonly min: Int;
  readonly max: Int;
}

/** How a single number of a pattern is read; undefined when it is not one. */
export interface NumberSyntax {
  read(text: string): Int | undefined;
  write(value: bigint): string;
  /** What the message calls it. */
  readonly noun: string;
}

export const plainNumber: NumberSyntax = {
  read: readWholeInt,
  write: (value) => String(value),
  noun: "number",
};

/** `M.m` of `req.ssl_ver`: the value is `M * 65536 + m`. */
export const dottedNumber: NumberSyntax = {
  read(text) {
    const dot = text.indexOf(".");
    const major = readWholeInt(dot < 0 ? text : text.substring(0, dot));
    const minor = dot < 0 ? 0 : readWholeInt(text.substring(dot + 1));
    if (major === undefined || minor === undefined) return undefined;
    if (major < 0 || major > 65535 || minor < 0 || minor > 65535) return undefined;
    return Number(major) * 65536 + Number(minor);
  },
  write: (value) => `${value >> 16n}.${value & 65535n}`,
  noun: "dotted number",
};

/**
 * A number or a range `a:b`, `a:`, `:b`. `-` separates as `:` does, so that `-5` is "up to 5".
 * Throws LangError.
 */
export function parseRange(text: string, syntax: NumberSyntax): IntRange {
  const at = separatorAt(text);
  if (at < 0) {
    const value = syntax.read(text);
    if (value === undefined) throw new LangError(`'${text}' is not a ${syntax.noun}`, text);
    return { min: value, max: value };
  }
  const min = at === 0 && text.length > 1 ? -Infinity : syntax.read(text.substring(0, at));
  const max = at === text.length - 1 ? Infinity : syntax.read(text.substring(at + 1));
  if (min === undefined || max === undefined || min > max) {
    throw new LangError(`'${text}' is not a valid number range`, text);
  }
  return { min, max };
}

function separatorAt(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 58 || code === 45) return i;
  }
  return -1;
}

/**
 * `int`, `len` and dotted versions: the number lies in a range. The line of numbers is cut where
 * ranges begin and end; each piece knows the first range over it, found by bisection.
 */
export class RangeIndex<E extends IndexEntry> implements PatternIndex<E> {
  #ranges: { readonly range: IntRange; readonly entry: E }[] = [];
  /** Starts of the pieces, ascending; `#owners[i]` is the range over piece i. */
  #starts: Int[] = [];
  #owners: (E | undefined)[] = [];
  #stale = false;

  constructor(
    private readonly syntax: NumberSyntax,
    private readonly measure: "value" | "length",
  ) {}

  add(entry: E): void {
    this.#ranges.push({ range: parseRange(entry.text, this.syntax), entry });
    this.#stale = true;
  }

  remove(entry: E): "removed" | "rebuild" {
    this.#ranges = this.#ranges.filter((r) => r.entry !== entry);
    this.#stale = true;
    return "removed";
  }

  keyOf(text: string): string {
    const { min, max } = parseRange(text, this.syntax);
    return `${min}:${max}`;
  }

  find(value: Int | string): E | undefined {
    const number = this.measure === "length" ? (value as string).length : value as Int;
    if (this.#ranges.length === 1) {
      const { range, entry } = this.#ranges[0]!;
      return number >= range.min && number <= range.max ? entry : undefined;
    }
    if (this.#stale) this.#compile();
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= number) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : this.#owners[low - 1];
  }

  collect(value: Int | string, into: E[]): void {
    const number = this.measure === "length" ? (value as string).length : value as Int;
    for (const { range, entry } of this.#ranges) {
      if (number >= range.min && number <= range.max) into.push(entry);
    }
  }

  #compile(): void {
    const starts = [...new Set(this.#ranges.flatMap(({ range }) => [range.min, after(range.max)]))];
    starts.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const position = new Map(starts.map((start, i) => [start, i]));
    const owners: (E | undefined)[] = new Array(starts.length).fill(undefined);
    // `free[i]` leads to the next piece that has no owner yet, so that no piece is passed twice.
    const free = Int32Array.from({ length: starts.length + 1 }, (_, i) => i);
    const nextFree = (i: number) => {
      while (free[i] !== i) i = free[i] = free[free[i]!]!;
      return i;
    };
    for (const { range, entry } of this.#ranges) {
      const end = position.get(after(range.max))!;
      for (let i = nextFree(position.get(range.min)!); i < end; i = nextFree(i)) {
        owners[i] = entry;
        free[i] = i + 1;
      }
    }
    this.#starts = starts;
    this.#owners = owners;
    this.#stale = false;
  }
}

/** The number after this one, as {@link Int}; stays at infinity. */
function after(value: Int): Int {
  if (typeof value === "number") {
    return value === Infinity || value < Number.MAX_SAFE_INTEGER ? value + 1 : BigInt(value) + 1n;
  }
  return value === -9007199254740992n ? -9007199254740991 : value + 1n;
}
