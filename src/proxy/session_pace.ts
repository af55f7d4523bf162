import { clearTimeout, setTimeout } from "node:timers";
import type { FrontendPlan } from "../config/plan.ts";
import { clock } from "../net/clock.ts";
import { report } from "../net/event_fault.ts";
import { flushOutbox } from "../net/outbox.ts";

/**
 * `rate-limit sessions` of one listener. The timer is the runtime's own: while a listener rests,
 * nothing else may keep the process alive.
 */
export class SessionPace {
  #timer: NodeJS.Timeout | undefined;

  /** @param resume another session need not wait any longer */
  constructor(private readonly resume: () => void) {}

  /** Whether another session has to wait for its time; `resume` is called when it has come. */
  isTooFast(frontend: FrontendPlan): boolean {
    const { sessionRateMax } = frontend;
    if (sessionRateMax === undefined) return false;
    const waitMs = frontend.state.sessionDelayMs(sessionRateMax);
    if (waitMs === 0) return false;
    this.#timer ??= setTimeout(() => this.#wake(), waitMs);
    return true;
  }

  /** Calls nobody any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wake(): void {
    this.#timer = undefined;
    clock.tick();
    try {
      this.resume();
    } catch (error) {
      report(error);
    }
    flushOutbox();
  }
}
