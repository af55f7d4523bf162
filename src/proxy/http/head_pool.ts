import { RequestHead } from "../../http/request_head.ts";
import { ResponseHead } from "../../http/response_head.ts";

/** Heads kept for the next message; more are left to the collector. */
const keptMax = 1024;
const requests: RequestHead[] = [];
const responses: ResponseHead[] = [];

/** An empty request head. A connection holds one only while it reads or serves a request. */
export function takeRequestHead(): RequestHead {
  return requests.pop() ?? new RequestHead();
}

export function takeResponseHead(): ResponseHead {
  return responses.pop() ?? new ResponseHead();
}

/** Gives a head back; nobody may use it afterwards. */
export function giveRequestHead(head: RequestHead): void {
  head.clear();
  if (requests.length < keptMax) requests.push(head);
}

export function giveResponseHead(head: ResponseHead): void {
  head.clear();
  if (responses.length < keptMax) responses.push(head);
}
