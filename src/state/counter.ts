import { Average } from "./average.ts";
import type { CounterBlock } from "./counters.ts";
import { Rate } from "./rate.ts";

/**
 * What is counted for a frontend, backend or server: the fields of HAProxy's `show stat` by their
 * names there (management manual §9.1). A field that has no meaning for a kind stays 0.
 */
export enum Counter {
  scur,
  smax,
  stot,
  bin,
  bout,
  dreq,
  dresp,
  ereq,
  econ,
  eresp,
  wretr,
  wredis,
  chkfail,
  chkdown,
  lbtot,
  hrsp_1xx,
  hrsp_2xx,
  hrsp_3xx,
  hrsp_4xx,
  hrsp_5xx,
  hrsp_other,
  hanafail,
  req_tot,
  cli_abrt,
  srv_abrt,
  /** Milliseconds since the epoch of the last session (`lastsess` is its age); 0 for none yet. */
  last_session,
  conn_tot,
  intercepted,
  dcon,
  dses,
  wrew,
  connect,
  reuse,
  eint,
  qcur,
  qmax,
  rate_max,
  req_rate_max,
  conn_rate_max,
}

const current: ReadonlySet<Counter> = new Set([Counter.scur, Counter.qcur]);
/** Not sums, but the greatest value seen. */
const greatest: ReadonlySet<Counter> = new Set([
  Counter.smax,
  Counter.qmax,
  Counter.rate_max,
  Counter.req_rate_max,
  Counter.conn_rate_max,
  Counter.last_session,
]);

const counterSlots = Counter.conn_rate_max + 1;

/** The times of which `show stat` gives averages and maxima. */
export interface ElapsedTimes {
  /** Milliseconds; below 0 for what never happened. */
  readonly queue: number;
  readonly connect: number;
  readonly response: number;
  readonly total: number;
}

/** Name, counters, rates and averages that frontends, backends and servers have in common. */
export class Counted {
  /** One slot per {@link Counter}. */
  readonly counters: Float64Array;
  readonly sessions: Rate;
  readonly requests: Rate;
  readonly connectionsMade: Rate;
  readonly queueTime: Average;
  readonly connectTime: Average;
  readonly responseTime: Average;
  readonly totalTime: Average;
  #block: CounterBlock;
  #slots: Float64Array;

  constructor(readonly name: string, public id: number, block: CounterBlock) {
    const slots = block.take(counterSlots + 3 * Rate.slots + 4 * Average.slots);
    let at = counterSlots;
    const next = (length: number) => slots.subarray(at, at += length);
    this.#block = block;
    this.#slots = slots;
    this.counters = slots.subarray(0, counterSlots);
    this.sessions = new Rate(next(Rate.slots));
    this.requests = new Rate(next(Rate.slots));
    this.connectionsMade = new Rate(next(Rate.slots));
    this.queueTime = new Average(next(Average.slots));
    this.connectTime = new Average(next(Average.slots));
    this.responseTime = new Average(next(Average.slots));
    this.totalTime = new Average(next(Average.slots));
  }

  count(counter: Counter, by = 1): void {
    this.counters[counter]! += by;
  }

  get(counter: Counter): number {
    return this.counters[counter]!;
  }

  /** Counts an answer by the hundreds of its status; HAProxy files the rest under `hrsp_other`. */
  countStatus(status: number): void {
    const hundreds = (status / 100) | 0;
    const known = hundreds >= 1 && hundreds <= 5;
    this.counters[known ? Counter.hrsp_1xx + hundreds - 1 : Counter.hrsp_other]! += 1;
  }

  /** Notes how long one session took, when it has ended. */
  countTimes(times: ElapsedTimes): void {
    this.queueTime.add(times.queue);
    this.connectTime.add(times.connect);
    this.responseTime.add(times.response);
    this.totalTime.add(times.total);
  }

  /** Zeroes what is cumulated (`clear counters all`); what is current stays. */
  clearCounters(): void {
    const { counters } = this;
    const current = counters[Counter.scur]!;
    const queued = counters[Counter.qcur]!;
    counters.fill(0);
    counters[Counter.scur] = counters[Counter.smax] = current;
    counters[Counter.qcur] = counters[Counter.qmax] = queued;
  }

  /** What is cumulated, by name, and has been since `before`; what is current is not. */
  cumulated(before: Readonly<Record<string, number>> = {}): Record<string, number> {
    const named: Record<string, number> = {};
    for (let counter = 0; counter < counterSlots; counter++) {
      if (current.has(counter)) continue;
      const name = Counter[counter]!;
      const value = this.counters[counter]! - (greatest.has(counter) ? 0 : before[name] ?? 0);
      if (value !== 0) named[name] = value;
    }
    return named;
  }

  /** Adds what another process has counted; greatest values are compared instead. */
  accumulate(named: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(named)) {
      const counter = Counter[name as keyof typeof Counter] as Counter | undefined;
      if (counter === undefined || current.has(counter)) continue;
      if (greatest.has(counter)) this.raise(counter, value);
      else this.count(counter, value);
    }
  }

  /** As {@link accumulate}, of what another process has counted in this moment: rates rise as well. */
  accumulateNow(named: Readonly<Record<string, number>>, now: number): void {
    this.accumulate(named);
    const { stot = 0, req_tot = 0, conn_tot = 0 } = named;
    if (stot > 0) this.raise(Counter.rate_max, this.sessions.add(now, stot));
    if (req_tot > 0) this.raise(Counter.req_rate_max, this.requests.add(now, req_tot));
    if (conn_tot > 0) this.raise(Counter.conn_rate_max, this.connectionsMade.add(now, conn_tot));
  }

  /** Rates and averages as they are now, for {@link roll} in another process. */
  rolling(): number[] {
    return [...this.#slots.subarray(counterSlots)];
  }

  /** Goes on from the rates and averages of another process; nothing was counted here yet. */
  roll(values: readonly number[]): void {
    const own = this.#slots.subarray(counterSlots);
    if (values.length === own.length && values.every(Number.isFinite)) own.set(values);
  }

  /** Forgets the largest values (`clear counters`); counting goes on. */
  clearMaxima(): void {
    const { counters } = this;
    counters[Counter.smax] = counters[Counter.scur]!;
    counters[Counter.qmax] = counters[Counter.qcur]!;
    counters[Counter.rate_max] = 0;
    counters[Counter.req_rate_max] = 0;
    counters[Counter.conn_rate_max] = 0;
    for (const time of [this.queueTime, this.connectTime, this.responseTime, this.totalTime]) {
      time.clearMax();
    }
  }

  protected raise(max: Counter, value: number): void {
    if (value > this.counters[max]!) this.counters[max] = value;
  }

  /** Gives the slots back; nobody may count here afterwards. */
  dispose(): void {
    this.#block.release(this.#slots);
  }
}
