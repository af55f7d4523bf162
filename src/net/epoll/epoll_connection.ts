import { Buffer } from "node:buffer";
import { type Libc, SystemCallError } from "../../../ffi/mod.ts";
import type { Address } from "../../lang/address.ts";
import { arrive, handOn, type Receiver, type SocketSignal } from "../arrivals.ts";
import type { Connection, ConnectionError, ConnectionHandler } from "../connection.ts";
import { report } from "../event_fault.ts";
import { failureOf } from "../failure.ts";
import { socketOptions } from "../native_socket.ts";
import { silence } from "../silence.ts";
import { pendingError } from "../socket_facts.ts";
import { readiness, type Watched } from "./epoll.ts";
import { AddressRoom } from "./socket_address.ts";
import type { Turns, Unfinished } from "./turns.ts";

/** One read takes so much at most; more waits for the next turn. */
const readBytesMax = 262_144;

const [again, interrupted] = [11, 4];
const writingSide = 1;
/** `MSG_DONTWAIT`, and `MSG_NOSIGNAL` beside it. */
const [withoutWaiting, withoutWaitingOrSignal] = [0x40, 0x4040];
const noLinger = new Uint8Array(Int32Array.of(1, 0).buffer);

const { readable, writable, urgent, failed, hungUp, peerEnded } = readiness;
const somethingToRead = readable | failed | hungUp | peerEnded;

const readBytes = Buffer.from(new ArrayBuffer(readBytesMax));
const room = new AddressRoom();

/** A socket that is read and written by the C library, behind the seam. */
export class EpollConnection implements Connection, Receiver, Watched, Unfinished {
  readonly watch = "changes";
  generation = 0;
  failure: ConnectionError | undefined;
  closed = false;
  #remote: Address | undefined | null = null;
  #remotePort = -1;
  #paused = false;
  /** The kernel may have bytes that it will not tell of again. */
  #unread = false;
  #writeWaits = false;
  #shutDown = false;
  ended = false;
  /** Nothing more comes once all is read. */
  #ending = false;
  /** Reads may end before all is read: at a byte out of band, or behind descriptors from a unix peer. */
  stopsShort = false;
  /** Others have the socket, too: closing one's own descriptor does not end what is told of it. */
  shared = false;
  /** Its next turn is asked for. */
  #goesOn = false;
  #hungUp = false;
  #failed = false;

  constructor(
    private readonly libc: Libc,
    private readonly turns: Turns,
    public fd: number,
    public handler: ConnectionHandler,
    private state: "connecting" | "open",
  ) {}

  get remote(): Address | undefined {
    if (this.#remote === null) this.rememberPeer();
    return this.#remote ?? undefined;
  }

  get remotePort(): number {
    if (this.#remotePort < 0) this.rememberPeer();
    return Math.max(0, this.#remotePort);
  }

  /** Asks for the peer now: a socket that has closed cannot tell, and its log line names it yet. */
  rememberPeer(): void {
    if (this.state === "connecting") return;
    const { bytes, length } = room.clear();
    if (this.fd >= 0) this.libc.getpeername(this.fd, bytes, length);
    this.peerIs(room);
  }

  /** Takes the peer's address over from where a system call has left it. */
  peerIs(peer: AddressRoom): void {
    this.#remotePort = peer.port;
    this.#remote = peer.address;
    if (!this.#remote) this.stopsShort = true;
  }

  get local(): Address | undefined {
    return this.#asksLocal() ? room.address : undefined;
  }

  get localPort(): number {
    return this.#asksLocal() ? room.port : 0;
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    if (this.fd < 0 || this.state === "connecting" || to === from) return 0;
    const { libc } = this;
    const sent = libc.sendAt(this.fd, bytes, from, to - from, withoutWaitingOrSignal);
    if (sent === to - from) return sent;
    this.#writeWaits = true;
    if (sent >= 0) return sent;
    const errno = libc.errno();
    if (errno !== again && errno !== interrupted) this.#breaks(errno);
    return 0;
  }

  shutdown(): void {
    if (this.fd < 0) return;
    this.#shutDown = true;
    this.libc.shutdown(this.fd, writingSide);
  }

  close(): void {
    if (this.fd < 0) return;
    this.closed = true;
    this.#finish();
  }

  reset(): void {
    if (this.fd < 0) return;
    this.libc.setsockopt(this.fd, ...socketOptions.linger, noLinger, noLinger.length);
    this.close();
  }

  drop(resetHops?: number): void {
    if (this.fd >= 0) silence(this.libc, this.fd, resetHops);
    this.reset();
  }

  letGo(): void {
    this.closed = true;
    if (this.fd < 0) return;
    this.turns.leave(this);
    this.libc.close(this.fd);
    this.fd = -1;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#unread) this.#later();
  }

  ready(events: number): void {
    if (this.state === "connecting" && !this.#connects(events)) return;
    if (events & hungUp) this.#hungUp = true;
    if (events & failed) this.#failed = true;
    if (events & (failed | hungUp | peerEnded)) this.#ending = true;
    if (events & urgent) this.stopsShort = true;
    if (events & somethingToRead) {
      this.#unread = true;
      this.#read();
    }
    if (events & writable && this.#writeWaits) {
      this.#writeWaits = false;
      arrive(this, "drain");
    }
  }

  goOn(): void {
    this.#goesOn = false;
    if (this.#unread || this.#failed) this.#read();
  }

  /** An exception in a handler would end the process: the connection pays for it instead. */
  receive(arrival: Uint8Array | SocketSignal): void {
    try {
      if (arrival === "close") {
        this.closed = true;
        this.handler.onClose(this.failure);
      } else if (!this.closed) handOn(this, arrival);
    } catch (error) {
      report(error);
      this.reset();
    }
  }

  #asksLocal(): boolean {
    const { bytes, length } = room.clear();
    return this.fd >= 0 && this.libc.getsockname(this.fd, bytes, length) === 0;
  }

  #connects(events: number): boolean {
    if (!(events & (writable | failed | hungUp))) return false;
    // Whoever has answered and closed already has been reached.
    const errno = events & (failed | hungUp) ? pendingError(this.libc, this.fd) : 0;
    if (errno !== 0) {
      this.#fail(errno);
      return false;
    }
    this.state = "open";
    arrive(this, "open");
    return true;
  }

  /** Whoever asks twice reads once all the same, so that others have their turn. */
  #later(): void {
    if (this.#goesOn) return;
    this.#goesOn = true;
    this.turns.later(this);
  }

  /** Once a turn: whoever has more to read goes on in the next one. */
  #read(): void {
    if (this.fd < 0) return;
    if (this.ended) return this.#afterEnd();
    // Whoever waits for the other side is told that there is nobody to wait for.
    if (this.#paused) return this.#failed ? this.#fail() : undefined;
    const count = this.libc.recv(this.fd, readBytes, readBytesMax, withoutWaiting);
    if (count > 0) return this.#take(count);
    if (count === 0) return this.#end();
    const errno = this.libc.errno();
    if (errno === again) this.#unread = false;
    else if (errno === interrupted) this.#later();
    else this.#fail(errno);
  }

  #take(count: number): void {
    const bytes = Buffer.allocUnsafeSlow(count);
    readBytes.copy(bytes, 0, 0, count);
    arrive(this, bytes);
    if (count === readBytesMax || (this.stopsShort && !this.#ending)) return this.#later();
    // Such a read has emptied the socket, and the next byte is told of: an end would not be, again. Whoever
    // takes the bytes for a request is to know that nobody waits for its answer.
    if (this.#ending) this.#read();
    else this.#unread = false;
  }

  #end(): void {
    this.ended = true;
    if (this.#shutDown || this.#failed) return this.#finish();
    arrive(this, "end");
  }

  /** Nothing comes any more: it is over once nothing is sent, either. */
  #afterEnd(): void {
    this.#unread = false;
    if (this.#failed) this.#fail();
    else if (this.#hungUp && this.#shutDown) this.#finish();
  }

  /**
   * What is written goes nowhere. The kernel says why only once, and may say no more: what the peer has
   * sent before is read yet, and then it is over.
   */
  #breaks(errno: number): void {
    this.failure ??= failureOf(new SystemCallError("send", errno));
    this.#failed = this.#ending = true;
    this.#later();
  }

  #fail(errno: number = pendingError(this.libc, this.fd)): void {
    if (errno !== 0) this.failure ??= failureOf(new SystemCallError("socket", errno));
    this.#finish();
  }

  #finish(): void {
    const { fd } = this;
    if (fd < 0) return;
    if (this.shared) this.turns.leave(this);
    else this.turns.forget(this);
    this.fd = -1;
    this.libc.close(fd);
    arrive(this, "close");
  }
}
