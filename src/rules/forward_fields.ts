import type { BackendPlan } from "../config/backend_plan.ts";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { ForwardFor } from "../config/plan.ts";
import type { RequestHead } from "../http/request_head.ts";
import type { Address } from "../lang/address.ts";
import type { ClientFacts } from "../lang/context.ts";

/** A request on its way from a frontend to a backend. */
export interface Routed {
  readonly request: RequestHead | undefined;
  readonly client: ClientFacts;
  readonly frontendPlan: FrontendPlan;
  readonly backendPlan: BackendPlan | undefined;
}

/** `option forwardfor` and `option originalto`, the backend's header name before the frontend's. */
export function addForwardFields(x: Routed): void {
  const front = x.frontendPlan.forwardFor;
  const back = x.backendPlan?.forwardFor;
  if (front || back) addAddress(x.request!, front, back, x.client.src);
  const frontTo = x.frontendPlan.originalTo;
  const backTo = x.backendPlan?.originalTo;
  if (frontTo || backTo) addAddress(x.request!, frontTo, backTo, x.client.dst);
}

function addAddress(
  request: RequestHead,
  front: ForwardFor | undefined,
  back: ForwardFor | undefined,
  address: Address | undefined,
): void {
  if (!address) return;
  const option = back ?? front!;
  // `if-none` counts only when both sides that ask agree, as in HAProxy.
  const ifNone = (!front || front.ifNone) && (!back || back.ifNone);
  if (ifNone && request.has(option.header.toLowerCase())) return;
  if ((front && isExcepted(front, address)) || (back && isExcepted(back, address))) return;
  request.add(option.header, address.toString());
}

function isExcepted(option: ForwardFor, address: Address): boolean {
  const { except } = option;
  if (!except || except.address.family !== address.family) return false;
  const { address: net, mask } = except;
  return ((net.d ^ address.d) & mask.d) === 0 && ((net.c ^ address.c) & mask.c) === 0 &&
    ((net.b ^ address.b) & mask.b) === 0 && ((net.a ^ address.a) & mask.a) === 0;
}
