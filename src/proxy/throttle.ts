import { clock } from "../net/clock.ts";
import { flushOutbox } from "../net/outbox.ts";
import { type Timed, timers } from "../net/timers.ts";
import type { Paces } from "./pace.ts";

/** Where bytes come from and go to. */
export interface Flow {
  /** These may go on. */
  pass(bytes: Uint8Array, from: number, to: number): void;
  /** None waits any more: the source may send on, and its end is an end. */
  caughtUp(): void;
}

/**
 * Lets bytes pass as fast as their paces allow. While some wait, their source is not to be read
 * from, so that what waits is never more than was read at once.
 */
export class Throttle implements Timed {
  #waiting: Uint8Array[] = [];
  deadline = Infinity;
  slot = Infinity;
  place = 0;

  constructor(private readonly paces: Paces, private readonly flow: Flow) {}

  /** Bytes wait for their time. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  take(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#waiting.push(bytes);
    // What waits has its timer already.
    if (this.#waiting.length === 1) this.#pour();
  }

  /** Time has come for some of what waits. */
  fire(): void {
    this.#pour();
    if (!this.waits) this.flow.caughtUp();
    flushOutbox();
  }

  /** What waits, in order. */
  get waiting(): readonly Uint8Array[] {
    return this.#waiting;
  }

  /** Lets nothing pass before {@link goOn}. */
  halt(): void {
    timers.clear(this);
  }

  goOn(): void {
    if (this.waits) timers.setAt(this, this.paces.freeAt);
  }

  /** Forgets what waits. */
  stop(): void {
    timers.forget(this);
    this.#waiting = [];
  }

  #pour(): void {
    while (this.#waiting.length > 0) {
      const first = this.#waiting[0]!;
      const length = Math.min(first.length, this.paces.allowance(clock.now));
      if (length === 0) return timers.setAt(this, this.paces.freeAt);
      if (length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(length);
      this.paces.spend(length, clock.now);
      this.flow.pass(first, 0, length);
    }
  }
}
