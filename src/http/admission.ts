import { settleAuthority } from "./authority.ts";
import {
  type ConnectionWish,
  noWish,
  settleTe,
  settleUpgrade,
  takeConnectionTokens,
} from "./connection_fields.ts";
import { type FramingResult, requestFraming } from "./framing.ts";
import type { RequestHead } from "./request_head.ts";
import { lacksWebSocketKey } from "./web_socket.ts";

/** What a request that may be served asks of its connection, and how its body ends. */
export interface Admission {
  readonly wish: ConnectionWish;
  readonly framing: FramingResult;
}

/**
 * Settles all of a request's head that two readers could take differently: authority, connection
 * fields, framing. What can't be settled is `framing.problem`.
 */
export function admitRequest(head: RequestHead): Admission {
  const problem = settleAuthority(head);
  if (problem) return refused(problem);
  const wish = settleUpgrade(head, takeConnectionTokens(head));
  settleTe(head);
  if (lacksWebSocketKey(head, wish)) {
    return refused({ status: 400, reason: "WebSocket without a key", at: 0 });
  }
  return { wish, framing: requestFraming(head) };
}

function refused(problem: (FramingResult & { kind: "invalid" })["problem"]): Admission {
  return { wish: noWish, framing: { kind: "invalid", problem } };
}
