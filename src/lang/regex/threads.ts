import { holds, type Place } from "./place.ts";
import { Op, type Program } from "./program.ts";

/** Marks of one thread, newest first; shared between threads. */
interface Marks {
  readonly mark: number;
  readonly place: number;
  readonly older: Marks | undefined;
}

export interface Span {
  readonly index: number;
  readonly end: number;
  /** Start and end of each group, `-1` for one that took no part; group 1 is at 2 and 3. */
  readonly groups: readonly number[];
}

/** Threads at one place in the text, in order of preference. */
class ThreadList {
  count = 0;
  readonly counters: Int32Array;
  readonly marks: (Marks | undefined)[] = [];

  constructor(size: number) {
    this.counters = new Int32Array(size);
  }

  add(pc: number, marks: Marks | undefined): void {
    this.counters[this.count] = pc;
    this.marks[this.count++] = marks;
  }
}

/**
 * Finds the match that a backtracking engine would find first, with its groups, by running all of
 * its ways at once in their order: the work is bounded by the length of the text times the size of
 * the program.
 */
export class Threads {
  /** Instructions visited so far, a measure of work for tests. */
  visits = 0;
  #now: ThreadList;
  #next: ThreadList;
  #closed: ThreadList;
  #seen: Int32Array;
  #generation = 0;
  #stack: number[] = [];
  #stackMarks: (Marks | undefined)[] = [];

  constructor(readonly program: Program, readonly startIsLine: boolean) {
    const size = program.op.length;
    this.#now = new ThreadList(size);
    this.#next = new ThreadList(size);
    this.#closed = new ThreadList(size);
    this.#seen = new Int32Array(size);
  }

  /** The leftmost match that begins at `from` or later. */
  exec(text: string, from: number): Span | undefined {
    let found: Marks | undefined;
    this.#now.count = 0;
    for (let at = from; at <= text.length; at++) {
      const place = this.place(text, at);
      const now = this.closed(place, at, found === undefined);
      const match = this.advance(now, place.behind);
      if (match !== undefined) found = { mark: 1, place: at, older: match };
      if (this.#next.count === 0 && found !== undefined) break;
      [this.#now, this.#next] = [this.#next, this.#now];
    }
    return found === undefined ? undefined : this.span(found);
  }

  private place(text: string, at: number): Place {
    const { classOf } = this.program;
    return {
      atStart: at === 0,
      before: at === 0 ? -1 : classOf[text.charCodeAt(at - 1) & 0xff]!,
      behind: at === text.length ? -1 : classOf[text.charCodeAt(at) & 0xff]!,
      behindIsLast: at === text.length - 1,
    };
  }

  /** The threads at `at` with everything that needs no byte done; a new one begins here last. */
  private closed(place: Place, at: number, begin: boolean): ThreadList {
    const list = this.#closed;
    list.count = 0;
    this.#generation++;
    const { counters, marks, count } = this.#now;
    for (let i = 0; i < count; i++) this.follow(counters[i]!, marks[i], place, at, list);
    if (begin) {
      this.follow(0, { mark: 0, place: at, older: undefined }, place, at, list);
    }
    return list;
  }

  private follow(
    pc: number,
    marks: Marks | undefined,
    place: Place,
    at: number,
    list: ThreadList,
  ): void {
    const { op, x, y } = this.program;
    const stack = this.#stack;
    const stackMarks = this.#stackMarks;
    stack.push(pc);
    stackMarks.push(marks);
    while (stack.length > 0) {
      const pc = stack.pop()!;
      const marks = stackMarks.pop();
      if (this.#seen[pc] === this.#generation) continue;
      this.#seen[pc] = this.#generation;
      this.visits++;
      switch (op[pc]!) {
        case Op.Match:
        case Op.Bytes:
          list.add(pc, marks);
          continue;
        case Op.Split:
          stack.push(y[pc]!, x[pc]!);
          stackMarks.push(marks, marks);
          continue;
        case Op.Jump:
          stack.push(x[pc]!);
          stackMarks.push(marks);
          continue;
        case Op.Mark:
          stack.push(pc + 1);
          stackMarks.push({ mark: x[pc]!, place: at, older: marks });
          continue;
        case Op.Assert:
          if (holds(x[pc]!, place, this.program, this.startIsLine)) {
            stack.push(pc + 1);
            stackMarks.push(marks);
          }
      }
    }
  }

  /** Takes the byte; a thread that has matched wins over those behind it. */
  private advance(now: ThreadList, byteClass: number): Marks | undefined {
    const { op, x, sets } = this.program;
    this.#next.count = 0;
    for (let i = 0; i < now.count; i++) {
      const pc = now.counters[i]!;
      if (op[pc] === Op.Match) return now.marks[i];
      if (byteClass >= 0 && sets[x[pc]!]![byteClass] === 1) this.#next.add(pc + 1, now.marks[i]);
    }
    return undefined;
  }

  private span(marks: Marks): Span {
    const places = new Array<number>(this.program.groupCount * 2 + 2).fill(-1);
    for (let m: Marks | undefined = marks; m !== undefined; m = m.older) {
      if (places[m.mark] === -1) places[m.mark] = m.place;
    }
    return { index: places[0]!, end: places[1]!, groups: places };
  }
}
