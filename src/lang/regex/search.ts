import { holds, type Place } from "./place.ts";
import { Op, type Program } from "./program.ts";

/** States kept before the cache starts again from nothing. */
const statesMax = 1000;

/** Places in the program that a search is at after some text, and where they lead. */
interface State {
  /** Program counters, ascending; conditions in front of them are not yet decided. */
  readonly counters: readonly number[];
  /** Class of the byte before, -1 at the start of the text. */
  readonly before: number;
  readonly atStart: boolean;
  /** By class, then the same for a byte that ends the text, then for the end itself. */
  readonly next: (State | typeof matched | typeof dead | undefined)[];
}

const matched = "matched";
const dead = "dead";

/**
 * Tells whether a program matches anywhere in a text, in one walk over it: a deterministic automaton
 * whose states are made when they are first reached. The work for one byte is a table lookup, or at
 * most a walk over the program.
 */
export class Search {
  /** Instructions visited so far, a measure of work for tests. */
  visits = 0;
  #states = new Map<string, State>();
  #start: State;
  #seen: Int32Array;
  #generation = 0;

  /**
   * `anchored`: a match can only begin at the start. `startIsLine`: `^` holds there.
   */
  constructor(
    readonly program: Program,
    readonly anchored: boolean,
    readonly startIsLine: boolean,
  ) {
    this.#seen = new Int32Array(program.op.length);
    this.#start = this.state([0], -1, true);
  }

  test(text: string): boolean {
    const { classOf, classCount } = this.program;
    let state = this.#start;
    const last = text.length - 1;
    for (let i = 0; i <= last; i++) {
      const byteClass = classOf[text.charCodeAt(i) & 0xff]!;
      const symbol = i === last ? classCount + byteClass : byteClass;
      const next = state.next[symbol] ?? this.step(state, symbol);
      if (next === matched) return true;
      if (next === dead) return false;
      state = next;
    }
    const end = classCount * 2;
    return (state.next[end] ?? this.step(state, end)) === matched;
  }

  private step(state: State, symbol: number): State | typeof matched | typeof dead {
    const { classCount } = this.program;
    const next = this.target(state, {
      atStart: state.atStart,
      before: state.before,
      behind: symbol === classCount * 2 ? -1 : symbol % classCount,
      behindIsLast: symbol >= classCount && symbol < classCount * 2,
    });
    state.next[symbol] = next;
    return next;
  }

  private target(state: State, place: Place): State | typeof matched | typeof dead {
    const { op, x, y, sets } = this.program;
    const reached: number[] = [];
    const stack = [...state.counters];
    const generation = ++this.#generation;
    const seen = this.#seen;
    while (stack.length > 0) {
      const pc = stack.pop()!;
      if (seen[pc] === generation) continue;
      seen[pc] = generation;
      this.visits++;
      switch (op[pc]!) {
        case Op.Match:
          return matched;
        case Op.Bytes:
          if (place.behind >= 0 && sets[x[pc]!]![place.behind] === 1) reached.push(pc + 1);
          break;
        case Op.Split:
          stack.push(y[pc]!, x[pc]!);
          break;
        case Op.Jump:
          stack.push(x[pc]!);
          break;
        case Op.Mark:
          stack.push(pc + 1);
          break;
        case Op.Assert:
          if (holds(x[pc]!, place, this.program, this.startIsLine)) stack.push(pc + 1);
      }
    }
    if (!this.anchored) reached.push(0);
    if (reached.length === 0 || place.behind < 0) return dead;
    return this.state(reached.sort((a, b) => a - b), place.behind, false);
  }

  private state(counters: number[], before: number, atStart: boolean): State {
    const key = `${atStart} ${before} ${counters.join()}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= statesMax) {
      this.#states.clear();
      // What was reached before still leads on, but nothing new hangs on to it.
      this.#start?.next.fill(undefined);
    }
    const next = new Array<undefined>(this.program.classCount * 2 + 1).fill(undefined);
    const made: State = { counters, before, atStart, next };
    this.#states.set(key, made);
    return made;
  }
}
