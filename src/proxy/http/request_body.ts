import type { Wait } from "../../rules/transaction.ts";
import { clock } from "../../net/clock.ts";
import type { Outbox } from "../../net/outbox.ts";
import { endBody, writeBody } from "./body_writer.ts";
import { deliver, isOnItsWay } from "./early_answer.ts";
import type { Exchange } from "./exchange.ts";
import { abortExchange, finish } from "./finish.ts";
import { HeldBody, heldBodyBytesMax } from "./held_body.ts";
import { sendReply } from "./reply_phase.ts";
import { bodyArrived } from "./run_rules.ts";
import type { ServerHttp1 } from "./server_http1.ts";
import { armServerTimer, serverTimedOut } from "./server_phase.ts";
import type { SlowBodies } from "./slow_bodies.ts";

/** A piece of the request's body arrived: straight to the server, or held until there is one. */
export function onRequestBytes(x: Exchange, bytes: Uint8Array, from: number, to: number): void {
  x.bytesFromClient += to - from;
  if (x.over) return;
  if (x.forwarding && x.link) {
    if (x.slow) passSlowly(x, x.slow, bytes.subarray(from, to));
    else passRequestBytes(x, bytes, from, to);
  } else {
    (x.held ??= new HeldBody()).add(bytes, from, to);
    if (x.held.size >= heldBodyBytesMax) x.client.pause();
    bodyArrived(x);
    x.handlers?.feed();
  }
  armClientTimer(x);
}

/** A piece of the request's body goes to the server. */
export function passRequestBytes(x: Exchange, bytes: Uint8Array, from: number, to: number): void {
  if (!x.link) return;
  writeBody(x.link.out, x.requestCoding, bytes, from, to);
  armServerTimer(x);
}

function passSlowly(x: Exchange, { upload }: SlowBodies, bytes: Uint8Array): void {
  upload.take(bytes);
  if (upload.waits) x.client.pause();
}

/** What is held of the body goes to a server, from its beginning, in its time. */
export function sendHeldSlowly(x: Exchange, { upload }: SlowBodies): void {
  upload.stop();
  if (x.held) upload.take(x.repeatable ? x.held.whole() : x.held.take());
}

/** The server has all of the body that came so far. */
export function uploadCaughtUp(x: Exchange): void {
  if (x.over || !x.forwarding || !x.link) return;
  if (x.requestEnded) finishRequest(x, x.link);
  else if (x.link.out.pending === 0) x.client.resume();
  armClientTimer(x);
}

/** All of the request is on its way. */
export function finishRequest(x: Exchange, link: ServerHttp1): void {
  if (!x.slow?.upload.waits) {
    endRequest(x, link.out);
    x.requestSent = true;
  }
  armServerTimer(x);
  if (x.answered) deliver(x, link);
}

/** The request's body has ended. */
export function onRequestEnd(x: Exchange, trailers: string): void {
  x.requestEnded = true;
  x.requestTrailers = trailers;
  if (x.forwarding && x.link) finishRequest(x, x.link);
  else if (!x.over) {
    bodyArrived(x);
    x.handlers?.feed();
  }
  armClientTimer(x);
}

/** Ends the body that goes to the server, with its trailers unless they are to be dropped. */
function endRequest(x: Exchange, out: Outbox): void {
  endBody(out, x.requestCoding, x.backendPlan!.dropsRequestTrailers ? "" : x.requestTrailers);
}

/**
 * The client's timer runs while it has answers to read, or owes body bytes that something waits for:
 * once they go straight on to a server, it is that one's time that counts, as in HAProxy.
 */
export function armClientTimer(x: Exchange): void {
  const { client } = x;
  if (client.exchange !== x || client.state !== "busy") return;
  const owes = (!x.requestEnded && isWaitedFor(x)) || client.out.pending > 0;
  client.expect(owes ? x.clientTimeoutMs : undefined);
}

/** Nothing but the client keeps it from going on. */
function isWaitedFor(x: Exchange): boolean {
  return !x.forwarding || (x.answered && !isOnItsWay(x) && x.link?.out.pending === 0);
}

/** The client reads on: the server may send on, too. */
export function clientDrained(x: Exchange): void {
  if (!x.slow?.download.waits) x.link?.resume();
  armServerTimer(x);
  x.onClientDrain?.();
  armClientTimer(x);
}

function isTarpitted(x: Exchange): x is Exchange & { wait: Wait & { kind: "tarpit" } } {
  return x.wait?.kind === "tarpit" && x.resume !== undefined;
}

function waitsForOther({ wait, resume }: Exchange): boolean {
  const kind = resume && wait?.kind;
  return kind === "name" || kind === "pause" || kind === "more-data";
}

/** Phase letter of the log for an end that comes now (manual §8.5). */
export function phaseLetter(x: Exchange): string {
  if (x.responseStarted) return "D";
  if (isTarpitted(x)) return "T";
  if (!x.requestEnded && x.forwarding) return "D";
  if (x.forwarding) return "H";
  if (x.link) return "C";
  if (x.turnAround) return "C";
  if (x.queuedAt >= 0) return "Q";
  return "R";
}

/** How the client left before its answer was complete. */
export type ClientLoss = "half-closed" | "closed" | "timed out" | "broke its body";

export function clientAborted(x: Exchange, how: ClientLoss): void {
  if (x.over) return;
  // Nobody waits in a tarpit for a client that has gone, and the log does not tell either.
  if (isTarpitted(x)) return sendReply(x, x.wait.reply, "close");
  const flags = (how === "broke its body" ? "P" : "C") + phaseLetter(x);
  if (how === "half-closed") {
    if (x.answered && !x.requestEnded && !isOnItsWay(x)) {
      x.terminate(flags);
      return abortExchange(x);
    }
    // The answer may still be read; one that has not begun is not worth a server's work.
    if (x.responseStarted || !abortsOnClose(x)) return;
    x.terminate(flags);
    x.handlers?.leave();
    // As HAProxy, wordlessly while no server has the request.
    return waitsForServer(x) ? abortExchange(x) : sendReply(x, x.errorPage(400), "close");
  }
  x.terminate(flags);
  if (how === "broke its body" && !x.responseStarted && !x.forwarding) {
    x.handlers?.leave();
    return sendReply(x, x.errorPage(400), "close");
  }
  abortExchange(x);
}

function waitsForServer(x: Exchange): boolean {
  return x.queuedAt >= 0 && !x.forwarding;
}

/** The process ends: so does what it serves, with the server's connection. */
export function killExchange(x: Exchange): void {
  if (x.over) return;
  x.terminate("K" + phaseLetter(x));
  if (x.tunnel) x.tunnel.end("stopped");
  else abortExchange(x);
}

function abortsOnClose(x: Exchange): boolean {
  return !x.requestEnded || (x.backendPlan ?? x.frontendPlan).abortOnClose;
}

/** The client owed something for too long: a body, or the reading of its answer. */
export function requestTimedOut(x: Exchange): void {
  if (x.over) return finish(x);
  // When both sides' time is over in the same moment, the server's silence is what is answered.
  if (x.link && x.forwarding && x.client.state !== "tunnel" && x.link.deadline <= clock.now) {
    return serverTimedOut(x, x.link);
  }
  if (isTarpitted(x)) return sendReply(x, x.wait.reply, "close");
  x.terminate("c" + (x.responseStarted ? phaseLetter(x) : "R"));
  // Rules that wait for a body answer that it did not come; those that wait for something else do not.
  if (x.responseStarted || waitsForOther(x)) return abortExchange(x);
  x.handlers?.leave();
  sendReply(x, x.errorPage(408), "close");
}
