import { readFileSync } from "node:fs";
import type { GlobalPlan } from "../config/plan.ts";

/** For what is open beside connections: listening sockets, logs, checks, the runtime's own. */
const reservedDescriptors = 40;
/** The client's connection, and the server's. */
const descriptorsEach = 2;

/** The soft limit of descriptors; 0 where the system does not tell. */
export function descriptorsMax(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "latin1");
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/**
 * Clients' connections at once: `maxconn`, or as many as there are descriptors for, as HAProxy
 * reckons; 0 where neither is known.
 */
export function connectionsMax({ maxconn, process }: GlobalPlan): number {
  if (maxconn > 0) return maxconn;
  const limit = process.descriptorsMax ?? descriptorsMax();
  return limit === 0 ? 0 : Math.max(1, Math.floor((limit - reservedDescriptors) / descriptorsEach));
}
