import type { ProxyPlan } from "../../config/plan.ts";
import { clock } from "../../net/clock.ts";
import type { Exchange } from "./exchange.ts";
import { runRules } from "./run_rules.ts";

/**
 * `tcp-request content` rules of a proxy that serves HTTP: they are asked about each request, of
 * whose body more may come until `inspect-delay` is over.
 */
export function requestContentRules(
  x: Exchange,
  { tcpRequestContent, inspectDelayMs }: ProxyPlan,
  then: (x: Exchange) => void,
): void {
  if (tcpRequestContent.rules.length > 0) {
    x.inspectUntil = clock.now + (inspectDelayMs ?? 0);
    if (inspectDelayMs !== undefined) x.final = false;
  }
  runRules(x, tcpRequestContent, then);
}
