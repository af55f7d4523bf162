/// <reference types="bun" />
import type { Libc } from "../../ffi/mod.ts";
import { arrive, type SocketSignal } from "./arrivals.ts";
import { BunConnection, events } from "./bun.ts";
import type { Connection, ConnectionHandler, Target } from "./connection.ts";
import { failureOf } from "./failure.ts";
import { connectionState, startConnecting } from "./outgoing_socket.ts";
import { noteAnswered } from "./unanswered.ts";

/** A connection whose socket was made by hand: the runtime takes it for open from the start. */
class OutgoingConnection extends BunConnection {
  #connecting = true;

  constructor(readonly libc: Libc, handler: ConnectionHandler, private readonly target: Target) {
    super(handler);
  }

  override receive(arrival: Uint8Array | SocketSignal): void {
    if (!this.#connecting) return super.receive(arrival);
    if (arrival === "close") {
      if (!this.closed) this.failure ??= "refused";
      return super.receive(arrival);
    }
    if (this.closed || arrival === "open") {
      if (this.closed) this.socket?.end();
      return;
    }
    // What failed may not be told again: the runtime waits for a byte that never comes.
    if (!this.#isConnected()) return this.reset();
    this.#connecting = false;
    noteAnswered(this.target);
    super.receive("open");
    if (arrival !== "drain") super.receive(arrival);
  }

  #isConnected(): boolean {
    const { fd } = this.socket as unknown as { readonly fd: number };
    const state = connectionState(this.libc, fd);
    if (state !== "connected") this.failure ??= failureOf(state);
    return state === "connected";
  }
}

/** Connects from a socket that the runtime has no options for; see `connect` in open.ts. */
export function connectByHand(
  libc: Libc,
  target: Target,
  handler: ConnectionHandler,
): Connection {
  const connection = new OutgoingConnection(libc, handler, target);
  try {
    const fd = startConnecting(libc, target);
    const options = { fd, socket: events, data: connection, allowHalfOpen: true };
    Bun.connect(options as never).catch(() => {});
  } catch (error) {
    connection.failure = failureOf(error);
    arrive(connection, "close");
  }
  return connection;
}
