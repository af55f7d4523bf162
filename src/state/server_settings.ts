import type { ServerPlan } from "../config/plan.ts";

/** What of a server's line State has to know; runtime commands may change some of it. */
export type ServerSettings = Pick<
  ServerPlan,
  | "address"
  | "weight"
  | "backup"
  | "disabled"
  | "maxconn"
  | "minconn"
  | "maxqueue"
  | "check"
  | "rise"
  | "fall"
  | "slowstartMs"
>;

/** A server of which nothing was said yet. */
export const unconfigured: ServerSettings = {
  address: { kind: "unix", path: "" },
  weight: 1,
  backup: false,
  disabled: false,
  maxconn: 0,
  minconn: 0,
  maxqueue: 0,
  check: false,
  rise: 2,
  fall: 3,
  slowstartMs: 0,
};

/** Both say the same place. */
export function sameAddress(a: ServerSettings, b: ServerSettings): boolean {
  if (a.address.kind === "tcp" && b.address.kind === "tcp") {
    return a.address.host === b.address.host && a.address.port === b.address.port;
  }
  return a.address.kind === "unix" && b.address.kind === "unix" &&
    a.address.path === b.address.path;
}
