import type { Connection, ConnectionError, ConnectionHandler } from "../net/connection.ts";
import { flushOutbox, type Outbox, type OutboxOwner } from "../net/outbox.ts";
import { type Timed, timers } from "../net/timers.ts";
import type { Throttle } from "./throttle.ts";

/** The two ends of a pipe. */
export type Side = "client" | "server";

/** How a pipe ended: both sides closed in order, or one of them was cut off or silent for too long. */
export type PipeOutcome = "closed" | `${Side} reset` | `${Side} timed out` | "stopped";

/** What the log says of an early end (manual §8.5); undefined where there is nothing to say. */
export const pipeFlags: Readonly<Record<PipeOutcome, string | undefined>> = {
  "closed": undefined,
  "client reset": "CD",
  "server reset": "SD",
  "client timed out": "cD",
  "server timed out": "sD",
  "stopped": undefined,
};

/** How long either side may stay silent, ms; undefined for ever. */
export interface PipeTimeouts {
  readonly clientMs: number | undefined;
  readonly serverMs: number | undefined;
  /** Instead of the side's own, once nothing more is sent to it (`timeout client-fin`, `server-fin`). */
  readonly clientFinMs: number | undefined;
  readonly serverFinMs: number | undefined;
  /** Instead of both (`timeout tunnel`). */
  readonly tunnelMs: number | undefined;
}

/** Whoever is told what goes through a pipe, and how it ended. */
export interface PipeOwner {
  /** Bytes that came from the server for the client. */
  bytesToClient: number;
  /** Bytes that came from the client for the server. */
  bytesFromClient: number;
  pipeEnded(outcome: PipeOutcome): void;
}

/** Stands in the way of what one side sends. */
export interface PipeGate {
  /** What only slows the side down; undefined while it is open whether anything may pass at all. */
  readonly throttle: Throttle | undefined;
  /** It holds as much as it may. */
  readonly full: boolean;
  /** The side's end is not to be passed on yet. */
  readonly holds: boolean;
  take(bytes: Uint8Array): void;
  /** The side sends no more. */
  ended(): void;
  /** Nothing passes any more. */
  stop(): void;
}

/**
 * Two connections as one: what either side sends goes to the other, as fast as that one reads; the
 * end of what it sends is passed on alone, and the other may go on sending (half-close). What waits
 * in an end's outbox is never more than one read.
 */
export class Pipe {
  readonly client: PipeEnd;
  readonly server: PipeEnd;
  over = false;

  constructor(
    client: { readonly connection: Connection; readonly out: Outbox },
    server: { readonly connection: Connection; readonly out: Outbox },
    readonly timeouts: PipeTimeouts,
    readonly owner: PipeOwner,
  ) {
    this.client = new PipeEnd(this, "client", client.connection, client.out);
    this.server = new PipeEnd(this, "server", server.connection, server.out);
    this.client.other = this.server;
    this.server.other = this.client;
  }

  /**
   * Takes both connections over. What already waits in their outboxes goes out first; a side that
   * is known to have ended has its end passed on.
   */
  start(clientEnded: boolean, serverEnded: boolean): void {
    this.client.ended = clientEnded;
    this.server.ended = serverEnded;
    this.client.attach();
    this.server.attach();
    this.settle();
  }

  /** Another process goes on with both connections. */
  letGo(): void {
    this.over = true;
    for (const end of [this.client, this.server]) {
      timers.forget(end);
      end.out.owner = undefined;
      end.out.discard();
      end.connection.letGo();
    }
  }

  /** Sends what there is, passes ends on, and lets sources that are too fast wait. */
  settle(): void {
    flushOutbox();
    this.client.settle();
    this.server.settle();
  }

  /** Closes both connections; each gets what was written to it before. */
  end(outcome: PipeOutcome): void {
    if (this.over) return;
    this.over = true;
    // A server that has not read for so long never will; the reset lets go of what waits for it.
    if (outcome === "server timed out" && this.server.out.pending > 0) {
      this.server.connection.reset();
    }
    this.client.release();
    this.server.release();
    this.owner.pipeEnded(outcome);
  }
}

/** One connection of a pipe. */
export class PipeEnd implements ConnectionHandler, OutboxOwner, Timed {
  other!: PipeEnd;
  /** Undefined where everything passes. */
  gate: PipeGate | undefined;
  /** The peer sends no more. */
  ended = false;
  /** Our own end was sent to the peer. */
  shut = false;
  /** The connection is gone; what it had sent before is still the other side's. */
  lost: PipeOutcome | undefined;
  paused = false;
  deadline = Infinity;
  slot = Infinity;
  place = 0;

  constructor(
    readonly pipe: Pipe,
    readonly side: Side,
    readonly connection: Connection,
    readonly out: Outbox,
  ) {}

  attach(): void {
    this.out.owner = this;
    this.connection.handler = this;
    if (!this.paused) this.connection.resume();
  }

  onData(bytes: Uint8Array): void {
    const { pipe } = this;
    if (this.side === "client") pipe.owner.bytesFromClient += bytes.length;
    else pipe.owner.bytesToClient += bytes.length;
    this.pass(bytes);
    this.moved();
  }

  /** Bytes of this side have moved: both peers are given their time anew. */
  moved(): void {
    this.#arm();
    this.other.#arm();
  }

  /** Bytes of this side go on, or to what stands in their way. */
  pass(bytes: Uint8Array): void {
    if (this.gate) this.gate.take(bytes);
    else this.other.out.bytes(bytes, 0, bytes.length);
  }

  onDrain(): void {
    const { other } = this;
    this.out.drain();
    this.#arm();
    if (other.lost) other.endWhenRead();
    else other.settle();
  }

  onEnd(): void {
    this.ended = true;
    this.gate?.ended();
    // The end goes on behind the last bytes.
    this.other.out.flush();
    this.settle();
  }

  /** The peer reads too slowly: the other side has to wait. */
  outputWaits(): void {
    this.#arm();
    this.other.settle();
  }

  onClose(error?: ConnectionError): void {
    if (this.pipe.over) return;
    // Once our end is out, the peer's own end closes the socket without another word.
    if (this.shut && error === undefined) return this.onEnd();
    this.lost = error === "timeout" ? `${this.side} timed out` : `${this.side} reset`;
    timers.forget(this);
    this.out.discard();
    this.gate?.ended();
    this.other.hold();
    this.endWhenRead();
  }

  /** Reads no more: there is nobody for it. */
  hold(): void {
    if (this.paused) return;
    this.paused = true;
    this.connection.pause();
  }

  /** The connection is gone: the pipe is, too, once the other side has what was read of it. */
  endWhenRead(): void {
    const { other, pipe } = this;
    if (pipe.over) return;
    other.out.flush();
    const isRead = other.out.pending === 0 && !this.gate?.holds;
    if (other.lost || isRead) pipe.end(this.lost!);
    else other.#arm();
  }

  /** The peer was silent for too long. */
  fire(): void {
    this.pipe.end(`${this.side} timed out`);
    flushOutbox();
  }

  /** Brings this end in line with what waits for the other one. */
  settle(): void {
    const { other, pipe } = this;
    if (pipe.over || this.lost || other.lost) return;
    const blocked = other.out.pending > 0 || (this.gate?.full ?? false);
    if (blocked !== this.paused) {
      this.paused = blocked;
      if (blocked) this.connection.pause();
      else this.connection.resume();
    }
    if (this.ended && !blocked && !this.gate?.holds && !other.shut) {
      other.shut = true;
      other.connection.shutdown();
      if (this.shut) return pipe.end("closed");
      // Its patience is another one from now on.
      other.#arm();
    }
    this.#arm();
  }

  release(): void {
    timers.forget(this);
    this.gate?.stop();
    this.out.flush();
    this.out.owner = undefined;
  }

  /** The timer runs while the peer owes us bytes, or the reading of ours. */
  #arm(): void {
    const owes = (!this.ended && !this.paused) || this.out.pending > 0;
    timers.set(this, owes ? this.#patienceMs : undefined);
  }

  get #patienceMs(): number | undefined {
    const { timeouts } = this.pipe;
    const own = this.side === "client" ? timeouts.clientMs : timeouts.serverMs;
    const fin = this.side === "client" ? timeouts.clientFinMs : timeouts.serverFinMs;
    return (this.shut ? fin : undefined) ?? timeouts.tunnelMs ?? own;
  }
}
