import type { GlobalPlan } from "../config/plan.ts";
import type { StateClock } from "../state/state_clock.ts";
import { Rate } from "../state/rate.ts";

/** What the whole process took in over the last second, whichever frontend it was for. */
export const processRates = {
  connections: new Rate(new Float64Array(Rate.slots)),
  sessions: new Rate(new Float64Array(Rate.slots)),
};

/** Milliseconds until `maxconnrate` and `maxsessrate` allow another; 0 when they do now. */
export function processDelayMs(
  { connectionRateMax, sessionRateMax }: GlobalPlan,
  clock: StateClock,
): number {
  if (connectionRateMax === 0 && sessionRateMax === 0) return 0;
  const { connections, sessions } = processRates;
  const now = clock.now();
  return Math.max(
    connectionRateMax === 0 ? 0 : connections.delayMs(now, connectionRateMax),
    sessionRateMax === 0 ? 0 : sessions.delayMs(now, sessionRateMax),
  );
}
