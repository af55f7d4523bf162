import type { Observation } from "../backend/health/observe.ts";
import type { RequestQueues } from "../backend/queue.ts";
import type { BindPlan } from "../config/bind_plan.ts";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { GlobalPlan, Plan } from "../config/plan.ts";
import type { ServerPlan } from "../config/server_plan.ts";
import type { Logged } from "../observe/access_log.ts";
import type { Connection, ConnectionHandler } from "../net/connection.ts";
import type { Listens } from "../net/listening_socket.ts";
import { bind, type Listener } from "../net/open.ts";
import { clock } from "../net/clock.ts";
import type { FrontendState } from "../state/frontend_state.ts";
import { report } from "../net/event_fault.ts";
import type { IdleConnections } from "./http/idle_connections.ts";
import { processFacts } from "./process_facts.ts";
import type { FrontendApp } from "./frontend_app.ts";
import type { Leaving } from "./close_spread.ts";
import type { Frozen, Understands, Unmovable } from "./move/mover.ts";
import { processRates } from "./process_rates.ts";
import { SessionPace } from "./session_pace.ts";
import { startSession } from "./session.ts";
import type { Stream } from "./stream.ts";

/** What a listener needs of its gateway. */
export interface ListenerHost {
  readonly plan: Plan;
  /** Of the whole process; 0 for no limit. */
  readonly connectionsMax: number;
  readonly idle: IdleConnections;
  /** Writes the access log line of a stream that has ended. */
  log(stream: Stream, what: Logged): void;
  /** A client waits for its place on this listener. */
  clientWaits(listener: ClientListener): void;
  clientLeft(): void;
  /** Time has given room to those who wait. */
  admitWaiting(): void;
  /** What traffic tells of a server's health (`observe`). */
  observeServer(server: ServerPlan, seen: Observation): void;
  /** Tells the operator of something wrong with a backend. */
  alert(text: string, backend: string): void;
  readonly queues: RequestQueues;
}

/** Where somebody else has opened sockets, or listens. */
export interface GivenPlaces {
  /** The socket that listens where a bind wants to; undefined when there is none. */
  socketOf(bind: BindPlan): number | undefined;
  /**
   * When those listen that are made: one that did at once could take clients from a socket of the same
   * port that another process accepts on, and lose them when nothing comes of the takeover.
   */
  readonly listens: Listens;
}

/** Whatever handles a client's connection, as its listener sees it. */
export interface ServedConnection extends ConnectionHandler {
  readonly connection: Connection;
  /** Acts before the client has sent anything, where its protocol does. */
  begin?(): void;
  /** Nobody serves it for long here: ends in its time if it only waits for one more request. */
  retire(leaving: Leaving): void;
  /** Ends now, with what is being served on it. */
  kill(): void;
  /** Stands still, for another process to go on with, if that can be. */
  freeze?(understands: Understands): Frozen | Unmovable;
}

/**
 * One listening socket and the client connections that came in by it. A reload gives it another
 * Plan; what is being served keeps the one it started with.
 */
export class ClientListener {
  connections = 0;
  /** It takes no more requests: how its connections end. */
  leaving: Leaving | undefined;
  /** Lines logged for this frontend (`%lc`). */
  logCounter = 0;
  #socket: Listener | undefined;
  /** Until then, whoever has come waits: the Plan may not be live yet. */
  #accepting = false;
  #clients = new Set<ServedConnection>();
  /** Accepted beyond `maxconn`, or too early: not read from until a place is free. */
  #parked: Connection[] = [];
  readonly #pace = new SessionPace(() => this.#paceAllows());
  /** Its socket accepts nothing: sessions come too fast, or another process accepts. */
  #resting: "no" | "pacing" | "told" = "no";

  constructor(
    readonly host: ListenerHost,
    public frontend: FrontendPlan,
    public bind: BindPlan,
    public app: FrontendApp,
  ) {}

  get plan(): Plan {
    return this.host.plan;
  }

  get idle(): IdleConnections {
    return this.host.idle;
  }

  get state(): FrontendState {
    return this.frontend.state;
  }

  /** The listening socket's descriptor; -1 when it is closed, or the runtime keeps it secret. */
  get fd(): number {
    return this.#socket?.fd ?? -1;
  }

  /** The port bound; 0 on a unix socket. */
  get port(): number {
    return this.#socket?.port ?? 0;
  }

  /**
   * Makes the socket, or takes one that listens already; accepts nothing yet. Throws the system's
   * error.
   */
  async open({ reusePort }: GlobalPlan, given: GivenPlaces | undefined): Promise<void> {
    const { address, backlog, socket } = this.bind;
    const inherited = given?.socketOf(this.bind);
    const options = { address, backlog, socket, reusePort, inherited, listens: given?.listens };
    this.#socket = await bind(options, (connection) => this.#accept(connection));
  }

  /** Begins to accept, or goes on after {@link rest} or {@link pause}; throws the system's error. */
  async accept(): Promise<void> {
    this.#accepting = true;
    this.#resting = "no";
    await this.#socket?.accept();
    this.admitParked();
  }

  /** Accepts nothing for now, while another process does so on the same socket. */
  rest(): void {
    this.#resting = "told";
    this.#socket?.rest();
  }

  /**
   * Accepts nothing until {@link accept}, so that another process may listen instead. Resolves when
   * those who had come by then are known.
   */
  async pause(): Promise<void> {
    this.#resting = "told";
    await this.#socket?.pause();
  }

  /** Goes on under another Plan. */
  adopt(frontend: FrontendPlan, bind: BindPlan, app: FrontendApp): void {
    this.frontend = frontend;
    this.bind = bind;
    this.app = app;
  }

  /** Writes the line of a stream that is over, unless it was written before. */
  log(stream: Stream): void {
    if (!stream.logged) this.#log(stream);
  }

  /** `option logasap`: what there is to log is known, but for the end. */
  logEarly(stream: Stream): void {
    if (!this.frontend.logOptions.early) return;
    stream.logged = true;
    this.#log(stream);
  }

  #log(stream: Stream): void {
    this.logCounter++;
    this.host.log(stream, "exchange");
  }

  /** Something else goes on with the same connection, and with bytes of it that are read already. */
  handOn(before: ServedConnection, after: ServedConnection, bytes: Uint8Array | undefined): void {
    this.#clients.delete(before);
    const handler = this.#begin(after);
    if (bytes && bytes.length > 0) handler.onData(bytes);
  }

  /** Clients that are served. */
  get clients(): Iterable<ServedConnection> {
    return this.#clients;
  }

  /** Goes on with a client that another process has accepted. */
  takeIn(client: ServedConnection): void {
    this.connections++;
    processFacts.openConnections++;
    this.state.connectionMoved();
    this.#clients.add(client);
  }

  /** A client is gone. */
  left(client: ServedConnection): void {
    this.#clients.delete(client);
    this.#uncount();
    this.host.clientLeft();
  }

  /** Serves those who wait as long as there is room; false when nobody is left. */
  admitParked(): boolean {
    while (this.#accepting && this.#parked.length > 0 && !this.#mustWait()) {
      const next = this.#parked.shift()!;
      next.resume();
      this.#serve(next);
    }
    if (this.#parked.length === 0) this.#goOn();
    return this.#parked.length > 0;
  }

  /**
   * Stops accepting. Connections between two requests close, others end with their answer, all in their
   * time; whoever waits for a place gets it yet: nobody else knows of the client.
   */
  stop(leaving: Leaving): void {
    this.leaving = leaving;
    this.#pace.stop();
    this.#socket?.stop();
    this.#socket = undefined;
    for (const client of this.#clients) client.retire(leaving);
  }

  /** Ends every connection now, with what is being served on it. */
  closeAll(): void {
    for (const parked of this.#parked.splice(0)) parked.close();
    for (const client of this.#clients) client.kill();
  }

  #accept(connection: Connection): ConnectionHandler | undefined {
    clock.tick();
    if (!this.#accepting || this.#mustWait()) {
      connection.pause();
      this.#parked.push(connection);
      this.host.clientWaits(this);
      return new Parked(connection, this.#parked);
    }
    return this.#serve(connection);
  }

  #mustWait(): boolean {
    if (this.#isFull()) return true;
    if (!this.#pace.isTooFast(this.frontend, this.plan.global)) return false;
    if (this.#resting === "no" && this.fd >= 0) {
      // Whoever comes now stays in the kernel's backlog, and costs no descriptor.
      this.#resting = "pacing";
      this.#socket?.rest();
    }
    return true;
  }

  #paceAllows(): void {
    if (this.#parked.length === 0) this.#goOn();
    else this.host.admitWaiting();
  }

  #goOn(): void {
    if (this.#resting === "pacing") this.accept().catch(report);
  }

  #isFull(): boolean {
    const { maxconn } = this.frontend;
    const { connectionsMax } = this.host;
    return (maxconn > 0 && this.state.connections() >= maxconn) ||
      (this.bind.maxconn > 0 && this.connections >= this.bind.maxconn) ||
      (connectionsMax > 0 && processFacts.openConnections >= connectionsMax);
  }

  #serve(connection: Connection): ConnectionHandler | undefined {
    this.connections++;
    processFacts.openConnections++;
    const now = clock.epoch(clock.now);
    this.state.connectionOpened(now);
    processRates.connections.add(now);
    const client = startSession(connection, this);
    if (client) return this.#begin(client);
    this.#uncount();
    return undefined;
  }

  /** Whoever handles the connection once the client has begun. */
  #begin(client: ServedConnection): ConnectionHandler {
    const { connection } = client;
    this.#clients.add(client);
    connection.handler = client;
    client.begin?.();
    return connection.handler;
  }

  #uncount(): void {
    this.connections--;
    processFacts.openConnections--;
    this.state.connectionClosed();
  }
}

/** Watches a connection that waits for its place, so that one that leaves takes none. */
class Parked implements ConnectionHandler {
  constructor(readonly connection: Connection, readonly parked: Connection[]) {}

  onData(): void {}
  onDrain(): void {}

  onEnd(): void {}

  onClose(): void {
    const at = this.parked.indexOf(this.connection);
    if (at >= 0) this.parked.splice(at, 1);
  }
}
