import type { BackendPlan } from "../config/backend_plan.ts";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { Fields } from "../http/fields.ts";
import { ResponseHead } from "../http/response_head.ts";
import { reasonPhrase } from "../rules/reason.ts";
import type { Reply } from "../rules/transaction.ts";
import type { FieldList, LeavingReply, LeavingRequest } from "./decision.ts";
import type { OfflineTransaction } from "./offline_transaction.ts";

/** The fields that are there, in order. */
export function fieldList(fields: Fields): [name: string, value: string][] {
  const list: [string, string][] = [];
  for (let i = fields.next(-1); i >= 0; i = fields.next(i)) {
    list.push([fields.name(i), fields.value(i)]);
  }
  return list;
}

/** The head of an answer of the gateway's own, before the after-response rules. */
export function replyHead(reply: Reply): ResponseHead {
  const head = new ResponseHead();
  head.status = reply.status;
  head.reason = reply.reason || reasonPhrase(reply.status);
  // HAProxy writes the length in front of the other fields.
  const sized = reply.headers.some(([name]) => name.toLowerCase() === "content-length");
  if (!sized && reply.status !== 204 && reply.status !== 304) {
    head.add("Content-Length", String(reply.body.length));
  }
  for (const [name, value] of reply.headers) head.add(name, value);
  return head;
}

/** The answer as the client gets it, but for what concerns its connection; HEAD gets no body. */
export function leavingReply(tx: OfflineTransaction, reply: Reply): LeavingReply {
  tx.response!.removeAll("connection");
  const { status, reason } = tx.response!;
  const body = tx.received?.method === "HEAD" ? "" : reply.body;
  return { status, reason, headers: fieldList(tx.response!), body };
}

/** The request's head as it goes to a server. */
export function leavingRequest(tx: OfflineTransaction, backend: BackendPlan): LeavingRequest {
  const { method, target, version } = tx.request!;
  const headers = [...fieldList(tx.request!), ...connectionField(tx, backend)];
  return { method, target, version, headers };
}

function connectionField(
  { frontendPlan, request }: OfflineTransaction,
  backend: BackendPlan,
): FieldList {
  const proxies: readonly (FrontendPlan | BackendPlan)[] = [backend, frontendPlan];
  if (proxies.some(({ connectionMode }) => connectionMode !== "keep-alive")) {
    return request!.version === "1.0" ? [] : [["Connection", "close"]];
  }
  return request!.version === "1.0" ? [["Connection", "keep-alive"]] : [];
}
