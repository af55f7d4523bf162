import type { IndexEntry } from "./entry.ts";

/** Largest dense transition table, in cells of four bytes; above it transitions are hashed. */
const denseCellsMax = 4 * 1024 * 1024;

/**
 * Aho-Corasick: finds every key in a text in one pass, whatever their number. States are numbers,
 * 0 is the start.
 */
export class Automaton<E extends IndexEntry> {
  /** Trie edges by `state * 256 + code`. */
  readonly #edges = new Map<number, number>();
  readonly #fail: number[] = [0];
  /** The entries whose key ends in that very state. */
  readonly #ends: (E[] | undefined)[] = [undefined];
  /** The oldest entry that ends in that state or in one of its failure states. */
  readonly #oldest: (E | undefined)[] = [undefined];
  /** Nearest failure state where a key ends; 0 for none. */
  readonly #nextEnd: number[] = [0];
  /** Which column of the dense table a code unit has; 0 for those in no key. */
  readonly #column = new Uint16Array(256);
  #columns = 1;
  #dense: Int32Array | undefined;

  constructor(keys: readonly string[], entries: readonly E[]) {
    for (const [i, key] of keys.entries()) this.#insert(key, entries[i]!);
    this.#link();
  }

  oldest(text: string): E | undefined {
    let best = this.#oldest[0];
    let state = 0;
    for (let i = 0; i < text.length; i++) {
      state = this.#step(state, text.charCodeAt(i));
      const found = this.#oldest[state];
      if (found !== undefined && (best === undefined || found.id < best.id)) best = found;
    }
    return best;
  }

  collect(text: string, into: E[]): void {
    const seen = new Set<number>();
    let state = 0;
    for (let i = -1; i < text.length; i++) {
      if (i >= 0) state = this.#step(state, text.charCodeAt(i));
      let end = this.#ends[state] === undefined ? this.#nextEnd[state]! : state;
      while (!seen.has(end)) {
        seen.add(end);
        for (const entry of this.#ends[end] ?? []) into.push(entry);
        if (end === 0) break;
        end = this.#nextEnd[end]!;
      }
    }
  }

  #step(state: number, code: number): number {
    if (this.#dense !== undefined) return this.#dense[state * this.#columns + this.#column[code]!]!;
    for (;;) {
      const next = this.#edges.get(state * 256 + code);
      if (next !== undefined) return next;
      if (state === 0) return 0;
      state = this.#fail[state]!;
    }
  }

  #insert(key: string, entry: E): void {
    let state = 0;
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i);
      if (this.#column[code] === 0) this.#column[code] = this.#columns++;
      const edge = state * 256 + code;
      let next = this.#edges.get(edge);
      if (next === undefined) {
        next = this.#fail.length;
        this.#fail.push(0);
        this.#ends.push(undefined);
        this.#oldest.push(undefined);
        this.#nextEnd.push(0);
        this.#edges.set(edge, next);
      }
      state = next;
    }
    (this.#ends[state] ??= []).push(entry);
    this.#oldest[state] ??= entry;
  }

  /** Computes the failure states breadth first: edges in order of creation are not, so by level. */
  #link(): void {
    const children: number[][] = this.#fail.map(() => []);
    for (const edge of this.#edges.keys()) children[Math.floor(edge / 256)]!.push(edge);
    const states = this.#fail.length;
    if (states * this.#columns <= denseCellsMax) {
      this.#dense = new Int32Array(states * this.#columns);
    }
    let level = [0];
    while (level.length > 0) {
      const below: number[] = [];
      for (const state of level) {
        this.#fillRow(state, children[state]!);
        for (const edge of children[state]!) {
          const child = this.#edges.get(edge)!;
          if (state !== 0) this.#fail[child] = this.#failOf(this.#fail[state]!, edge % 256);
          this.#inherit(child);
          below.push(child);
        }
      }
      level = below;
    }
  }

  #failOf(state: number, code: number): number {
    for (;;) {
      const next = this.#edges.get(state * 256 + code);
      if (next !== undefined) return next;
      if (state === 0) return 0;
      state = this.#fail[state]!;
    }
  }

  /** A state's row is that of its failure state with its own edges over it. */
  #fillRow(state: number, edges: readonly number[]): void {
    const dense = this.#dense;
    if (dense === undefined) return;
    const row = state * this.#columns;
    if (state !== 0) {
      const from = this.#fail[state]! * this.#columns;
      dense.copyWithin(row, from, from + this.#columns);
    }
    for (const edge of edges) dense[row + this.#column[edge % 256]!] = this.#edges.get(edge)!;
  }

  #inherit(state: number): void {
    const fail = this.#fail[state]!;
    this.#nextEnd[state] = this.#ends[fail] === undefined ? this.#nextEnd[fail]! : fail;
    const own = this.#oldest[state];
    const inherited = this.#oldest[fail];
    if (inherited !== undefined && (own === undefined || inherited.id < own.id)) {
      this.#oldest[state] = inherited;
    }
  }
}
