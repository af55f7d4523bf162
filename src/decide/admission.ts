import { admitRequest } from "../http/admission.ts";
import type { HeadProblem } from "../http/head_reader.ts";
import type { RequestHead } from "../http/request_head.ts";
import type { OfflineTransaction } from "./offline_transaction.ts";

/**
 * Makes `head` the transaction's request, as it is when the first rule sees it: what belongs to
 * the client's connection alone is gone, authority and body are settled. Returns why the request
 * is refused, if it is.
 *
 * @param body latin1; undefined when it is not known
 */
export function admit(
  tx: OfflineTransaction,
  head: RequestHead,
  body: string | undefined,
): HeadProblem | undefined {
  const { method, target, version } = head;
  tx.request = head;
  tx.received = { method, target, version };
  const { framing: result } = admitRequest(head);
  if (result.kind === "invalid") return result.problem;
  const { framing } = result;
  const text = body ?? "";
  tx.requestBody = framing.kind === "none" ? { text: "", size: 0, complete: true } : {
    text,
    size: framing.kind === "length" ? framing.length : text.length,
    complete: body !== undefined,
  };
  return undefined;
}

/** The request is what `monitor-uri` names: it is answered before any rule. */
export function isMonitored(tx: OfflineTransaction): boolean {
  const head = tx.request!;
  const { monitorUri } = tx.frontendPlan;
  return monitorUri !== undefined && (head.pathq ?? head.target) === monitorUri;
}

/** What a frontend does to a request before its rules: captures and the unique id's header. */
export function prepare(tx: OfflineTransaction): void {
  const head = tx.request!;
  const { requestCaptures, uniqueIdHeader } = tx.frontendPlan;
  for (const [slot, { header, length }] of requestCaptures.entries()) {
    if (header === undefined) continue;
    for (let i = head.find(header); i >= 0; i = head.find(header, i)) {
      tx.requestCaptures[slot] = head.value(i).substring(0, length);
    }
  }
  const id = tx.uniqueId();
  if (uniqueIdHeader !== undefined && id !== undefined) head.set(uniqueIdHeader, id);
}
