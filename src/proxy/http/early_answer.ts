import { countServerError } from "../counting.ts";
import type { Exchange } from "./exchange.ts";
import { finish, neverSent } from "./finish.ts";
import { armClientTimer } from "./request_body.ts";
import { armServerTimer } from "./server_phase.ts";
import type { ServerHttp1 } from "./server_http1.ts";

/**
 * A server that answers before it has all of the request may want the rest of it yet: as in HAProxy the
 * exchange goes on until it has, or leaves.
 */

/** No server is sent any more of the request. */
function isDelivered({ link, forwarding, requestSent }: Exchange): boolean {
  return !link || !forwarding || (requestSent && link.out.pending === 0);
}

/** All of the server's answer is here, and the client does not have all of it yet. */
export function answerIsIn(x: Exchange): void {
  if (isDelivered(x)) x.releaseLink();
  else x.answered = true;
}

/** The client is yet to get some of it: handlers are at work, or a limit holds it back. */
export function isOnItsWay({ handlers, slow }: Exchange): boolean {
  return handlers !== undefined || (slow?.download.waits ?? false);
}

/** The client was given its whole answer. */
export function answerIsOut(x: Exchange): void {
  if (isDelivered(x) || neverSent(x)) return finish(x);
  x.answered = true;
  armClientTimer(x);
  armServerTimer(x);
}

/** The server that has answered takes more of the request. */
export function deliver(x: Exchange, link: ServerHttp1): void {
  link.out.flush();
  if (!isDelivered(x)) return;
  if (isOnItsWay(x)) x.releaseLink();
  else finish(x);
}

/** The server that has answered does not take the rest of the request. */
export function leftUnread(x: Exchange, link: ServerHttp1, how: "closed" | "timed out"): void {
  x.terminate(how === "closed" ? "SD" : "sD");
  countServerError(x, how === "closed" ? "cut" : "timeout");
  link.close();
  x.link = undefined;
  // HAProxy closes the client's connection in both cases; one whose server has closed may go on here.
  if (how === "timed out") x.closeClient = true;
  // What the client sends yet must not reset what it has to read.
  if (!isOnItsWay(x)) finish(x);
}
