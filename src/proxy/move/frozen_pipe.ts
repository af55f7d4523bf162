import { timers } from "../../net/timers.ts";
import type { Pipe, PipeEnd } from "../pipe.ts";
import type { TcpStream } from "../tcp/tcp_stream.ts";
import type { EndDescription, TcpPipeDescription } from "./description.ts";
import { remainingMs } from "./frozen_client.ts";
import { FrozenConnection } from "./frozen_connection.ts";
import type { Frozen } from "./mover.ts";

/** A stream in TCP mode whose two connections stand still. */
export class FrozenPipe implements Frozen {
  readonly #client: FrozenEnd;
  readonly #server: FrozenEnd;

  constructor(private readonly stream: TcpStream, private readonly pipe: Pipe) {
    this.#client = new FrozenEnd(pipe.client);
    this.#server = new FrozenEnd(pipe.server);
  }

  get fds(): readonly number[] {
    return [this.pipe.client.connection.fd, this.pipe.server.connection.fd];
  }

  get bytes(): readonly Uint8Array[] {
    return [...this.pipe.client.out.waiting, ...this.pipe.server.out.waiting];
  }

  describe(id: number, listener: number): TcpPipeDescription {
    const { stream } = this;
    return {
      kind: "tcp-pipe",
      id,
      listener,
      client: stream.client.describe(),
      stream: stream.describe(),
      clientEnd: this.#client.describe(),
      serverEnd: this.#server.describe(),
    };
  }

  letGo(): void {
    this.pipe.letGo();
    this.stream.letGo();
  }

  thaw(): void {
    this.#client.thaw();
    this.#server.thaw();
  }
}

class FrozenEnd {
  readonly #connection: FrozenConnection;
  readonly #deadline: number;

  constructor(private readonly end: PipeEnd) {
    this.#connection = new FrozenConnection(end.connection);
    this.#deadline = end.deadline;
    timers.clear(end);
  }

  describe(): EndDescription {
    const { ended, shut, out } = this.end;
    return { ended, shut, pending: out.pending, timeoutMs: remainingMs(this.#deadline) };
  }

  thaw(): void {
    const { end } = this;
    timers.setAt(end, this.#deadline);
    this.#connection.thaw(!end.paused);
  }
}
