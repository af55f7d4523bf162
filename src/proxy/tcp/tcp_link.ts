import { serverTarget } from "../../backend/server_target.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import type { Connection, ConnectionError, ConnectionHandler } from "../../net/connection.ts";
import { connect } from "../../net/open.ts";
import { flushOutbox, Outbox } from "../../net/outbox.ts";
import { type Timed, timers } from "../../net/timers.ts";
import type { StreamClient } from "../stream.ts";

/** Told once how an attempt to connect went. */
export interface ConnectOutcome {
  connected(link: TcpLink): void;
  notConnected(link: TcpLink, cause: "timeout" | "refused"): void;
}

/** A stream's connection to its server. */
export interface ServerLeg {
  readonly server: ServerPlan;
  readonly connection: Connection;
  readonly out: Outbox;
  /** Nobody wants it any more, and it may not be there yet. */
  abandon(): void;
}

/** A stream's connection to its server until it is there; a pipe takes it over then. */
export class TcpLink implements ServerLeg, ConnectionHandler, Timed {
  readonly out = new Outbox();
  readonly connection: Connection;
  #waiting: ConnectOutcome | undefined;
  deadline = Infinity;
  slot = Infinity;
  place = 0;

  constructor(
    readonly server: ServerPlan,
    client: StreamClient,
    timeoutMs: number | undefined,
    waiting: ConnectOutcome,
  ) {
    this.#waiting = waiting;
    this.connection = connect(serverTarget(server, client), this);
    timers.set(this, timeoutMs);
  }

  onOpen(): void {
    const waiting = this.#settle();
    if (!waiting) return this.connection.close();
    this.out.connection = this.connection;
    waiting.connected(this);
  }

  /** Nothing is read before the pipe is there: it replaces this handler while the socket opens. */
  onData(): void {}
  onDrain(): void {}
  onEnd(): void {}

  onClose(error?: ConnectionError): void {
    this.#settle()?.notConnected(this, error === "timeout" ? "timeout" : "refused");
  }

  fire(): void {
    const waiting = this.#settle();
    this.connection.reset();
    waiting?.notConnected(this, "timeout");
    flushOutbox();
  }

  /** Nobody wants it any more. */
  abandon(): void {
    if (this.#settle()) this.connection.reset();
  }

  #settle(): ConnectOutcome | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    timers.forget(this);
    return waiting;
  }
}
