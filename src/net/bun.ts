/// <reference types="bun" />
import { openedLibc } from "../../ffi/mod.ts";
import type { BindAddress } from "../config/bind_plan.ts";
import type { Address } from "../lang/address.ts";
import { arrive, handOn, type Receiver, type SocketSignal } from "./arrivals.ts";
import {
  type Connection,
  type ConnectionError,
  type ConnectionHandler,
  deaf,
  type Target,
} from "./connection.ts";
import { report } from "./event_fault.ts";
import { failureOf } from "./failure.ts";
import type { Accept } from "./open.ts";
import { runtimeAddress } from "./runtime_address.ts";
import { silence } from "./silence.ts";
import { noteUnanswered } from "./unanswered.ts";

type BunSocket = import("bun").Socket<BunConnection>;

/** A Bun socket behind the seam. */
export class BunConnection implements Connection, Receiver {
  socket: BunSocket | undefined;
  #remote: Address | undefined | null = null;
  #remotePort: number | undefined;
  #local: Address | undefined | null = null;
  failure: ConnectionError | undefined;
  closed = false;
  ended = false;

  /** @param connectsTo where the runtime is connecting to, for a connection that it makes itself */
  constructor(public handler: ConnectionHandler, readonly connectsTo?: Target) {}

  get remote(): Address | undefined {
    if (this.#remote === null) this.#remote = runtimeAddress(this.socket?.remoteAddress);
    return this.#remote;
  }

  get remotePort(): number {
    return this.#remotePort ?? this.socket?.remotePort ?? 0;
  }

  /** Asks for the peer now: a socket that has closed cannot tell, and its log line names it yet. */
  rememberPeer(): void {
    this.#remotePort = this.socket?.remotePort;
    // The runtime keeps the text itself once it was asked for.
    void this.socket?.remoteAddress;
  }

  get local(): Address | undefined {
    if (this.#local === null) this.#local = runtimeAddress(this.socket?.localAddress);
    return this.#local;
  }

  get localPort(): number {
    return this.socket?.localPort ?? 0;
  }

  get fd(): number {
    return (this.socket as { readonly fd?: number } | undefined)?.fd ?? -1;
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    const taken = this.socket?.write(bytes, from, to - from) ?? 0;
    return taken > 0 ? taken : 0;
  }

  shutdown(): void {
    this.socket?.shutdown();
  }

  close(): void {
    this.#giveUp();
    this.socket?.end();
  }

  reset(): void {
    this.#giveUp();
    this.socket?.terminate();
  }

  drop(resetHops?: number): void {
    const { fd } = this;
    const native = openedLibc();
    if (native && fd >= 0) silence(native, fd, resetHops);
    this.reset();
  }

  letGo(): void {
    this.closed = true;
    this.handler = deaf;
    this.socket?.close();
  }

  #giveUp(): void {
    if (this.connectsTo && !this.socket && !this.closed) noteUnanswered(this.connectsTo);
    this.closed = true;
  }

  pause(): void {
    this.socket?.pause();
  }

  resume(): void {
    this.socket?.resume();
  }

  /** An exception in a socket handler would end the process: the connection pays for it instead. */
  receive(arrival: Uint8Array | SocketSignal): void {
    try {
      if (arrival === "close") this.#end();
      else if (!this.closed) handOn(this, arrival);
      else if (arrival === "open") this.socket?.end();
    } catch (error) {
      report(error);
      this.reset();
    }
  }

  #end(): void {
    this.closed = true;
    this.handler.onClose(this.failure);
  }
}

export const events: import("bun").SocketHandler<BunConnection> = {
  open(socket) {
    socket.data.socket = socket;
    arrive(socket.data, "open");
  },
  data(socket, bytes) {
    arrive(socket.data, bytes);
  },
  drain(socket) {
    arrive(socket.data, "drain");
  },
  end(socket) {
    socket.data.ended = true;
    arrive(socket.data, "end");
  },
  error(socket, error) {
    socket.data.failure = failureOf(error);
  },
  close(socket, error) {
    if (error) socket.data.failure ??= failureOf(error);
    arrive(socket.data, "close");
  },
  connectError(socket, error) {
    socket.data.failure = failureOf(error);
    arrive(socket.data, "close");
  },
};

/** A path, or an abstract name as the runtimes spell it. */
export function pathOf(target: Exclude<Target, { kind: "tcp" }>): string {
  return target.kind === "unix" ? target.path : `\0${target.name}`;
}

/** See {@link import("./open.ts").connect}. */
export function connectBun(target: Target, handler: ConnectionHandler): Connection {
  const connection = new BunConnection(handler, target);
  const common = { socket: events, data: connection, allowHalfOpen: true };
  const opening = target.kind === "tcp"
    ? Bun.connect({ ...common, hostname: target.host, port: target.port })
    : Bun.connect({ ...common, unix: pathOf(target) });
  // A failure is told by `connectError`; the promise only repeats it.
  opening.catch(ignore);
  return connection;
}

/** What the runtime listens on: an address, or a socket that listens already. */
export type RuntimeAddress = Exclude<BindAddress, { kind: "abstract" }>;

/** A listener as the runtime has it. */
export interface RuntimeListener {
  readonly port: number;
  stop(): void;
}

/** See {@link import("./open.ts").listen}. The runtime has no option for the backlog. */
export function listenBun(
  address: RuntimeAddress,
  _backlog: number,
  accept: Accept,
): RuntimeListener {
  const socket: typeof events = {
    ...events,
    open(bunSocket) {
      const connection = new BunConnection(deaf);
      connection.socket = bunSocket;
      bunSocket.data = connection;
      connection.rememberPeer();
      try {
        const handler = accept(connection);
        if (handler) connection.handler = handler;
        else connection.close();
      } catch (error) {
        report(error);
        connection.reset();
      }
    },
  };
  const listener = Bun.listen<BunConnection>(
    { socket, allowHalfOpen: true, ...place(address) } as never,
  );
  return {
    port: "port" in listener ? (listener as { port: number }).port : 0,
    stop: () => listener.stop(false),
  };
}

function place(address: RuntimeAddress): object {
  switch (address.kind) {
    case "unix":
      return { unix: address.path };
    case "fd":
      return { fd: address.fd };
    case "tcp": {
      const { host: hostname, port, v6only: ipv6Only } = address;
      return { hostname, port, ipv6Only, exclusive: true };
    }
    default:
      return address satisfies never;
  }
}

function ignore(): void {}
