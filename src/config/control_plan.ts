import type { BindPlan } from "./bind_plan.ts";

/** What a client of a runtime command socket may do, each level what those before it may. */
export const controlLevels = ["user", "operator", "admin"] as const;

export type ControlLevel = (typeof controlLevels)[number];

/** Where runtime commands come in (`stats socket`, `stats timeout`, `stats maxconn`). */
export interface ControlPlan {
  readonly sockets: readonly ControlSocketPlan[];
  /** How long a client may be silent, ms. */
  readonly timeoutMs: number;
  /** Clients at once, over all sockets. */
  readonly maxconn: number;
}

export interface ControlSocketPlan {
  /** How it listens, as a `bind` does. */
  readonly bind: BindPlan;
  readonly level: ControlLevel;
  /** `expose-fd listeners`: `_getsocks` is answered. */
  readonly exposesListeners: boolean;
}
