import net from "node:net";
import type { Address } from "../lang/address.ts";
import { clock } from "./clock.ts";
import {
  type Connection,
  type ConnectionError,
  type ConnectionHandler,
  deaf,
  type Target,
} from "./connection.ts";
import { report } from "./event_fault.ts";
import { failureOf } from "./failure.ts";
import { pathOf, type RuntimeAddress, type RuntimeListener } from "./bun.ts";
import { flushOutbox } from "./outbox.ts";
import type { Accept } from "./open.ts";
import { runtimeAddress } from "./runtime_address.ts";

/**
 * A node:net socket behind the seam, for Deno where {@link import("./epoll/turns.ts").Turns} can't be
 * had. node:net buffers what the kernel does not take, so `write` takes nothing while something is
 * still buffered.
 */
export class NodeConnection implements Connection {
  /** The runtime does not tell it. */
  readonly fd = -1;
  #closed = false;
  #failure: ConnectionError | undefined;
  #remoteAddress: string | undefined;
  #remotePort: number | undefined;

  constructor(readonly socket: net.Socket, public handler: ConnectionHandler) {
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#event(() => this.handler.onData(bytes as Uint8Array)));
    socket.on("drain", () => this.#event(() => this.handler.onDrain()));
    socket.on("end", () => this.#event(() => this.handler.onEnd()));
    socket.on("error", (error) => {
      this.#failure = failureOf(error);
    });
    socket.on("close", () => this.#end());
  }

  get ended(): boolean {
    return this.socket.readableEnded;
  }

  get remote(): Address | undefined {
    return runtimeAddress(this.#remoteAddress ?? this.socket.remoteAddress);
  }

  get remotePort(): number {
    return this.#remotePort ?? this.socket.remotePort ?? 0;
  }

  /** Asks for the peer now: a socket that has closed cannot tell, and its log line names it yet. */
  rememberPeer(): void {
    this.#remoteAddress = this.socket.remoteAddress;
    this.#remotePort = this.socket.remotePort;
  }

  get local(): Address | undefined {
    return runtimeAddress(this.socket.localAddress);
  }

  get localPort(): number {
    return this.socket.localPort ?? 0;
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    if (this.#closed || this.socket.writableNeedDrain) return 0;
    // node:net keeps a reference until it is sent, and the caller reuses its buffer. A Buffer's own
    // `slice` copies nothing.
    this.socket.write(Uint8Array.prototype.slice.call(bytes, from, to));
    return to - from;
  }

  shutdown(): void {
    if (!this.#closed) this.socket.end();
  }

  close(): void {
    this.#closed = true;
    this.socket.destroySoon();
  }

  reset(): void {
    this.#closed = true;
    this.socket.resetAndDestroy();
  }

  drop(): void {
    this.reset();
  }

  /** Nobody else can have it: there is no descriptor to give away. */
  letGo(): void {
    this.handler = deaf;
    this.reset();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  opened(): void {
    this.#event(() => this.handler.onOpen?.(this));
  }

  #event(event: () => void): void {
    if (this.#closed) return;
    clock.tick();
    try {
      event();
    } catch (error) {
      report(error);
      this.reset();
    }
    flushOutbox();
  }

  #end(): void {
    this.#closed = true;
    clock.tick();
    try {
      this.handler.onClose(this.#failure);
    } catch (error) {
      report(error);
    }
    flushOutbox();
  }
}

/** See {@link import("./open.ts").connect}. */
export function connectNode(target: Target, handler: ConnectionHandler): Connection {
  const source = target.socket?.source;
  const socket = target.kind === "tcp"
    ? net.connect({
      host: target.host,
      port: target.port,
      allowHalfOpen: true,
      localAddress: source?.address?.toString(),
      localPort: source?.ports[0],
      keepAlive: target.socket?.keepAlive !== undefined,
    } as net.NetConnectOpts)
    : net.connect({ path: pathOf(target), allowHalfOpen: true } as net.NetConnectOpts);
  const connection = new NodeConnection(socket, handler);
  socket.once("connect", () => connection.opened());
  return connection;
}

/** See {@link import("./open.ts").listen}. */
export function listenNode(
  address: RuntimeAddress,
  backlog: number,
  accept: Accept,
): Promise<RuntimeListener> {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: false }, (socket) => {
    const connection = new NodeConnection(socket, deaf);
    connection.rememberPeer();
    const handler = accept(connection);
    if (handler) connection.handler = handler;
    else connection.close();
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...place(address), backlog }, () => {
      const bound = server.address();
      resolve({
        port: typeof bound === "object" && bound ? bound.port : 0,
        stop: () => void server.close(),
      });
    });
  });
}

function place(address: RuntimeAddress): net.ListenOptions {
  switch (address.kind) {
    case "unix":
      return { path: address.path };
    case "fd":
      return { fd: address.fd } as net.ListenOptions;
    case "tcp":
      return { host: address.host, port: address.port, ipv6Only: address.v6only };
    default:
      return address satisfies never;
  }
}
