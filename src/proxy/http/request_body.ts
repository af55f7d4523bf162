import { clock } from "../../net/clock.ts";
import type { Outbox } from "../../net/outbox.ts";
import { endBody, writeBody } from "./body_writer.ts";
import type { Exchange } from "./exchange.ts";
import { abortExchange, finish } from "./finish.ts";
import { HeldBody, heldBodyBytesMax } from "./held_body.ts";
import { sendReply } from "./reply_phase.ts";
import { bodyArrived } from "./run_rules.ts";
import { armServerTimer, serverTimedOut } from "./server_phase.ts";

/** A piece of the request's body arrived: straight to the server, or held until there is one. */
export function onRequestBytes(x: Exchange, bytes: Uint8Array, from: number, to: number): void {
  x.bytesFromClient += to - from;
  if (x.over) return;
  if (x.forwarding && x.link) {
    writeBody(x.link.out, x.requestCoding, bytes, from, to);
    armServerTimer(x);
  } else {
    (x.held ??= new HeldBody()).add(bytes, from, to);
    if (x.held.size >= heldBodyBytesMax) x.client.pause();
    bodyArrived(x);
    x.handlers?.feed();
  }
  armClientTimer(x);
}

/** The request's body has ended. */
export function onRequestEnd(x: Exchange, trailers: string): void {
  x.requestEnded = true;
  x.requestTrailers = trailers;
  if (x.forwarding && x.link) {
    endRequest(x, x.link.out);
    x.requestSent = true;
    armServerTimer(x);
  } else if (!x.over) {
    bodyArrived(x);
    x.handlers?.feed();
  }
  armClientTimer(x);
}

/** Ends the body that goes to the server, with its trailers unless they are to be dropped. */
export function endRequest(x: Exchange, out: Outbox): void {
  endBody(out, x.requestCoding, x.backendPlan!.dropsRequestTrailers ? "" : x.requestTrailers);
}

/** The client's timer runs while it owes us body bytes or has answers to read. */
export function armClientTimer(x: Exchange): void {
  const { client } = x;
  if (client.exchange !== x || client.state !== "busy") return;
  const owes = !x.requestEnded || client.out.pending > 0;
  client.expect(owes ? x.clientTimeoutMs : undefined);
}

/** The client reads on: the server may send on, too. */
export function clientDrained(x: Exchange): void {
  x.link?.resume();
  armServerTimer(x);
  x.onClientDrain?.();
  armClientTimer(x);
}

/** Phase letter of the log for an end that comes now (manual §8.5). */
export function phaseLetter(x: Exchange): string {
  if (x.responseStarted) return "D";
  if (x.wait?.kind === "tarpit" && x.resume) return "T";
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
  if (x.wait?.kind === "tarpit" && x.resume) return sendReply(x, x.wait.reply, "close");
  const flags = (how === "broke its body" ? "P" : "C") + phaseLetter(x);
  if (how === "half-closed") {
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

/** As the manual has it, a body that does not go on is H; one that breaks off is D. */
function phaseOfSilence(x: Exchange): string {
  if (x.requestEnded || x.responseStarted) return phaseLetter(x);
  return x.forwarding ? "H" : "R";
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
  x.terminate("c" + phaseOfSilence(x));
  if (x.responseStarted) return abortExchange(x);
  x.handlers?.leave();
  sendReply(x, x.errorPage(408), "close");
}
