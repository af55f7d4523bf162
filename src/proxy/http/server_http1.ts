import type { ServerPlan } from "../../config/server_plan.ts";
import { BodyReader } from "../../http/body_reader.ts";
import type { Framing } from "../../http/framing.ts";
import { type HeadLimits, HeadProgress, readResponseHead } from "../../http/head_reader.ts";
import { headText } from "../../http/latin1.ts";
import type { ResponseHead } from "../../http/response_head.ts";
import { clock } from "../../net/clock.ts";
import type {
  Connection,
  ConnectionError,
  ConnectionHandler,
  Target,
} from "../../net/connection.ts";
import { connect } from "../../net/open.ts";
import { flushOutbox, Outbox, type OutboxOwner } from "../../net/outbox.ts";
import { type Timed, timers } from "../../net/timers.ts";
import type { ClientHttp1 } from "./client_http1.ts";
import { FrozenServer } from "../move/frozen_server.ts";
import type { Frozen, Unmovable } from "../move/mover.ts";
import type { Exchange } from "./exchange.ts";
import { giveResponseHead, takeResponseHead } from "./head_pool.ts";
import type { IdleConnections } from "./idle_connections.ts";
import {
  decideResponse,
  onResponseBytes,
  onResponseEnd,
  onResponseHead,
} from "./response_phase.ts";
import { holdTunnelBytes } from "./tunnel.ts";
import { armClientTimer } from "./request_body.ts";
import {
  armServerTimer,
  serverConnected,
  serverDrained,
  serverFailed,
  serverTimedOut,
} from "./server_phase.ts";

/** In `tunnel` a pipe has the connection. */
type State = "connecting" | "idle" | "busy" | "tunnel" | "closed";

/** One client alone under `http-reuse never`, or since the server asked who is on the connection. */
type Serves = "any client" | "one client" | "authenticated client";

/** What a response did wrong, for the log and the status that answers it. */
export type ResponseFault = "invalid head" | "invalid body" | "cut short" | "no answer";

/** One HTTP/1 connection to a server: serves one exchange at a time, and waits in the pool between. */
export class ServerHttp1 implements ConnectionHandler, OutboxOwner, Timed {
  readonly out = new Outbox(this);
  readonly connection: Connection;
  state: State = "connecting";
  exchange: Exchange | undefined;
  /** Whom it served last. */
  lastClient: ClientHttp1 | undefined;
  serves: Serves = "any client";
  /** How often the server's address had changed when it was made. */
  readonly addressChanges: number;
  /** Requests sent over it. */
  uses = 0;
  /** The server will send no more. */
  ended = false;
  idleSince = 0;
  #text = "";
  #head: ResponseHead | undefined;
  #progress: HeadProgress | undefined;
  #body: BodyReader | undefined;
  /** Reads every body of this connection, one after the other. */
  #reader: BodyReader | undefined;
  /** Bytes behind an answer belong to nobody: the connection is not used again. */
  #strayBytes = 0;
  #paused = false;
  deadline = Infinity;
  slot = Infinity;
  place = 0;

  constructor(
    readonly server: ServerPlan,
    readonly pool: IdleConnections,
    /** Undefined for one that waits for a request. */
    exchange: Exchange | undefined,
    connectTimeoutMs: number | undefined,
    /** Where to connect to, or what another process has connected. */
    target: Target | Connection,
    /** PROXY protocol header that it begins with, latin1; "" for none. */
    readonly proxyHeader: string,
    /** Requests of this key may use the connection. */
    readonly poolKey: string,
  ) {
    this.exchange = exchange;
    this.addressChanges = server.state.addressChanges;
    if ("kind" in target) {
      this.connection = connect(target, this);
      timers.set(this, connectTimeoutMs);
    } else {
      this.connection = this.out.connection = target;
      this.state = exchange ? "tunnel" : "idle";
    }
  }

  onOpen(): void {
    this.out.connection = this.connection;
    this.state = "busy";
    timers.clear(this);
    this.out.text(this.proxyHeader);
    if (this.exchange) serverConnected(this.exchange, this);
    else this.close();
  }

  /** Puts it to work for another exchange. */
  take(exchange: Exchange): void {
    this.exchange = exchange;
    this.state = "busy";
    timers.clear(this);
  }

  onData(bytes: Uint8Array): void {
    if (this.state === "busy") this.#consume(bytes);
    else if (this.state === "tunnel" && this.exchange) holdTunnelBytes(this.exchange, bytes, 0);
    else this.close();
  }

  onDrain(): void {
    const drained = this.out.drain();
    if (!this.exchange) return;
    if (drained) serverDrained(this.exchange);
    // It reads, if slowly.
    else armServerTimer(this.exchange);
  }

  onEnd(): void {
    this.ended = true;
    if (this.state === "busy" && this.exchange) this.#endOfStream();
    else if (this.state !== "tunnel") this.close();
  }

  onClose(error?: ConnectionError): void {
    if (this.state === "closed") return;
    const { exchange, state } = this;
    this.#forget();
    if (exchange) {
      if (state === "connecting") serverFailed(exchange, this, error ?? "refused");
      else if (this.#body?.framing.kind === "close" && error === undefined) {
        this.#body = undefined;
        onResponseEnd(exchange, "");
      } else serverFailed(exchange, this, error ?? this.#cutShort());
    }
  }

  /** The server reads too slowly: its client has to wait. */
  outputWaits(): void {
    const x = this.exchange;
    if (!x || x.tunnel) return;
    x.client.pause();
    if (!x.answered) return;
    armClientTimer(x);
    armServerTimer(x);
  }

  /** Nothing is read from the server: it owes nothing. */
  get paused(): boolean {
    return this.#paused;
  }

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

  /** Puts the timer for the server's next sign of life; undefined stops it. */
  expect(ms: number | undefined): void {
    timers.set(this, ms);
  }

  /** The exchange is done with it: back to the pool, or closed. */
  release(reusable: boolean): void {
    const { exchange } = this;
    this.lastClient = exchange?.client;
    this.exchange = undefined;
    if (this.state === "closed") return;
    if (reusable && !this.ended && this.#strayBytes === 0 && this.out.pending === 0) {
      this.state = "idle";
      this.idleSince = clock.now;
      timers.clear(this);
      this.resume();
      this.#waitForRequest(exchange);
    } else this.close();
  }

  #waitForRequest(last: Exchange | undefined): void {
    const { serves } = this;
    if (serves === "any client" && last?.backendPlan?.reuse === "never") this.serves = "one client";
    if (this.serves === "any client") return this.pool.add(this);
    if (last && !last.client.keepOwn(this)) return this.close();
    this.pool.keep(this);
  }

  /** A pipe takes this connection over. */
  becomeTunnel(): void {
    this.state = "tunnel";
    timers.clear(this);
    this.resume();
  }

  close(): void {
    if (this.state === "closed") return;
    this.out.flush();
    // A tunnel ends in order, and what its client has said last may be on its way yet.
    const inOrder = this.connection.ended || this.state === "tunnel";
    this.#forget();
    if (inOrder) this.connection.close();
    else this.connection.reset();
  }

  /** While it waits another process can go on with it, unless it is one client's own. */
  freeze(): Frozen | Unmovable {
    return this.serves === "any client" && this.#waits ? new FrozenServer(this) : "not yet";
  }

  /** Goes along with the client whose own it is; undefined when it can't. */
  freezeWith(client: ClientHttp1): FrozenServer | undefined {
    return this.#waits && this.waitsFor(client) ? new FrozenServer(this) : undefined;
  }

  /** It serves nobody, and this client last. */
  waitsFor(client: ClientHttp1): boolean {
    return this.state === "idle" && this.lastClient === client;
  }

  /** It waits for a request, and leads where its server is. */
  get #waits(): boolean {
    return this.state === "idle" && this.addressChanges === this.server.state.addressChanges;
  }

  /** Nobody has use for it. */
  retire(): void {
    if (this.state === "idle") this.close();
  }

  /** Another process goes on with the connection. */
  forget(): void {
    if (this.state !== "closed") this.#forget();
  }

  reset(): void {
    if (this.state === "closed") return;
    this.#forget();
    this.connection.reset();
  }

  /** Has the response's body started, so that failing now cuts it short? */
  get readingBody(): boolean {
    return this.#body !== undefined;
  }

  get #limits(): HeadLimits {
    return this.exchange!.plan.global;
  }

  #consume(bytes: Uint8Array): void {
    let at = 0;
    while (this.state === "busy" && this.exchange) {
      if (this.#body) {
        at = this.#readBody(bytes, at);
        if (at < 0 || at >= bytes.length) return;
      } else if (this.exchange.answered) {
        this.#strayBytes += bytes.length - at;
        return;
      } else if (at < bytes.length) {
        at = this.#readHead(bytes, at);
        // All of the answer has come: if there is an exchange, it is the client's next one.
        if (at < 0) return;
      } else return;
    }
    // What came behind the head that opened a tunnel is the tunnel's.
    const x = this.exchange;
    if (this.state !== "tunnel" || at >= bytes.length || !x) return;
    if (x.tunnel) x.tunnel.server.onData(bytes.subarray(at));
    else holdTunnelBytes(x, bytes, at);
  }

  #readHead(bytes: Uint8Array, from: number): number {
    const before = this.#text.length;
    const piece = headText(bytes, from, this.#limits.headBytesMax + 2 - before);
    const text = before === 0 ? piece : this.#text + piece;
    const head = this.#head ??= takeResponseHead();
    const progress = this.#progress ??= new HeadProgress();
    const x = this.exchange!;
    switch (readResponseHead(text, head, progress, this.#limits)) {
      case "incomplete":
        this.#text = text;
        return bytes.length;
      case "invalid":
        serverFailed(x, this, "invalid head");
        return bytes.length;
      case "complete": {
        const end = from + progress.end - before;
        if (before === 0) {
          head.source = bytes;
          head.sourceAt = from;
        }
        this.#text = "";
        this.#head = undefined;
        progress.reset();
        this.#strayBytes = bytes.length - end;
        onResponseHead(x, this, head);
        return this.#body?.framing.kind === "chunked" ? this.#readFirstChunks(bytes, end) : end;
      }
    }
  }

  /** A broken chunk in the same read as the head is still answered by 502. */
  #readFirstChunks(bytes: Uint8Array, from: number): number {
    const x = this.exchange!;
    const at = this.#readBody(bytes, from);
    decideResponse(x);
    return at;
  }

  /** Told by the exchange what the head said. */
  readBodyAs(framing: Framing): void {
    if (this.#reader) this.#reader.start(framing);
    else this.#reader = new BodyReader(framing);
    this.#body = this.#reader;
  }

  #readBody(bytes: Uint8Array, from: number): number {
    const body = this.#body!;
    const x = this.exchange!;
    let at = from;
    for (;;) {
      const step = body.step(bytes, at);
      at = body.at;
      switch (step) {
        case "data":
          onResponseBytes(x, bytes, body.dataStart, body.dataEnd);
          if (this.#body !== body) return -1;
          break;
        case "more":
          return at;
        case "done":
          this.#body = undefined;
          this.#strayBytes = bytes.length - at;
          onResponseEnd(x, body.trailers);
          return -1;
        case "invalid":
          this.#body = undefined;
          serverFailed(x, this, "invalid body");
          return -1;
      }
    }
  }

  #endOfStream(): void {
    const x = this.exchange!;
    // It may read on.
    if (x.answered) return;
    if (this.#body?.framing.kind === "close") {
      this.#body = undefined;
      onResponseEnd(x, "");
    } else serverFailed(x, this, this.#cutShort());
  }

  #cutShort(): ResponseFault {
    return this.#body ? "cut short" : "no answer";
  }

  /** The server was silent for too long, or nobody needed this connection. */
  fire(): void {
    if (this.state === "idle") this.close();
    else if (this.exchange) {
      if (this.state === "connecting") {
        const { exchange } = this;
        this.close();
        serverFailed(exchange, this, "timeout");
      } else serverTimedOut(this.exchange, this);
    }
    flushOutbox();
  }

  #forget(): void {
    if (this.state === "idle") this.pool.remove(this);
    this.state = "closed";
    if (this.#head) giveResponseHead(this.#head);
    this.#head = undefined;
    this.exchange = undefined;
    timers.forget(this);
    this.out.discard();
  }
}
