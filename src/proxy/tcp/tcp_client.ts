import type { Connection, ConnectionError, ConnectionHandler } from "../../net/connection.ts";
import { flushOutbox, Outbox } from "../../net/outbox.ts";
import { type Timed, timers } from "../../net/timers.ts";
import { ConnectedClient } from "../client_facts.ts";
import type { ClientListener, ServedConnection } from "../listener.ts";
import type { Frozen, Understands, Unmovable } from "../move/mover.ts";
import { ReceivedBytes } from "./received_bytes.ts";
import { TcpStream } from "./tcp_stream.ts";

/**
 * A client's connection to a frontend in TCP mode, until a pipe or HTTP takes it over: it gathers
 * what the client sends, and no more than rules may look at.
 */
export class TcpClient extends ConnectedClient
  implements ConnectionHandler, ServedConnection, Timed {
  readonly out = new Outbox();
  readonly received: ReceivedBytes;
  readonly stream: TcpStream;
  #isMine = true;
  #paused = false;
  deadline = Infinity;
  slot = Infinity;
  place = 0;

  constructor(connection: Connection, listener: ClientListener, earlier?: ConnectedClient) {
    super(connection, listener);
    if (earlier) this.inherit(earlier);
    this.out.connection = connection;
    this.received = new ReceivedBytes(listener.plan.global.headBytesMax);
    this.stream = new TcpStream(this);
    this.#arm();
  }

  begin(): void {
    this.stream.start();
    flushOutbox();
  }

  onData(bytes: Uint8Array): void {
    this.received.add(bytes);
    this.stream.bytesFromClient += bytes.length;
    if (this.received.full) this.#pause();
    this.#arm();
    this.stream.clientSent();
  }

  onDrain(): void {
    this.out.drain();
  }

  onEnd(): void {
    this.received.ended = true;
    timers.clear(this);
    this.stream.clientSent();
  }

  onClose(_error?: ConnectionError): void {
    if (this.#isMine) this.stream.clientLost();
  }

  fire(): void {
    this.stream.clientTimedOut();
    flushOutbox();
  }

  /** Somebody else handles the connection's events from here on. */
  handOver(): void {
    this.#isMine = false;
    timers.forget(this);
    this.#resume();
  }

  /** The stream is over: the connection closes once what was written is out. */
  finish(how: "close" | "drop"): void {
    this.handOver();
    this.out.flush();
    const { connection } = this;
    connection.handler = this;
    this.listener.left(this);
    if (how === "drop") connection.drop(this.stream.resetHops);
    else connection.close();
  }

  freeze(understands: Understands): Frozen | Unmovable {
    return this.stream.freeze(understands);
  }

  /** Another process goes on. */
  letGo(): void {
    this.listener.left(this);
  }

  /** A stream is under way from its first moment. */
  retire(): void {}

  kill(): void {
    this.stream.kill();
  }

  #arm(): void {
    const { stream, listener } = this;
    timers.set(this, stream.timeoutsMs.client ?? listener.frontend.timeouts.clientMs);
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.connection.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.connection.resume();
  }
}
