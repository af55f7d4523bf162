import { clock } from "../../net/clock.ts";
import { report } from "../../net/event_fault.ts";
import { flushOutbox } from "../../net/outbox.ts";
import { Timer, timers } from "../../net/timers.ts";
import type { Reply } from "../../rules/transaction.ts";
import type { Exchange } from "../http/exchange.ts";
import { abortExchange } from "../http/finish.ts";
import { ProxiedAnswer } from "./proxied_answer.ts";
import { sendReply } from "../http/reply_phase.ts";
import { stopWaiting } from "../server_search.ts";
import { RequestStream } from "./user_request.ts";

/** What a handler of the user's finds in `c.env` (a plain `fetch`: in its second argument). */
export interface UserEnv {
  /** The client's address as rules see it (`src`), "" on a unix socket. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly frontend: string;
  /** Sends the request on as if no handler had matched; once, and not after its body was read. */
  proxy(): Promise<Response>;
}

/** One exchange in the hands of the user's handlers. */
export class HandlerRun implements UserEnv {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly frontend: string;
  readonly body: RequestStream | undefined;
  proxied: ProxiedAnswer | undefined;
  readonly #leave = new AbortController();
  readonly #timer: Timer;

  constructor(private readonly x: Exchange, private readonly route: (x: Exchange) => void) {
    this.remoteAddress = x.client.src?.toString() ?? "";
    this.remotePort = x.client.srcPort;
    this.frontend = x.frontendPlan.name;
    if (x.requestFraming.kind !== "none") this.body = new RequestStream(x);
    this.#timer = new Timer(() => this.#timedOut());
    this.owed();
  }

  /** Aborts when nobody waits for the answer any more. */
  get signal(): AbortSignal {
    return this.#leave.signal;
  }

  // Without `this`: handlers may take it out of its object.
  readonly proxy = (): Promise<Response> => {
    const { x } = this;
    if (x.over) return Promise.reject(new TypeError("The exchange is over"));
    if (this.proxied) return Promise.reject(new TypeError("The request was already sent on"));
    if (this.body?.taken) {
      return Promise.reject(new TypeError("The request can't be sent on: its body was read"));
    }
    clock.tick();
    this.proxied = new ProxiedAnswer(x);
    timers.clear(this.#timer);
    const answer = this.proxied.ask(this.route);
    flushOutbox();
    return answer.finally(() => this.owed());
  };

  /**
   * It is the handlers' turn: as a server, they have `timeout server` for each piece of their
   * answer. While they wait for the client or for a real server, those have times of their own.
   */
  owed(): void {
    const { x } = this;
    const server = x.link !== undefined && !x.answered && !x.link.paused &&
      x.responseFraming.kind !== "tunnel";
    const waits = server || this.body?.waiting || clientWaits(x);
    const plan = x.backendPlan ?? x.frontendPlan.defaultBackend;
    const ms = x.timeoutsMs.server ?? plan?.timeouts.serverMs ?? x.frontendPlan.timeouts.clientMs;
    if (x.over || waits) timers.clear(this.#timer);
    else timers.set(this.#timer, ms);
  }

  /** The handlers are done; nobody is told of anything any more. */
  done(): void {
    const { x } = this;
    timers.forget(this.#timer);
    x.handlers = undefined;
    x.sink = undefined;
    this.body?.break();
  }

  /** More of the request's body has arrived, or its end. */
  feed(): void {
    this.body?.feed();
    this.owed();
  }

  /** The handlers answer without waiting for what they asked a server for. */
  abandonProxied(): void {
    const { x } = this;
    x.resume = undefined;
    if (x.waitTimer) timers.forget(x.waitTimer);
    stopWaiting(x);
    x.abandonAnswer();
    this.#dropSink();
  }

  /** The gateway answers by itself, or the exchange is over: the handlers are not listened to. */
  leave(): void {
    timers.forget(this.#timer);
    this.#dropSink();
    this.body?.break();
    this.#leave.abort();
  }

  /** The page that stands for an exception of theirs. */
  failure(error: unknown): Reply {
    const { x } = this;
    const broken = this.proxied?.failure;
    if (broken) return broken;
    if (!x.over) {
      report(error, `error in a module of frontend ${this.frontend}`);
      x.terminate(x.responseStarted ? "ID" : "IR");
    }
    return x.errorPage(500);
  }

  #dropSink(): void {
    this.x.sink?.abort();
    this.x.sink = undefined;
  }

  #timedOut(): void {
    const { x } = this;
    if (x.over) return;
    clock.tick();
    x.terminate(x.responseStarted ? "sD" : "sH");
    if (x.responseStarted) abortExchange(x);
    else {
      this.abandonProxied();
      this.leave();
      sendReply(x, x.errorPage(504));
    }
    flushOutbox();
  }
}

/** What the client was given is not out yet: it reads slowly, or is to get it slowly. */
export function clientWaits(x: Exchange): boolean {
  return x.client.out.pending > 0 || (x.slow?.download.waits ?? false);
}
