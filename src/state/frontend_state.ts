import type { FrontendFacts } from "../lang/context.ts";
import { Counted, Counter } from "./counter.ts";
import type { CounterBlock } from "./counters.ts";
import type { StateClock } from "./state_clock.ts";

/** What the world did to a frontend. */
export class FrontendState extends Counted implements FrontendFacts {
  /** 0 for no limit of its own. */
  maxconn: number;

  constructor(
    name: string,
    id: number,
    maxconn: number,
    block: CounterBlock,
    readonly clock: StateClock,
  ) {
    super(name, id, block);
    this.maxconn = maxconn;
  }

  connections(): number {
    return this.counters[Counter.scur]!;
  }

  sessionRate(): number {
    return this.sessions.read(this.clock.now());
  }

  /** Milliseconds until another session makes no more than `max` a second; 0 when it does not now. */
  sessionDelayMs(max: number): number {
    return this.sessions.delayMs(this.clock.now(), max);
  }

  requestRate(): number {
    return this.requests.read(this.clock.now());
  }

  connectionRate(): number {
    return this.connectionsMade.read(this.clock.now());
  }

  /** A client's connection was accepted. */
  connectionOpened(now: number): void {
    const { counters } = this;
    counters[Counter.conn_tot]! += 1;
    this.raise(Counter.smax, ++counters[Counter.scur]!);
    this.raise(Counter.conn_rate_max, this.connectionsMade.add(now));
  }

  /** A connection that another process had accepted, and counted, is here now. */
  connectionMoved(): void {
    this.raise(Counter.smax, ++this.counters[Counter.scur]!);
  }

  connectionClosed(): void {
    this.counters[Counter.scur]! -= 1;
  }

  /** The connection passed `tcp-request connection` and its handshakes. */
  sessionOpened(now: number): void {
    const { counters } = this;
    counters[Counter.stot]! += 1;
    this.raise(Counter.rate_max, this.sessions.add(now));
  }

  requestReceived(now: number): void {
    this.counters[Counter.req_tot]! += 1;
    this.raise(Counter.req_rate_max, this.requests.add(now));
  }
}
