import { clearTimeout, setTimeout } from "node:timers";
import { clock } from "./clock.ts";

/** Width of a slot: a timer fires at its deadline or up to this much later, never before. */
const slotMs = 16;
const slots = 1024;

/**
 * One deadline of one connection. Moving it is a field write: the wheel looks at the deadline only
 * when the slot comes up, and puts the timer further back if it has moved since.
 */
export class Timer {
  /** Milliseconds of {@link clock}; Infinity while not running. */
  deadline = Infinity;
  /** When the wheel looks at it next; Infinity while it is in no slot. */
  slotAt = Infinity;

  constructor(readonly fire: () => void) {}
}

/**
 * A coarse timer wheel on one runtime timer: connections set and move deadlines at every event, and
 * hardly any ever fires.
 */
export class TimerWheel {
  #wheel: Timer[][] = Array.from({ length: slots }, () => []);
  #count = 0;
  #sleep: NodeJS.Timeout | undefined;
  readonly #wake = () => this.#turn();
  #wakeAt = Infinity;
  #doneUpTo = Math.floor(performance.now() / slotMs);

  /** Fires in `ms`; undefined or infinite stops it. */
  set(timer: Timer, ms: number | undefined): void {
    if (ms === undefined || ms === Infinity) {
      timer.deadline = Infinity;
      return;
    }
    this.setAt(timer, clock.now + ms);
  }

  /** Fires at `deadline`, in {@link clock}'s milliseconds. */
  setAt(timer: Timer, deadline: number): void {
    timer.deadline = deadline;
    if (deadline < timer.slotAt) this.#place(timer);
  }

  clear(timer: Timer): void {
    timer.deadline = Infinity;
  }

  #place(timer: Timer): void {
    const slot = Math.max(Math.ceil(timer.deadline / slotMs), this.#doneUpTo + 1);
    const reach = Math.min(slot, this.#doneUpTo + slots - 1);
    // A timer moved to an earlier slot also stays in the later one, where it is found spent.
    timer.slotAt = reach * slotMs;
    this.#wheel[reach % slots]!.push(timer);
    this.#count++;
    if (timer.slotAt < this.#wakeAt) this.#sleepUntil(timer.slotAt);
  }

  #sleepUntil(at: number): void {
    clearTimeout(this.#sleep);
    this.#wakeAt = at;
    this.#sleep = setTimeout(this.#wake, Math.max(0, at - performance.now()));
    // Connections keep the process alive; a deadline of one that is gone must not.
    this.#sleep.unref();
  }

  #turn(): void {
    this.#wakeAt = Infinity;
    clock.tick();
    const upTo = Math.floor(clock.now / slotMs);
    while (this.#doneUpTo < upTo && this.#count > 0) this.#turnSlot(++this.#doneUpTo);
    if (this.#count === 0) {
      this.#doneUpTo = Math.max(this.#doneUpTo, upTo);
      return;
    }
    let next = this.#doneUpTo + 1;
    while (this.#wheel[next % slots]!.length === 0) next++;
    if (next * slotMs < this.#wakeAt) this.#sleepUntil(next * slotMs);
  }

  #turnSlot(slot: number): void {
    const due = this.#wheel[slot % slots]!;
    if (due.length === 0) return;
    this.#wheel[slot % slots] = [];
    this.#count -= due.length;
    const at = slot * slotMs;
    for (const timer of due) {
      if (timer.slotAt !== at) continue;
      timer.slotAt = Infinity;
      if (timer.deadline === Infinity) continue;
      if (timer.deadline > at) this.#place(timer);
      else {
        timer.deadline = Infinity;
        timer.fire();
      }
    }
  }
}

/** The process's wheel. */
export const timers: TimerWheel = new TimerWheel();
