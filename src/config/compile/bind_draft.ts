import type { ControlLevel } from "../control_plan.ts";
import { type BindPlan, type BindSocket, plainSocket } from "../bind_plan.ts";

/** A socket whose number and backlog are settled when the whole section is read. */
export type BindDraft = Omit<BindPlan, "id" | "backlog"> & {
  readonly id: number | undefined;
  readonly backlog: number | undefined;
};

/** What the options of a `bind` line set, for each of its addresses. */
export interface BindOptions {
  name: string | undefined;
  id: number | undefined;
  maxconn: number;
  backlog: number | undefined;
  v6only: boolean;
  acceptProxy: boolean;
  mode: number | undefined;
  uid: number | undefined;
  gid: number | undefined;
  /** These two mean something on a `stats socket` only. */
  level: ControlLevel;
  exposesListeners: boolean;
  readonly socket: { -readonly [K in keyof BindSocket]: BindSocket[K] };
}

export function bindDefaults(): BindOptions {
  return {
    name: undefined,
    id: undefined,
    maxconn: 0,
    backlog: undefined,
    v6only: false,
    acceptProxy: false,
    mode: undefined,
    uid: undefined,
    gid: undefined,
    level: "operator",
    exposesListeners: false,
    socket: { ...plainSocket },
  };
}
