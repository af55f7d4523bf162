import type { ResponseHead } from "../../http/response_head.ts";
import { reasonPhrase } from "../../rules/reason.ts";
import type { Reply } from "../../rules/transaction.ts";
import { countDenied } from "../counting.ts";
import type { Exchange } from "./exchange.ts";
import { abortExchange, finish } from "./finish.ts";
import { takeResponseHead } from "./head_pool.ts";
import { never } from "../stream.ts";

/** Whether the client's connection may outlive an answer of our own. */
export type Afterwards = "keep" | "close";

/**
 * Answers in the server's place: error pages, redirects, `return`. Whatever a server was asked is
 * forgotten; `http-after-response` rules still run over the answer.
 */
export function sendReply(x: Exchange, reply: Reply, afterwards: Afterwards = "keep"): void {
  if (x.over || x.responseStarted) return abortExchange(x);
  x.responseReusesLink = false;
  x.releaseLink();
  if (afterwards === "close" || reply.close) x.closeClient = true;
  if (x.sink?.taking) return x.sink.fail(reply);
  if (reply.raw === "") return closeWordless(x, reply.status);
  const head = headOf(reply);
  x.beginAnswer(head);
  x.status = reply.status;
  if (x.sink) return x.sink.reply(x, reply.body);
  runAfterResponse(x);
  if (x.over) return;
  x.status = head.status;
  if (x.client.leaves) x.closeClient = true;
  settleConnection(x, head);
  const text = "HTTP/1.1 " + head.status + " " + head.reason + "\r\n" + head.render() +
    "\r\n" + (x.receivedMethod === "HEAD" ? "" : reply.body);
  x.responseStarted = x.responseEnded = true;
  x.bytesToClient += text.length;
  x.client.out.text(text);
  finish(x);
}

/** Pages are written as if they closed; HAProxy leaves their field in its place where that is so. */
function settleConnection(x: Exchange, head: ResponseHead): void {
  const written = head.find("connection");
  if (x.closeClient && written >= 0) return head.replace(written, "close");
  head.removeAll("connection");
  if (x.closeClient) head.add("Connection", "close");
  else if (x.request?.version === "1.0") head.add("Connection", "keep-alive");
}

/** An empty `errorfile` (`/dev/null`) asks for a close without a word; the log has its status. */
function closeWordless(x: Exchange, status: number): void {
  x.status = status;
  abortExchange(x);
}

/** An answer of ours passes the same after-response rules as a server's. */
export function runAfterResponse(x: Exchange): void {
  const front = x.frontendPlan.httpAfterResponse;
  const back = x.backendPlan?.httpAfterResponse ?? front;
  // A `listen` section is one proxy: its rules are both.
  for (const rules of back === front ? [front] : [back, front]) {
    if (rules.rules.length === 0) continue;
    const outcome = rules.run(x, x.cursor);
    // A failing rewrite must not loop through another error page: the answer goes out as it is.
    if (outcome === "abort" || outcome === "drop") return abortExchange(x);
  }
}

function headOf(reply: Reply): ResponseHead {
  const head = takeResponseHead();
  head.status = reply.status;
  head.reason = reply.reason || reasonPhrase(reply.status);
  // HAProxy writes the length in front of the other fields.
  const sized = reply.headers.some(([name]) => name.toLowerCase() === "content-length");
  if (!sized && reply.status !== 204 && reply.status !== 304) {
    head.add("Content-Length", String(reply.body.length));
  }
  for (const [name, value] of reply.headers) {
    head.add(name, value);
  }
  return head;
}

/** `reject`: the connection closes without an answer. */
export function rejectClient(x: Exchange): void {
  rejected(x);
  abortExchange(x);
}

/** `silent-drop`: as {@link rejectClient}, and the client is not told either. */
export function dropClient(x: Exchange): void {
  rejected(x);
  x.quiet = true;
  abortExchange(x);
}

/** For HAProxy's log, a request that is refused without an answer never came to its end. */
function rejected(x: Exchange): void {
  x.terminate("PR");
  countDenied(x);
  if (!x.response) x.requestAt = never;
}

/** A rewrite failed under strict mode. */
export function failRewrite(x: Exchange): void {
  x.terminate(x.response ? "PH" : "PR");
  sendReply(x, x.errorPage(500));
}
