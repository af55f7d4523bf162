import type { Observation } from "../backend/health/observe.ts";
import type { RequestQueues } from "../backend/queue.ts";
import type { BindPlan, FrontendPlan, Plan, ServerPlan } from "../config/plan.ts";
import type { Logged } from "../observe/access_log.ts";
import type { Connection, ConnectionHandler } from "../net/connection.ts";
import { listen, type Listener } from "../net/open.ts";
import { clock } from "../net/clock.ts";
import type { FrontendState } from "../state/frontend_state.ts";
import { ClientHttp1 } from "./client_http1.ts";
import type { Exchange } from "./exchange.ts";
import { ProxyHandshake } from "./proxy_handshake.ts";
import { killExchange } from "./request_body.ts";
import type { IdleConnections } from "./idle_connections.ts";
import { processFacts } from "./process_facts.ts";
import type { FrontendApp } from "./frontend_app.ts";

/** What a listener needs of its gateway. */
export interface ListenerHost {
  readonly plan: Plan;
  readonly idle: IdleConnections;
  /** Writes the access log line of an exchange that has ended. */
  log(x: Exchange, what: Logged): void;
  clientLeft(): void;
  appOf(frontend: FrontendPlan): FrontendApp;
  /** What traffic tells of a server's health (`observe`). */
  observeServer(server: ServerPlan, seen: Observation): void;
  readonly queues: RequestQueues;
}

/**
 * One listening socket and the client connections that came in by it. A reload gives it another
 * Plan; what is being served keeps the one it started with.
 */
export class ClientListener {
  connections = 0;
  /** Takes no more requests: connections end with their answer. */
  closing = false;
  frontend: FrontendPlan;
  bind: BindPlan;
  app: FrontendApp;
  /** Lines logged for this frontend (`%lc`). */
  logCounter = 0;
  #socket: Listener | undefined;
  #clients = new Set<ClientHttp1>();
  /** Connections whose PROXY protocol header is not there yet. */
  #handshakes = new Set<ProxyHandshake>();
  /** Accepted beyond `maxconn`: not read from until a place is free. */
  #parked: Connection[] = [];

  constructor(readonly host: ListenerHost, frontend: FrontendPlan, bind: BindPlan) {
    this.frontend = frontend;
    this.bind = bind;
    this.app = host.appOf(frontend);
  }

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

  /** Binds; throws the system's error. */
  async open(): Promise<void> {
    const { address, backlog, socket } = this.bind;
    const { reusePort } = this.plan.global;
    const options = { address, backlog, socket, reusePort };
    this.#socket = await listen(options, (connection) => this.#accept(connection));
  }

  /** Goes on under another Plan. */
  adopt(frontend: FrontendPlan, bind: BindPlan): void {
    this.frontend = frontend;
    this.bind = bind;
    this.app = this.host.appOf(frontend);
  }

  log(x: Exchange): void {
    this.logCounter++;
    this.host.log(x, "exchange");
  }

  /** A client is gone. */
  left(client: ClientHttp1): void {
    this.#clients.delete(client);
    this.connections--;
    processFacts.openConnections--;
    this.state.connectionClosed();
    this.host.clientLeft();
    const next = this.#parked.shift();
    if (next) {
      next.resume();
      next.handler = this.#serve(next);
    }
  }

  /** Stops accepting; idle connections close, busy ones end with their answer. */
  stop(): void {
    this.closing = true;
    this.#socket?.stop();
    this.#socket = undefined;
    for (const parked of this.#parked.splice(0)) parked.close();
    for (const client of this.#clients) if (client.state === "head") client.close();
  }

  /** Ends every connection now, with what is being served on it. */
  closeAll(): void {
    for (const handshake of this.#handshakes) handshake.close();
    for (const client of this.#clients) {
      if (client.exchange) killExchange(client.exchange);
      client.close();
    }
  }

  #accept(connection: Connection): ConnectionHandler {
    clock.tick();
    if (this.#isFull()) {
      connection.pause();
      this.#parked.push(connection);
      return new Parked(connection, this.#parked);
    }
    return this.#serve(connection);
  }

  #isFull(): boolean {
    const { maxconn } = this.frontend;
    const { maxconn: global } = this.plan.global;
    return (maxconn > 0 && this.state.connections() >= maxconn) ||
      (this.bind.maxconn > 0 && this.connections >= this.bind.maxconn) ||
      (global > 0 && processFacts.openConnections >= global);
  }

  #serve(connection: Connection): ConnectionHandler {
    this.connections++;
    processFacts.openConnections++;
    this.state.connectionOpened(clock.epoch(clock.now));
    return this.bind.acceptProxy ? this.#shakeHands(connection) : this.#startSession(connection);
  }

  /** Serves nobody before it is known who it is. */
  #shakeHands(connection: Connection): ConnectionHandler {
    const { clientHandshakeMs, clientMs } = this.frontend.timeouts;
    const handshake = new ProxyHandshake(connection, clientHandshakeMs ?? clientMs, (outcome) => {
      this.#handshakes.delete(handshake);
      if (outcome.kind === "failed") {
        return this.#client(connection).handshakeFailed(handshake.startedAt, outcome);
      }
      const client = this.#startSession(connection);
      client.handshaken(handshake.startedAt, outcome.header);
      connection.handler = client;
      if (outcome.rest.length > 0) client.onData(outcome.rest);
    });
    this.#handshakes.add(handshake);
    return handshake;
  }

  #startSession(connection: Connection): ClientHttp1 {
    this.state.sessionOpened(clock.epoch(clock.now));
    return this.#client(connection);
  }

  #client(connection: Connection): ClientHttp1 {
    const client = new ClientHttp1(connection, this);
    this.#clients.add(client);
    return client;
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
