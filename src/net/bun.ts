/// <reference types="bun" />
import type { BindAddress } from "../config/plan.ts";
import { Address } from "../lang/address.ts";
import type { Connection, ConnectionError, ConnectionHandler, Target } from "./connection.ts";
import { report } from "./event_fault.ts";
import type { Accept, ConnectOptions } from "./open.ts";

type BunSocket = import("bun").Socket<BunConnection>;

/** A Bun socket behind the seam. */
class BunConnection implements Connection {
  socket: BunSocket | undefined;
  #remote: Address | undefined | null = null;
  #local: Address | undefined | null = null;
  failure: ConnectionError | undefined;
  closed = false;

  constructor(public handler: ConnectionHandler) {}

  get remote(): Address | undefined {
    if (this.#remote === null) this.#remote = addressOf(this.socket?.remoteAddress);
    return this.#remote;
  }

  get remotePort(): number {
    return this.socket?.remotePort ?? 0;
  }

  get local(): Address | undefined {
    if (this.#local === null) this.#local = addressOf(this.socket?.localAddress);
    return this.#local;
  }

  get localPort(): number {
    return this.socket?.localPort ?? 0;
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    const taken = this.socket?.write(bytes, from, to - from) ?? 0;
    return taken > 0 ? taken : 0;
  }

  shutdown(): void {
    this.socket?.shutdown();
  }

  close(): void {
    this.closed = true;
    this.socket?.end();
  }

  reset(): void {
    this.closed = true;
    this.socket?.terminate();
  }

  pause(): void {
    this.socket?.pause();
  }

  resume(): void {
    this.socket?.resume();
  }
}

/** The runtime writes an IPv4 peer of a dual-stack socket as `::ffff:a.b.c.d`; HAProxy does not. */
function addressOf(text: string | undefined): Address | undefined {
  if (!text) return undefined;
  return Address.parse(text.startsWith("::ffff:") && text.includes(".") ? text.slice(7) : text);
}

/** An exception in a socket handler would end the process: the connection pays for it instead. */
function guard(connection: BunConnection, event: () => void): void {
  try {
    event();
  } catch (error) {
    report(error);
    connection.reset();
  }
}

const events: import("bun").SocketHandler<BunConnection> = {
  open(socket) {
    const connection = socket.data;
    connection.socket = socket;
    if (connection.closed) socket.end();
    else guard(connection, () => connection.handler.onOpen?.(connection));
  },
  data(socket, bytes) {
    const connection = socket.data;
    if (connection.closed) return;
    try {
      connection.handler.onData(bytes);
    } catch (error) {
      report(error);
      connection.reset();
    }
  },
  drain(socket) {
    const connection = socket.data;
    if (!connection.closed) guard(connection, () => connection.handler.onDrain());
  },
  end(socket) {
    const connection = socket.data;
    if (!connection.closed) guard(connection, () => connection.handler.onEnd());
  },
  error(socket, error) {
    socket.data.failure = failureOf(error);
  },
  close(socket, error) {
    const connection = socket.data;
    connection.closed = true;
    const failure = connection.failure ?? (error ? failureOf(error) : undefined);
    guard(connection, () => connection.handler.onClose(failure));
  },
  connectError(socket, error) {
    const connection = socket.data;
    connection.closed = true;
    guard(connection, () => connection.handler.onClose(failureOf(error)));
  },
};

function failureOf(error: unknown): ConnectionError {
  switch ((error as { code?: string }).code) {
    case "ECONNREFUSED":
    case "ENOENT":
      return "refused";
    case "ECONNRESET":
    case "EPIPE":
      return "reset";
    case "ETIMEDOUT":
      return "timeout";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ENOTFOUND":
      return "unreachable";
    default:
      return "local";
  }
}

/** See {@link import("./open.ts").connect}. */
export function connectBun(
  target: Target,
  handler: ConnectionHandler,
  _options: ConnectOptions,
): Connection {
  const connection = new BunConnection(handler);
  const common = { socket: events, data: connection, allowHalfOpen: true };
  const opening = target.kind === "unix"
    ? Bun.connect({ ...common, unix: target.path })
    : Bun.connect({ ...common, hostname: target.host, port: target.port });
  // A failure is told by `connectError`; the promise only repeats it.
  opening.catch(() => {});
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
      guard(connection, () => {
        const handler = accept(connection);
        if (handler) connection.handler = handler;
        else connection.close();
      });
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

const deaf: ConnectionHandler = { onData() {}, onDrain() {}, onEnd() {}, onClose() {} };
