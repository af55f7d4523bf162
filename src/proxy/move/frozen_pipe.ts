import { timers } from "../../net/timers.ts";
import type { Pipe, PipeEnd } from "../pipe.ts";
import type { EndDescription, MovedDescription } from "./description.ts";
import { remainingMs } from "./frozen_client.ts";
import { FrozenConnection } from "./frozen_connection.ts";
import type { Frozen, Understands, Unmovable } from "./mover.ts";

/** What the words for a pipe have in common. */
export interface PipeWords {
  readonly id: number;
  readonly listener: number;
  readonly clientEnd: EndDescription;
  readonly serverEnd: EndDescription;
}

/** Whose two connections are a pipe. */
export interface MovingStream {
  describeMoved(words: PipeWords): MovedDescription;
  /** Another process goes on, and counts and logs the end. */
  letGo(): void;
}

/** Freezes both connections of a pipe, unless more than bytes is on its way through it. */
export function freezePipe(
  pipe: Pipe,
  stream: MovingStream,
  understands: Understands,
): Frozen | Unmovable {
  const ends = [pipe.client, pipe.server];
  if (ends.some(({ gate }) => gate?.throttle) && !understands("paces")) return "never";
  const still = !pipe.over && ends.every(({ gate, lost }) => (!gate || gate.throttle) && !lost);
  return still ? new FrozenPipe(pipe, stream) : "not yet";
}

/** A pipe that stands still. */
class FrozenPipe implements Frozen {
  readonly #client: FrozenEnd;
  readonly #server: FrozenEnd;

  constructor(private readonly pipe: Pipe, private readonly stream: MovingStream) {
    this.#client = new FrozenEnd(pipe.client);
    this.#server = new FrozenEnd(pipe.server);
  }

  get fds(): readonly number[] {
    return [this.#client.fd, this.#server.fd];
  }

  get bytes(): readonly Uint8Array[] {
    const { client, server } = this.pipe;
    return [...client.out.waiting, ...server.out.waiting, ...heldBy(client), ...heldBy(server)];
  }

  describe(id: number, listener: number): MovedDescription {
    const clientEnd = this.#client.describe();
    const serverEnd = this.#server.describe();
    return this.stream.describeMoved({ id, listener, clientEnd, serverEnd });
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
    end.gate?.throttle?.halt();
  }

  get fd(): number {
    return this.#connection.fd;
  }

  describe(): EndDescription {
    const { ended, shut, out } = this.end;
    const held = heldBy(this.end).reduce((sum, { length }) => sum + length, 0);
    return { ended, shut, pending: out.pending, held, timeoutMs: remainingMs(this.#deadline) };
  }

  thaw(): void {
    const { end } = this;
    timers.setAt(end, this.#deadline);
    end.gate?.throttle?.goOn();
    this.#connection.thaw(!end.paused);
  }
}

/** What an end has sent that waits for its time. */
function heldBy({ gate }: PipeEnd): readonly Uint8Array[] {
  return gate?.throttle?.waiting ?? [];
}
