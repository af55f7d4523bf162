import { offerPlace } from "../backend/queue.ts";
import { nextAttempt } from "../backend/retry.ts";
import type { Exchange } from "./http/exchange.ts";
import type { ServerHttp1 } from "./http/server_http1.ts";
import { leaveServer, tryAgain } from "./server_search.ts";

/** May the request be sent again should its answer be a bad one (`retry-on`)? */
export function isRepeatable(x: Exchange): boolean {
  const { retryOn } = x.backendPlan!;
  const onAnswers = retryOn.size > 1 || !retryOn.has("conn-failure");
  return onAnswers && x.requestEnded && !x.l7RetryDisabled;
}

/**
 * Gives up on a server's answer, of which the client has seen nothing, and sends the request again.
 * False where `retry-on` does not name what happened, or `retries` are used up.
 *
 * @param event as `retry-on` has it: a status, `empty-response`, `junk-response`, `response-timeout`
 */
export function repeatRequest(x: Exchange, link: ServerHttp1, event: string): boolean {
  const plan = x.backendPlan!;
  if (!x.repeatable || x.response || !plan.retryOn.has(event)) return false;
  const next = nextAttempt(plan, link.server, x.connectAttempts, x.direct);
  if (next.kind === "give-up") return false;
  x.link = undefined;
  link.close();
  x.forwarding = x.requestSent = false;
  x.status = x.serverStatus = 0;
  x.responseAt = -1;
  if (leaveServer(x)) offerPlace(link.server.state);
  // Without the pause after a failed connection: this server was there.
  tryAgain(x, link.server, next, 0);
  return true;
}
