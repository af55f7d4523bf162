import { Buffer } from "node:buffer";
import type { BackendPlan } from "../../config/backend_plan.ts";
import type { FrontendPlan } from "../../config/frontend_plan.ts";
import type { Plan } from "../../config/plan.ts";
import { BodyReader } from "../../http/body_reader.ts";
import { type HeadLimits, HeadProgress, readRequestHead } from "../../http/head_reader.ts";
import { headText } from "../../http/latin1.ts";
import type { RequestHead } from "../../http/request_head.ts";
import type { Framing } from "../../http/framing.ts";
import { clock } from "../../net/clock.ts";
import type { Connection, ConnectionError, ConnectionHandler } from "../../net/connection.ts";
import { flushOutbox, Outbox, type OutboxOwner } from "../../net/outbox.ts";
import { type Timed, timers } from "../../net/timers.ts";
import { ConnectedClient } from "../client_facts.ts";
import type { StreamPaces } from "../pace.ts";
import { Exchange } from "./exchange.ts";
import { takeRequestHead } from "./head_pool.ts";
import type { ClientListener, ServedConnection } from "../listener.ts";
import {
  armClientTimer,
  clientAborted,
  clientDrained,
  killExchange,
  onRequestBytes,
  onRequestEnd,
  requestTimedOut,
} from "./request_body.ts";
import { refuseRequest, startRequest } from "./request_phase.ts";
import { freezeTunnel } from "./tunnel.ts";
import { FrozenClient } from "../move/frozen_client.ts";
import type { Frozen, Understands, Unmovable } from "../move/mover.ts";
import type { Leaving } from "../close_spread.ts";
import type { ServerHttp1 } from "./server_http1.ts";

/** After an answer that ends a connection early: what the client still sends is read and dropped. */
const lingerMs = 1000;
const lingerBytesMax = 1 << 20;

/** HAProxy's `max-session-srv-conns`, unless it is told otherwise. */
const ownServersMax = 5;

type State =
  /** Between requests, or reading a head. */
  | "head"
  /** A request is being served. */
  | "busy"
  /** A pipe has the connection; this is only asked for what is known of the client. */
  | "tunnel"
  /** The answer is out before the request's body was in: the rest of it is read and dropped. */
  | "draining"
  /** The last answer is out; waiting for the client to have read it. */
  | "lingering"
  | "closed";

/** What was decided of a connection before it was known to be HTTP. */
export interface Upgraded {
  /** Undefined where each request finds its own. */
  readonly backend: BackendPlan | undefined;
  readonly paces: StreamPaces | undefined;
}

/** For heads that come in one read, as nearly all do. */
let spareProgress = new HeadProgress();

/** One client's HTTP/1 connection: reads requests, one exchange at a time, and closes. */
export class ClientHttp1 extends ConnectedClient
  implements ConnectionHandler, ServedConnection, OutboxOwner, Timed {
  readonly out = new Outbox(this);
  exchange: Exchange | undefined;
  state: State = "head";
  /** The client will send no more. */
  ended = false;
  /** What a frontend in TCP mode has decided for the first request. */
  declare upgraded: Upgraded | undefined;
  /** Connections that no other client may use (`http-reuse never`, NTLM); the one used last is the last. */
  declare own: ServerHttp1[] | undefined;
  /** Nobody serves this one for long here: its own, or as its listener's all do. */
  declare leaving: Leaving | undefined;
  /** Reading of `now` when the connection was accepted, or the last exchange ended. */
  idleSince: number;
  /** Reading of `now` at the first byte of the request being read. */
  #firstByteAt = 0;
  #text = "";
  #head: RequestHead | undefined;
  #progress: HeadProgress | undefined;
  #body: BodyReader | undefined;
  #kept: Uint8Array | undefined;
  #paused = false;
  #lingered = 0;
  deadline = Infinity;
  slot = Infinity;
  place = 0;

  /** @param earlier what was learnt of the connection before it was known to be HTTP */
  constructor(connection: Connection, listener: ClientListener, earlier?: ConnectedClient) {
    super(connection, listener);
    if (earlier) this.inherit(earlier);
    this.out.connection = connection;
    this.idleSince = clock.now;
    this.#armHeadTimer();
  }

  get plan(): Plan {
    return this.listener.plan;
  }

  get frontend(): FrontendPlan {
    return this.listener.frontend;
  }

  onData(bytes: Uint8Array): void {
    if (this.#kept) {
      this.#kept = Buffer.concat([this.#kept, bytes]);
      if (this.#kept.length > this.#limits.headBytesMax) this.pause();
    } else this.#consume(bytes, 0);
  }

  onDrain(): void {
    if (!this.out.drain()) {
      // It reads, if slowly.
      if (this.exchange) armClientTimer(this.exchange);
      else if (this.state === "lingering" || this.#kept) this.#awaitReading();
    } else if (this.state === "lingering") this.#endLingering();
    else if (this.exchange) clientDrained(this.exchange);
    else if (this.state === "head") this.#takeKept();
  }

  onEnd(): void {
    this.ended = true;
    if (this.state === "lingering") {
      if (this.out.pending === 0) this.close();
    } else if (this.state === "draining") this.close();
    else if (this.state === "head") {
      if (this.#text !== "") this.#refuse(400, "CR", "half-closed within a head");
      else {
        if (this.requestCount > 0 || this.frontend.ignoreProbes) this.close();
        else this.#refuse(400, "CR", "half-closed without a request");
      }
    } else if (this.exchange) clientAborted(this.exchange, "half-closed");
  }

  onClose(error?: ConnectionError): void {
    if (this.state === "closed") return;
    this.ended = true;
    this.out.discard();
    if (this.requestCount === 0 && this.state === "head") this.#logSilence();
    if (this.exchange) clientAborted(this.exchange, error === "timeout" ? "timed out" : "closed");
    // Only now: the log line counts the connection yet.
    this.close();
  }

  /** The client reads too slowly: its server has to wait. */
  outputWaits(): void {
    const x = this.exchange;
    if (!x?.link || x.tunnel || x.link.paused) return;
    x.link.pause();
    armClientTimer(x);
  }

  /** Stops reading from the client. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.connection.pause();
  }

  resume(): void {
    if (!this.#paused || this.state === "closed") return;
    this.#paused = false;
    this.connection.resume();
  }

  /** The exchange is over: reads the next request, or closes. */
  next(keep: boolean): void {
    this.exchange = undefined;
    this.idleSince = clock.now;
    const idleMs = this.#idleMs;
    if (!keep || this.ended || this.state === "closed" || idleMs === 0) {
      const unread = this.#body !== undefined;
      this.#body = undefined;
      return unread && this.state !== "closed" ? this.linger() : this.close();
    }
    this.state = "head";
    this.#armHeadTimer();
    this.#endWithin(idleMs);
    if (this.#kept && this.out.pending > 0) this.#awaitReading();
    else this.#takeKept();
  }

  /** Reads on, with what came too early. */
  #takeKept(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    this.resume();
    if (kept) this.#consume(kept, 0);
  }

  #keepUntilRead(bytes: Uint8Array, from: number): void {
    this.#keep(from === 0 ? bytes : bytes.subarray(from));
    this.#awaitReading();
  }

  /** The client has its answers to read before it is told more. */
  #awaitReading(): void {
    timers.set(this, this.frontend.timeouts.clientMs);
  }

  /** The exchange is over, its request's body is not: reads on once that is past. */
  drainBody(): void {
    this.exchange = undefined;
    this.idleSince = clock.now;
    if (!this.#body || this.ended || this.#idleMs === 0) return this.linger();
    this.state = "draining";
    timers.set(this, this.frontend.timeouts.clientMs);
    this.resume();
  }

  /** A pipe takes this connection over; what was read beyond the request goes with it. */
  becomeTunnel(): Uint8Array | undefined {
    this.state = "tunnel";
    timers.clear(this);
    this.resume();
    const kept = this.#kept;
    this.#kept = undefined;
    return kept;
  }

  /** Closes after the client has had a chance to read what was sent (RFC 9112 §9.6). */
  linger(): void {
    this.#releaseReading();
    this.exchange = undefined;
    this.state = "lingering";
    this.out.flush();
    this.resume();
    if (this.out.pending > 0) this.#awaitReading();
    else this.#endLingering();
  }

  /** All is sent: now the client may read it. */
  #endLingering(): void {
    this.connection.shutdown();
    if (this.ended) this.close();
    else timers.set(this, lingerMs);
  }

  close(): void {
    if (this.state === "closed") return;
    this.out.flush();
    if (this.out.pending > 0 && this.state !== "lingering") return this.linger();
    const { connection } = this;
    this.#forget();
    connection.close();
  }

  retire(leaving: Leaving): void {
    this.leaving = leaving;
    // A client that has just come is about to ask, as HAProxy sees it too.
    const idle = this.requestCount > 0 && this.#text === "" && !this.#kept;
    if (this.state !== "head" || !idle) return;
    const idleMs = leaving.idleMs();
    const goes = leaving.closesIdle && !this.frontend.idleCloseOnResponse;
    if (goes || idleMs === 0) this.close();
    else this.#endWithin(idleMs);
  }

  /** Its answer says that the connection ends with it. */
  get leaves(): boolean {
    return (this.leaving ?? this.listener.leaving)?.closesWithAnswer() ?? false;
  }

  /** How long it may wait for another request, beside its timeouts. */
  get #idleMs(): number {
    return (this.leaving ?? this.listener.leaving)?.idleMs() ?? Infinity;
  }

  #endWithin(idleMs: number): void {
    if (clock.now + idleMs < this.deadline) timers.set(this, idleMs);
  }

  kill(): void {
    if (this.exchange) killExchange(this.exchange);
    this.close();
  }

  /** Between two requests, within a head, or as a tunnel, another process can go on. */
  freeze(understands: Understands): Frozen | Unmovable {
    const { exchange } = this;
    if (this.state === "tunnel") return exchange ? freezeTunnel(exchange, understands) : "not yet";
    const still = this.state === "head" && !this.ended && this.out.pending === 0 && !this.#kept &&
      !this.#paused;
    // The rules that its first request runs may yet change what its limits are.
    if (!still || this.upgraded?.paces) return "not yet";
    const own = understands("own-servers") ? this.own ?? [] : [];
    return new FrozenClient(this, this.#text, own.flatMap((link) => link.freezeWith(this) ?? []));
  }

  /** One that waits for this client alone; false where it has as many as HAProxy lets it have. */
  keepOwn(link: ServerHttp1): boolean {
    if (this.state === "closed") return false;
    if (this.own?.at(-1) === link) return true;
    const others = (this.own ?? []).filter((one) => one !== link && one.waitsFor(this));
    if (others.length >= ownServersMax) return false;
    this.own = [...others, link];
    return true;
  }

  /** Another process goes on. */
  letGo(): void {
    if (this.state === "closed") return;
    const { connection } = this;
    this.#forget();
    connection.letGo();
  }

  reset(): void {
    if (this.state === "closed") return;
    const { connection } = this;
    this.#forget();
    connection.reset();
  }

  /** Forgets the connection without telling the client (`silent-drop`). */
  drop(resetHops: number | undefined): void {
    if (this.state === "closed") return;
    const { connection } = this;
    this.#forget();
    connection.drop(resetHops);
  }

  /** The body of the request in hand is not wanted any more. */
  abandonBody(): void {
    this.#body = undefined;
  }

  get readingBody(): boolean {
    return this.#body !== undefined;
  }

  /** Puts the timer for the client's next sign of life; undefined stops it. */
  expect(ms: number | undefined): void {
    timers.set(this, ms);
  }

  get #limits(): HeadLimits {
    return this.plan.global;
  }

  /** Takes bytes as far as they go: heads, bodies; what comes too early is kept for later. */
  #consume(bytes: Uint8Array, from: number): void {
    let at = from;
    for (;;) {
      switch (this.state) {
        case "head":
          if (at >= bytes.length) return;
          // A client that asks on and on, and does not read, would fill the memory with answers.
          if (this.out.pending > 0) return this.#keepUntilRead(bytes, at);
          at = this.#readHead(bytes, at);
          break;
        case "busy":
          if (!this.#body) {
            if (at < bytes.length) this.#keep(at === 0 ? bytes : bytes.subarray(at));
            return;
          }
          at = this.#readBody(bytes, at);
          if (at < 0) return;
          // Once it was answered, the end of its body may stand right here.
          if (this.state === "busy" && this.#body && at >= bytes.length) return;
          break;
        case "tunnel":
          // Bytes of a tunnel go to its pipe: none are read here.
          return;
        case "draining":
          at = this.#drainBody(bytes, at);
          if (at < 0) return;
          break;
        case "lingering":
          this.#lingered += bytes.length - at;
          if (this.#lingered > lingerBytesMax) this.close();
          return;
        case "closed":
          return;
      }
    }
  }

  /** Drops body bytes; returns where the next request starts, -1 when there is more to come. */
  #drainBody(bytes: Uint8Array, from: number): number {
    const body = this.#body!;
    let at = from;
    for (;;) {
      const step = body.step(bytes, at);
      this.#lingered += body.at - at;
      at = body.at;
      if (step === "done") {
        this.#body = undefined;
        this.#lingered = 0;
        this.next(true);
        return at;
      }
      if (step === "invalid" || this.#lingered > lingerBytesMax) this.close();
      if (step !== "data" || this.state === "closed") return -1;
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#kept = this.#kept ? Buffer.concat([this.#kept, bytes]) : bytes;
    this.pause();
  }

  /** Reads a head at `from`; returns where to go on. */
  #readHead(bytes: Uint8Array, from: number): number {
    const before = this.#text.length;
    if (before === 0) {
      this.#firstByteAt = clock.now;
      if (this.requestCount > 0) this.#armRequestTimer();
    }
    const piece = headText(bytes, from, this.#limits.headBytesMax + 2 - before);
    const text = before === 0 ? piece : this.#text + piece;
    const head = this.#head ??= takeRequestHead();
    const progress = this.#progress ?? spareProgress;
    switch (readRequestHead(text, head, progress, this.#limits)) {
      case "incomplete":
        this.#text = text;
        if (!this.#progress) {
          this.#progress = progress;
          spareProgress = new HeadProgress();
        }
        return bytes.length;
      case "invalid":
        this.#text = text;
        this.#progress ??= progress;
        spareProgress = new HeadProgress();
        this.#refuse(progress.problem!.status, "PR", progress.problem!.reason);
        return bytes.length;
      case "complete": {
        const end = from + progress.end - before;
        if (before === 0) {
          head.source = bytes;
          head.sourceAt = from;
        }
        const headBytes = progress.end;
        progress.reset();
        this.#progress = undefined;
        this.#startExchange(bytes, end, head, headBytes);
        return this.#resumeAt;
      }
    }
  }

  #resumeAt = 0;

  /**
   * Reads what is here of the body before anything is decided: a broken body in the same read as
   * its head must never reach a server.
   */
  #startExchange(bytes: Uint8Array, bodyAt: number, head: RequestHead, headBytes: number): void {
    this.#head = undefined;
    this.#text = "";
    this.requestCount++;
    this.state = "busy";
    timers.clear(this);
    const x = new Exchange(this, head, this.#firstByteAt);
    x.headBytes = headBytes;
    this.exchange = x;
    this.#resumeAt = bodyAt;
    if (!x.readFraming()) return refuseRequest(x);
    if (x.requestFraming.kind === "none") x.requestEnded = true;
    else {
      this.#startBody(x.requestFraming);
      const at = this.#readBody(bytes, bodyAt);
      if (at < 0) return;
      this.#resumeAt = at;
    }
    startRequest(x);
  }

  #startBody(framing: Framing): void {
    this.#body = new BodyReader(framing);
  }

  /** Reads the body at `from`; returns where to go on, -1 when the body turned out broken. */
  #readBody(bytes: Uint8Array, from: number): number {
    const body = this.#body!;
    const x = this.exchange!;
    let at = from;
    for (;;) {
      const step = body.step(bytes, at);
      at = body.at;
      switch (step) {
        case "data":
          onRequestBytes(x, bytes, body.dataStart, body.dataEnd);
          // It may have been the piece that a rule waited for to refuse the request.
          if (this.#body !== body || this.state !== "busy") return at;
          if (at >= bytes.length && body.left > 0) return at;
          break;
        case "more":
          return at;
        case "done":
          this.#body = undefined;
          onRequestEnd(x, body.trailers);
          return at;
        case "invalid":
          this.#body = undefined;
          x.problem = { status: 400, reason: "invalid chunked body", at };
          if (x.started) clientAborted(x, "broke its body");
          else refuseRequest(x);
          return -1;
      }
    }
  }

  /** Answers what is not a request. */
  #refuse(status: number, flags: string, reason: string): void {
    const head = this.#head ?? takeRequestHead();
    this.#head = undefined;
    const text = this.#text;
    this.#text = "";
    this.requestCount++;
    this.state = "busy";
    const x = new Exchange(this, head, this.#firstByteAt || clock.now);
    this.exchange = x;
    x.flags = flags;
    x.badText = text;
    x.problem = { status: status as 400, reason, at: this.#progress?.problem?.at ?? 0 };
    this.#progress = undefined;
    refuseRequest(x);
  }

  /** The client left before it asked for anything. */
  #logSilence(): void {
    const x = new Exchange(this, undefined, clock.now);
    x.flags = "CR";
    x.endAt = clock.now;
    this.listener.host.log(x, this.#text === "" ? "silent-connection" : "failed-session");
  }

  /** Waiting for a request: the first one has `http-request`, later ones `http-keep-alive`. */
  #armHeadTimer(): void {
    const t = this.frontend.timeouts;
    timers.set(
      this,
      this.requestCount === 0
        ? t.httpRequestMs ?? t.clientMs
        : t.httpKeepAliveMs ?? t.httpRequestMs ?? t.clientMs,
    );
  }

  #armRequestTimer(): void {
    const t = this.frontend.timeouts;
    timers.set(this, t.httpRequestMs ?? t.clientMs);
  }

  /** The client was silent for too long. */
  fire(): void {
    switch (this.state) {
      case "head":
        if (this.requestCount > 0 && this.#text === "") this.close();
        else if (this.frontend.ignoreProbes && this.#text === "") this.close();
        else this.#refuse(408, "cR", "the head did not arrive in time");
        break;
      case "busy":
        if (this.exchange) requestTimedOut(this.exchange);
        break;
      case "draining":
      case "lingering":
        this.close();
        break;
      case "tunnel":
      case "closed":
        break;
    }
    flushOutbox();
  }

  #releaseReading(): void {
    this.#head = undefined;
    this.#body = undefined;
    this.#text = "";
    this.#kept = undefined;
  }

  #forget(): void {
    this.state = "closed";
    this.#releaseReading();
    this.exchange = undefined;
    timers.forget(this);
    this.out.discard();
    for (const link of this.own ?? []) if (link.waitsFor(this)) link.close();
    this.listener.left(this);
  }
}

// Hardly any connection was something else before: those that were write it.
Object.assign(ClientHttp1.prototype, {
  upgraded: undefined,
  own: undefined,
  leaving: undefined,
});
