import type { Fields } from "../../http/fields.ts";
import type { RequestHead } from "../../http/request_head.ts";
import type { ResponseHead } from "../../http/response_head.ts";
import type { Context } from "../context.ts";
import type { Phase } from "../spec.ts";

/** Which message an expression reads; undefined while its head is not there. */
export type Side = (cx: Context) => Fields | undefined;

/**
 * The request's head; notes that it may still come when it is not there. To the rules of an answer
 * it is gone: HAProxy reads only the message that passes.
 */
export function requestOf(cx: Context): RequestHead | undefined {
  return cx.response === undefined ? rememberedRequestOf(cx) : undefined;
}

/** As {@link requestOf}, for what is remembered of the request until the transaction ends. */
export function rememberedRequestOf(cx: Context): RequestHead | undefined {
  const head = cx.request;
  if (head === undefined && cx.neverHttp !== true) cx.mayChange = true;
  return head;
}

/** The response's head; notes that it may still come when it is not there. */
export function responseOf(cx: Context): ResponseHead | undefined {
  const head = cx.response;
  if (head === undefined) cx.mayChange = true;
  return head;
}

const responsePhases: ReadonlySet<Phase> = new Set([
  "be_tcp_res_cont",
  "be_http_res_hdr",
  "be_http_res_body",
  "be_stick_store",
  "fe_tcp_res_cont",
  "fe_http_res_hdr",
  "fe_http_res_body",
  "be_check",
]);

/** The message that passes where the expression stands. */
export function sideAt(phase: Phase): Side {
  return responsePhases.has(phase) ? responseOf : requestOf;
}
