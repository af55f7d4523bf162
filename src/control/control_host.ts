import type { ControlSocketPlan } from "../config/control_plan.ts";
import type { TakeoverReport } from "../takeover/takeover_report.ts";
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
  /** The takeover under way, or the last one; undefined before the first, and where there can be none. */
  readonly takeover: TakeoverReport | undefined;
}
