import type { Libc } from "../../ffi/mod.ts";
import { listenBun, type RuntimeListener } from "./bun.ts";
import type { ListeningOptions } from "./listening_socket.ts";
import { listenNode } from "./node.ts";
import type { Accept, Listener, ListenOptions } from "./open.ts";

const duplicateCloseOnExec = 1030;
const readingSide = 0;

/** A socket that the C library made or someone else gave; the runtime accepts on it. */
export class NativeListener implements Listener {
  #listener: RuntimeListener | undefined;

  constructor(
    private readonly libc: Libc,
    private readonly options: ListenOptions & ListeningOptions,
    private readonly accepted: Accept,
    public fd: number,
    readonly port: number,
  ) {}

  async accept(): Promise<void> {
    const { backlog } = this.options;
    const listen = typeof Bun === "undefined" ? listenNode : listenBun;
    this.#listener = await listen({ kind: "fd", fd: this.fd }, backlog, this.accepted);
    // The runtime has chosen a backlog of its own.
    this.libc.listen(this.fd, backlog);
  }

  stop(): void {
    if (this.#listener) this.#listener.stop();
    else this.libc.close(this.fd);
    this.fd = -1;
  }

  /**
   * As HAProxy does, the socket stays bound and only stops to listen, so that it needs no right to
   * bind again. A path has one owner at a time, and an inherited socket others who listen on it.
   */
  pause(): void {
    const { kind } = this.options.address;
    if (!this.#listener || kind === "unix") return;
    const kept = this.libc.fcntl(this.fd, duplicateCloseOnExec, 0);
    this.#listener.stop();
    this.#listener = undefined;
    this.fd = kept;
    if (kind !== "fd") this.libc.shutdown(kept, readingSide);
  }

  async resume(): Promise<void> {
    if (!this.#listener) await this.accept();
  }
}
