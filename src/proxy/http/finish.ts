import { offerPlace } from "../../backend/queue.ts";
import { clock } from "../../net/clock.ts";
import { timers } from "../../net/timers.ts";
import { countEnd } from "../counting.ts";
import type { Exchange } from "./exchange.ts";
import { giveRequestHead, giveResponseHead } from "./head_pool.ts";
import { leaveServer, stopWaiting } from "../server_search.ts";

/** The exchange is over: its log line is written, its connections go on or end. */
export function finish(x: Exchange): void {
  if (x.over) return;
  end(x);
  const { client } = x;
  if (x.requestEnded) client.next(!x.closeClient);
  else if (x.closeClient || neverSent(x)) client.linger();
  else client.drainBody();
  giveHeads(x);
}

/**
 * A client that was refused instead of told to continue may never send its body: what comes next on
 * the connection could be either.
 */
export function neverSent(x: Exchange): boolean {
  return x.bytesFromClient === 0 && (x.request?.has("expect") ?? false);
}

/** Ends it without an answer, or in the middle of one: the client's connection closes. */
export function abortExchange(x: Exchange): void {
  if (x.over) return;
  x.closeClient = true;
  end(x);
  const { client, quiet } = x;
  if (quiet) client.drop(x.resetHops);
  else client.close();
  giveHeads(x);
}

function end(x: Exchange): void {
  x.over = true;
  x.endAt = clock.now;
  x.resume = undefined;
  if (x.waitTimer) timers.forget(x.waitTimer);
  x.slow?.stop();
  if (x.wait?.kind === "name") x.wait.lookup.abandon();
  stopWaiting(x);
  // The log line shows the others' connections of the server, not this one.
  const left = leaveServer(x);
  countEnd(x);
  x.client.listener.log(x);
  x.releaseLink();
  if (left) offerPlace(x.serverPlan!.state);
  x.handlers?.leave();
  x.onClientDrain?.();
}

function giveHeads(x: Exchange): void {
  if (x.request) giveRequestHead(x.request);
  if (x.response) giveResponseHead(x.response);
  x.request = x.response = undefined;
}
