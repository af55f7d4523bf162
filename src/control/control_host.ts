import type { ControlSocketPlan } from "../config/control_plan.ts";
import type { Gateway } from "../proxy/gateway.ts";

/** What runtime commands work on. */
export interface ControlHost {
  readonly gateway: Gateway;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** As `show version` gives it. */
  readonly version: string;
  /** Sockets that commands come in by. */
  readonly sockets: readonly ControlSocketPlan[];
}
