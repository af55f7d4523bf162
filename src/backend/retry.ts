import type { BackendPlan, BalanceAlgorithm } from "../config/backend_plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";

/** Longest pause before the same server is tried again (HAProxy's turn-around). */
const turnAroundMs = 1000;

/** What to do after a connection to a server has failed. */
export type NextAttempt =
  /** Retries are used up. */
  | { readonly kind: "give-up" }
  /** Wait so long, then `retryServer`. */
  | { readonly kind: "same-server"; readonly delayMs: number }
  /** `releaseServer`, then `selectServer` with the failed one as `previous`, after the pause. */
  | { readonly kind: "another-server"; readonly delayMs: number };

/** Algorithms that care for no server in particular: another one may be tried without a pause. */
const takingTurns: ReadonlySet<BalanceAlgorithm["kind"]> = new Set([
  "roundrobin",
  "static-rr",
  "random",
]);

const giveUp: NextAttempt = { kind: "give-up" };
const elsewhereAtOnce: NextAttempt = { kind: "another-server", delayMs: 0 };

/**
 * Says how a failed attempt goes on, as HAProxy's `retries` and `option redispatch`.
 *
 * @param retried retries done so far, 0 after the first attempt
 * @param direct the server was named by a `use-server` rule
 */
export function nextAttempt(
  backend: BackendPlan,
  server: ServerPlan,
  retried: number,
  direct: boolean,
): NextAttempt {
  if (retried >= backend.retries) return giveUp;
  const turns = takingTurns.has(backend.balance.kind);
  const several = backend.state.active > 1;
  if (mayRedispatch(backend, server, retried + 1, !direct && turns && several)) {
    return turns && several ? elsewhereAtOnce : { kind: "another-server", delayMs: pause(backend) };
  }
  return { kind: "same-server", delayMs: pause(backend) };
}

function mayRedispatch(
  backend: BackendPlan,
  server: ServerPlan,
  retry: number,
  freely: boolean,
): boolean {
  const interval = backend.redispatch;
  if (interval === undefined) return false;
  const { operational } = server.state;
  if (freely || operational === "stopped" || operational === "stopping") return true;
  if (interval > 0) return retry % interval === 0;
  const last = backend.retries + 1 + interval;
  return interval < 0 && last > 0 && retry % last === 0;
}

function pause(backend: BackendPlan): number {
  const { connectMs } = backend.timeouts;
  return Math.min(turnAroundMs, connectMs ?? turnAroundMs);
}
