import { offerPlace } from "../../backend/queue.ts";
import { proxyHeaderFor } from "../../backend/send_proxy.ts";
import type { BackendPlan } from "../../config/backend_plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import type { RequestHead } from "../../http/request_head.ts";
import type { RuleSet } from "../../rules/rule_set.ts";
import { clock } from "../../net/clock.ts";
import {
  countBackendStream,
  countConnection,
  countDenied,
  countEnd,
  countStream,
} from "../counting.ts";
import type { TcpPipeDescription } from "../move/description.ts";
import { freezePipe, type MovingStream, type PipeWords } from "../move/frozen_pipe.ts";
import type { Frozen, Understands, Unmovable } from "../move/mover.ts";
import { Pipe, pipeFlags, type PipeOutcome, type PipeOwner } from "../pipe.ts";
import { slowPipe } from "../slow_pipe.ts";
import { chosenBackend } from "../routing.ts";
import { attemptFailed, findServer, leaveServer, observe, stopWaiting } from "../server_search.ts";
import { Inspection, type Verdict } from "./inspection.ts";
import { RawRequest } from "./raw_request.ts";
import type { ReceivedBytes } from "./received_bytes.ts";
import { ResponseGate } from "./response_gate.ts";
import type { TcpClient } from "./tcp_client.ts";
import { type ServerLeg, TcpLink } from "./tcp_link.ts";
import { TcpTransaction } from "./tcp_transaction.ts";
import { becomeHttp } from "./upgrade.ts";
import { describeStream } from "../move/stream_words.ts";

/** Where a stream stands, by the letter of the log (manual §8.5). */
type Phase = "R" | "Q" | "C" | "D";

/**
 * What becomes of one connection of a frontend in TCP mode: rules look at its first bytes, a server
 * is found, and both connections become a pipe; or rules find that it is for an HTTP backend.
 */
export class TcpStream extends TcpTransaction implements PipeOwner, MovingStream {
  declare readonly client: TcpClient;
  link: ServerLeg | undefined;
  responseBuffer: ReceivedBytes | undefined;
  /** The client is not told of the end (`silent-drop`). */
  dropsClient = false;
  #phase: Phase = "R";
  #inspection: Inspection | undefined;
  #raw: RawRequest | undefined;
  #pipe: Pipe | undefined;

  constructor(client: TcpClient) {
    super(client);
  }

  get requestBuffer(): ReceivedBytes {
    return this.client.received;
  }

  /** The bytes received so far, read as HTTP. */
  get request(): RequestHead | undefined {
    const raw = this.#raw ??= new RawRequest(this.plan.global);
    raw.read(this.client.received.text);
    return raw.head;
  }

  get neverHttp(): boolean {
    return this.#raw?.state === "not HTTP";
  }

  /** The connection is accepted: begins with the frontend's rules. */
  start(): void {
    countStream(this);
    const { tcpRequestContent, inspectDelayMs } = this.frontendPlan;
    this.#inspect(tcpRequestContent, inspectDelayMs, () => this.#route());
  }

  /** More bytes of the client's, or their end. */
  clientSent(): void {
    if (this.#phase === "R") this.#inspection?.look();
    else this.#abortIdle();
  }

  /** The client's connection broke. HAProxy's letter is that of data, however far the stream got. */
  clientLost(): void {
    if (this.#phase === "R") return this.#giveUp("CR");
    this.terminate("CD");
    this.#end("close");
  }

  /** The client was silent for too long. */
  clientTimedOut(): void {
    if (this.#phase === "R") this.#giveUp("cR");
  }

  /** No more will come of the client: what is there decides where it would have gone. */
  #giveUp(flags: string): void {
    this.terminate(flags);
    this.#inspection?.decide();
    if (!this.over) this.#end("close");
  }

  /** The process ends, and the stream with it. */
  kill(): void {
    this.terminate("K" + this.#phase);
    if (this.#pipe && !this.#pipe.over) this.#pipe.end("stopped");
    else this.#end("close");
  }

  #inspect(rules: RuleSet, delayMs: number | undefined, then: () => void): void {
    if (rules.rules.length === 0) return then();
    this.#inspection = new Inspection(this, rules, this.client.received, delayMs, (verdict) => {
      this.#inspection = undefined;
      if (!this.over) this.#obey(verdict, then);
    });
    this.#inspection.look();
  }

  #obey(verdict: Verdict, then: () => void): void {
    switch (verdict) {
      case "continue":
      case "accept":
        return this.demanded === "switch-http" ? becomeHttp(this, undefined) : then();
      case "abort":
      case "reply":
      case "error":
        this.terminate("PR");
        countDenied(this);
        return this.#end("close");
      case "drop":
        this.terminate("PR");
        countDenied(this);
        return this.#end("drop");
    }
  }

  #route(): void {
    const name = chosenBackend(this, this.client.listener.app);
    const backend = name === undefined ? undefined : this.plan.backends.get(name);
    if (backend) this.#enter(backend);
    else this.refuse();
  }

  #enter(backend: BackendPlan): void {
    if (backend.mode === "http" && this.flags === "--") return becomeHttp(this, backend);
    this.backendPlan = backend;
    countBackendStream(this);
    // The client gave up while rules waited for more of it: the log knows the backend now.
    if (this.flags !== "--") return this.#end("close");
    if (backend.disabled) return this.refuse();
    // A `listen` section is one proxy: its rules ran as the frontend's.
    if (backend.tcpRequestContent === this.frontendPlan.tcpRequestContent) return this.#search();
    this.#inspect(backend.tcpRequestContent, backend.inspectDelayMs, () => this.#search());
  }

  #search(): void {
    this.#phase = "Q";
    findServer(this);
  }

  /** A client that ends without a word, while it waits for a server, has no use for one. */
  #abortIdle(): void {
    const { received } = this.client;
    if (!received.ended || (received.size > 0 && !this.backendPlan!.abortOnClose)) return;
    this.terminate("C" + this.#phase);
    this.#end("close");
  }

  connectTo(server: ServerPlan): void {
    this.#phase = "C";
    const ms = this.timeoutsMs.connect ?? this.backendPlan!.timeouts.connectMs;
    this.link = new TcpLink(server, this.client, ms, this);
  }

  connected(link: TcpLink): void {
    this.connectedAt = clock.now;
    countConnection(this, "new");
    observe(this, link.server, "connected");
    this.client.listener.logEarly(this);
    this.#phase = "D";
    const { client } = this;
    client.handOver();
    link.out.text(proxyHeaderFor(link.server, this));
    const pipe = this.#pipe = new Pipe(client, link, this.#pipeTimeouts(), this);
    this.slowDown(pipe);
    client.received.release((piece) => pipe.client.pass(piece));
    this.#guardResponse(pipe);
    pipe.start(client.received.ended, false);
  }

  notConnected(link: TcpLink, cause: "timeout" | "refused"): void {
    this.link = undefined;
    attemptFailed(this, link.server, cause);
  }

  refuse(): void {
    this.terminate("SC");
    this.#end("close");
  }

  pipeEnded(outcome: PipeOutcome): void {
    const flags = pipeFlags[outcome];
    if (flags !== undefined) this.terminate(flags);
    this.#end(this.dropsClient ? "drop" : "close");
  }

  /** Two connections that are one pipe can stand still, for another process to go on with both. */
  freeze(understands: Understands): Frozen | Unmovable {
    if (!this.#pipe || this.over || this.flags !== "--") return "not yet";
    return freezePipe(this.#pipe, this, understands);
  }

  describeMoved(words: PipeWords): TcpPipeDescription {
    const client = this.client.describe();
    return { kind: "tcp-pipe", ...words, client, stream: describeStream(this, this.paces) };
  }

  /** Another process goes on, and counts and logs the end. */
  letGo(): void {
    this.over = true;
    const left = leaveServer(this);
    this.backendPlan!.state.sessionClosed();
    this.client.letGo();
    if (left) offerPlace(this.serverPlan!.state);
  }

  /** Goes on with both connections of a stream that another process had. */
  goOn(link: ServerLeg): Pipe {
    this.link = link;
    this.#phase = "D";
    this.client.handOver();
    this.backendPlan!.state.sessionMoved();
    if (this.holdsServer) this.serverPlan!.state.takeIn();
    this.#pipe = new Pipe(this.client, link, this.#pipeTimeouts(), this);
    this.slowDown(this.#pipe);
    return this.#pipe;
  }

  /** HTTP goes on with the connection: this stream was only the way to it. */
  leaveToHttp(): void {
    this.over = true;
    this.#inspection?.stop();
    this.client.handOver();
  }

  #pipeTimeouts() {
    const front = this.frontendPlan.timeouts;
    const back = this.backendPlan!.timeouts;
    const own = this.timeoutsMs;
    return {
      clientMs: own.client ?? front.clientMs,
      serverMs: own.server ?? back.serverMs,
      clientFinMs: front.clientFinMs,
      serverFinMs: back.serverFinMs,
      tunnelMs: own.tunnel ?? back.tunnelMs,
    };
  }

  /** `tcp-response content` rules see what the server says before the client does. */
  #guardResponse(pipe: Pipe): void {
    const { tcpResponseContent, responseInspectDelayMs } = this.backendPlan!;
    if (tcpResponseContent.rules.length === 0) return;
    new ResponseGate(this, pipe, tcpResponseContent, responseInspectDelayMs).begin();
  }

  /** What rules have limited so far is limited from here on. */
  slowDown(pipe: Pipe): void {
    if (this.paces) slowPipe(pipe, this.paces);
  }

  #end(how: "close" | "drop"): void {
    if (this.over) return;
    this.over = true;
    this.endAt = clock.now;
    this.#inspection?.stop();
    stopWaiting(this);
    // The log line shows the others' connections of the server, not this one.
    const left = leaveServer(this);
    countEnd(this);
    const { client, link } = this;
    const { ignoreNull } = this.frontendPlan.logOptions;
    if (!ignoreNull || this.bytesFromClient > 0) client.listener.log(this);
    if (this.#pipe) link?.connection.close();
    else link?.abandon();
    client.finish(how);
    if (left) offerPlace(this.serverPlan!.state);
  }
}
