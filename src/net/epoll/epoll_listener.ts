import type { Libc } from "../../../ffi/mod.ts";
import { deaf } from "../connection.ts";
import { report } from "../event_fault.ts";
import type { Accept } from "../open.ts";
import type { Watched } from "./epoll.ts";
import { EpollConnection } from "./epoll_connection.ts";
import { sendAtOnce } from "./epoll_sockets.ts";
import { AddressRoom } from "./socket_address.ts";
import type { Turns } from "./turns.ts";

const [nonBlocking, closeOnExec] = [0o4000, 0o2000000];
const [getFlags, setFlags] = [3, 4];
const [interrupted, again, aborted] = [4, 11, 103];
const room = new AddressRoom();

/** Connections accepted in one turn at most: those that are there have theirs as well. */
const acceptedMax = 64;

/** Without a descriptor for it, a connection waits in the kernel so long until the next try. */
const restMs = 100;

/** Accepts on a socket that listens. */
export class EpollListener implements Watched {
  readonly watch = "state";
  generation = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(
    private readonly libc: Libc,
    private readonly turns: Turns,
    readonly fd: number,
    private readonly accepted: Accept,
  ) {
    // Whoever made it may have left it waiting.
    libc.fcntl(fd, setFlags!, libc.fcntl(fd, getFlags!, 0) | nonBlocking!);
    // What is accepted inherits it.
    sendAtOnce(libc, fd);
    turns.watch(this);
  }

  /** Accepts no more, and closes the socket. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#rest);
    this.turns.leave(this);
    this.libc.close(this.fd);
  }

  ready(): void {
    for (let count = 0; count < acceptedMax && !this.#stopped; count++) {
      const { bytes, length } = room.clear();
      const fd = this.libc.accept4(this.fd, bytes, length, nonBlocking! | closeOnExec!);
      const errno = fd < 0 ? this.libc.errno() : 0;
      if (errno === again) return;
      if (fd >= 0) this.#begin(fd);
      else if (errno !== aborted && errno !== interrupted) return this.#restAWhile();
    }
  }

  #restAWhile(): void {
    this.turns.leave(this);
    this.#rest = setTimeout(() => this.#goOn(), restMs);
  }

  #goOn(): void {
    try {
      this.turns.watch(this);
    } catch {
      // The system has no room for it yet, either.
      this.#restAWhile();
    }
  }

  #begin(fd: number): void {
    const connection = new EpollConnection(this.libc, this.turns, fd, deaf, "open");
    connection.peerIs(room);
    try {
      const handler = this.accepted(connection);
      if (!handler) return connection.close();
      connection.handler = handler;
      if (!connection.closed) this.turns.watch(connection);
    } catch (error) {
      report(error);
      connection.reset();
    }
  }
}
