import type { BindPlan } from "../plan.ts";

/** A socket whose number is given when all those that name one are known. */
export type BindDraft = Omit<BindPlan, "id"> & { readonly id: number | undefined };

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
  };
}
