import { duplicate, type Libc } from "../../ffi/mod.ts";
import { listenBun, type RuntimeListener } from "./bun.ts";
import { EpollListener } from "./epoll/epoll_listener.ts";
import { openedTurns } from "./epoll/turns.ts";
import { NativeSocket } from "./native_socket.ts";
import { listenNode } from "./node.ts";
import { acceptQueued } from "./queued_clients.ts";
import type { Accept, Listener, ListenOptions } from "./open.ts";

const readingSide = 0;

/** A socket that the C library made or someone else gave; the runtime accepts on it. */
export class NativeListener implements Listener {
  #listener: Pick<RuntimeListener, "stop"> | undefined;

  constructor(
    private readonly libc: Libc,
    private readonly options: ListenOptions,
    private readonly accepted: Accept,
    public fd: number,
    readonly port: number,
  ) {}

  async accept(): Promise<void> {
    if (this.#listener || this.fd < 0) return;
    const { backlog } = this.options;
    const turns = openedTurns();
    if (turns) {
      // It may have stopped to listen, and another socket may have its place.
      const listening = this.libc.listen(this.fd, backlog);
      NativeSocket.of(this.libc, this.fd).check(listening, "listen", "cannot listen to socket");
      this.#listener = new EpollListener(this.libc, turns, this.fd, this.accepted);
      return;
    }
    const listen = typeof Bun === "undefined" ? listenNode : listenBun;
    this.#listener = await listen({ kind: "fd", fd: this.fd }, backlog, this.accepted);
    // The runtime has chosen a backlog of its own.
    this.libc.listen(this.fd, backlog);
  }

  stop(): void {
    if (this.#listener) this.#listener.stop();
    else if (this.fd >= 0) this.libc.close(this.fd);
    this.#listener = undefined;
    this.fd = -1;
  }

  rest(): void {
    if (!this.#listener) return;
    const kept = duplicate(this.libc, this.fd);
    this.#listener.stop();
    this.#listener = undefined;
    this.fd = kept;
  }

  /**
   * As HAProxy does, the socket stays bound and only stops to listen, so that it needs no right to
   * bind again. A path has one owner at a time, and an inherited socket others who listen on it.
   */
  async pause(): Promise<void> {
    const { kind } = this.options.address;
    if (this.fd < 0 || kind === "unix") return;
    this.rest();
    if (kind === "fd") return;
    const queued = acceptQueued(this.libc, this.fd, this.accepted);
    this.libc.shutdown(this.fd, readingSide);
    await queued;
  }
}
