import { clearTimeout, setTimeout } from "node:timers";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { GlobalPlan } from "../config/plan.ts";
import { clock } from "../net/clock.ts";
import { report } from "../net/event_fault.ts";
import { flushOutbox } from "../net/outbox.ts";
import { processDelayMs } from "./process_rates.ts";

/**
 * `rate-limit sessions`, `maxconnrate` and `maxsessrate` as one listener keeps to them. The timer is the runtime's own: while a listener rests,
 * nothing else may keep the process alive.
 */
export class SessionPace {
  #timer: NodeJS.Timeout | undefined;

  /** @param resume another session need not wait any longer */
  constructor(private readonly resume: () => void) {}

  /** Whether another session has to wait for its time; `resume` is called when it has come. */
  isTooFast({ sessionRateMax, state }: FrontendPlan, global: GlobalPlan): boolean {
    const waitMs = Math.max(
      sessionRateMax === undefined ? 0 : state.sessionDelayMs(sessionRateMax),
      processDelayMs(global, state.clock),
    );
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
