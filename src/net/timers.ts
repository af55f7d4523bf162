import { clearTimeout, setTimeout } from "node:timers";
import { clock } from "./clock.ts";
import { report } from "./event_fault.ts";

/** Width of a slot: a timer fires at its deadline or up to this much later, never before. */
const slotMs = 16;
const slots = 1024;

/**
 * One deadline of one connection. Moving it is a field write: the wheel looks at the deadline only
 * when the slot comes up, and puts it further back if it has moved since.
 */
export interface Timed {
  /** Milliseconds of {@link clock}; Infinity while not running. */
  deadline: number;
  /** Slot of the wheel that it stands in, counted from the clock's zero; Infinity for none. */
  slot: number;
  /** Its place in that slot. */
  place: number;
  fire(): void;
}

/** A deadline that is nobody's own. */
export class Timer implements Timed {
  deadline = Infinity;
  slot = Infinity;
  place = 0;

  constructor(readonly fire: () => void) {}
}

/** What wakes the wheel. */
export interface Alarm {
  /** Calls `wake` once `performance.now()` has reached `at`, instead of what was asked before. */
  set(at: number, wake: () => void): void;
}

class RuntimeAlarm implements Alarm {
  #timeout: NodeJS.Timeout | undefined;

  set(at: number, wake: () => void): void {
    clearTimeout(this.#timeout);
    this.#timeout = setTimeout(wake, Math.max(0, at - performance.now()));
    // Connections keep the process alive; a deadline of one that is gone must not.
    this.#timeout.unref();
  }
}

/**
 * A coarse timer wheel on one runtime timer: connections set and move deadlines at every event, and
 * hardly any ever fires.
 */
export class TimerWheel {
  #wheel: Timed[][] = Array.from({ length: slots }, () => []);
  #count = 0;
  readonly #wake = () => this.#turn();
  #wakeAt = Infinity;
  #doneUpTo = slotOf(performance.now());

  constructor(private readonly alarm: Alarm = new RuntimeAlarm()) {}

  /** Fires in `ms`; undefined or infinite stops it. */
  set(timer: Timed, ms: number | undefined): void {
    if (ms === undefined || ms === Infinity) {
      timer.deadline = Infinity;
      return;
    }
    this.setAt(timer, clock.now + ms);
  }

  /** Fires at `deadline`, in {@link clock}'s milliseconds. */
  setAt(timer: Timed, deadline: number): void {
    timer.deadline = deadline;
    if (deadline >= timer.slot * slotMs) return;
    // Slots that passed while nobody waited need not be gone through.
    if (this.#count === 0) this.#doneUpTo = Math.max(this.#doneUpTo, slotOf(clock.now));
    this.#place(timer);
  }

  /** Stops it. It may be set again at no cost; whoever will not do so calls {@link forget}. */
  clear(timer: Timed): void {
    timer.deadline = Infinity;
  }

  /** Stops it for good: the wheel lets go of it now, not when its slot comes up. */
  forget(timer: Timed): void {
    timer.deadline = Infinity;
    if (timer.slot !== Infinity) this.#leave(timer);
  }

  #place(timer: Timed): void {
    if (timer.slot !== Infinity) this.#leave(timer);
    const wanted = Math.max(Math.ceil(timer.deadline / slotMs), this.#doneUpTo + 1);
    const slot = Math.min(wanted, this.#doneUpTo + slots - 1);
    const due = this.#wheel[slot % slots]!;
    timer.slot = slot;
    timer.place = due.length;
    due.push(timer);
    this.#count++;
    if (slot * slotMs < this.#wakeAt) this.#sleepUntil(slot * slotMs);
  }

  #leave(timer: Timed): void {
    const due = this.#wheel[timer.slot % slots]!;
    const last = due.pop()!;
    if (last !== timer) {
      due[timer.place] = last;
      last.place = timer.place;
    }
    timer.slot = Infinity;
    this.#count--;
  }

  #sleepUntil(at: number): void {
    this.#wakeAt = at;
    this.alarm.set(at, this.#wake);
  }

  #turn(): void {
    this.#wakeAt = Infinity;
    clock.tick();
    const upTo = slotOf(clock.now);
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
    for (const timer of due) timer.slot = Infinity;
    for (const timer of due) {
      // Whoever fired before may have stopped or moved this one.
      if (timer.slot !== Infinity || timer.deadline === Infinity) continue;
      if (timer.deadline > slot * slotMs) this.#place(timer);
      else {
        timer.deadline = Infinity;
        fire(timer);
      }
    }
  }
}

function slotOf(at: number): number {
  return Math.floor(at / slotMs);
}

/** An exception would end the process, and keep the others of the slot from firing. */
function fire(timer: Timed): void {
  try {
    timer.fire();
  } catch (error) {
    report(error);
  }
}

/** The process's wheel. */
export const timers: TimerWheel = new TimerWheel();
