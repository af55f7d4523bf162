import { Buffer } from "node:buffer";
import { FdChannel, type Libc, messageFdsMax } from "../../ffi/mod.ts";
import type { Connection, ConnectionHandler } from "../net/connection.ts";
import { type Timed, timers } from "../net/timers.ts";
import { encodeRecord, type SocketRecord } from "./socket_record.ts";

/** A socket to give away. */
export interface OfferedSocket extends SocketRecord {
  readonly fd: number;
}

/** HAProxy reads at once, or not at all. */
const ackTimeoutMs = 1000;

/** Gives sockets to whoever has asked on this connection, or closes it without a word. */
export function offerSockets(
  libc: Libc | undefined,
  connection: Connection,
  sockets: readonly OfferedSocket[],
): void {
  if (libc && connection.fd >= 0) new SocketOffer(libc, connection, sockets).start();
  else connection.close();
}

/**
 * Gives listening sockets to a process that has asked with `_getsocks`: their number, then so many at a
 * time with a record of each, every message after the other side has confirmed the one before. Whatever
 * goes wrong ends the connection: the protocol has no other way to say it. The sockets stay open here.
 */
class SocketOffer implements ConnectionHandler, Timed {
  deadline = Infinity;
  slot = Infinity;
  place = 0;
  readonly #channel: FdChannel;
  #sent = 0;

  constructor(
    libc: Libc,
    private readonly connection: Connection,
    private readonly sockets: readonly OfferedSocket[],
  ) {
    this.#channel = new FdChannel(libc);
  }

  start(): void {
    this.connection.handler = this;
    const count = Buffer.alloc(4);
    count.writeInt32LE(this.sockets.length);
    if (this.sockets.length === 0 || !this.#send([], count)) return this.#end();
    this.#sendNext();
  }

  onData(): void {
    this.#sendNext();
  }

  onDrain(): void {}

  onEnd(): void {
    this.#end();
  }

  onClose(): void {
    timers.forget(this);
  }

  fire(): void {
    this.#end();
  }

  #sendNext(): void {
    const next = this.sockets.slice(this.#sent, this.#sent + messageFdsMax);
    if (next.length === 0) return this.#end();
    this.#sent += next.length;
    timers.set(this, ackTimeoutMs);
    if (!this.#send(next.map(({ fd }) => fd), Buffer.concat(next.map(encodeRecord)))) this.#end();
  }

  /** A message is small, and the one before it was read: the socket has room for it. */
  #send(fds: readonly number[], data: Uint8Array): boolean {
    const sent = this.#channel.send(this.connection.fd, fds, data);
    return sent.kind === "sent" && sent.bytes === data.length;
  }

  #end(): void {
    timers.forget(this);
    this.connection.close();
  }
}
