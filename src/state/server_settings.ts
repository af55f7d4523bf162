import type { ServerPlan } from "../config/server_plan.ts";

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
export function sameAddress(
  { address: a }: ServerSettings,
  { address: b }: ServerSettings,
): boolean {
  switch (a.kind) {
    case "tcp":
      return b.kind === "tcp" && a.host === b.host && a.port === b.port;
    case "unix":
      return b.kind === "unix" && a.path === b.path;
    case "abstract":
      return b.kind === "abstract" && a.name === b.name && a.form === b.form;
    default:
      return a satisfies never;
  }
}

/** Those of a whole {@link ServerPlan} alone. */
export function settingsOf(plan: ServerSettings): ServerSettings {
  const { address, weight, backup, disabled, maxconn, minconn, maxqueue } = plan;
  const { check, rise, fall, slowstartMs } = plan;
  return {
    address,
    weight,
    backup,
    disabled,
    maxconn,
    minconn,
    maxqueue,
    check,
    rise,
    fall,
    slowstartMs,
  };
}
