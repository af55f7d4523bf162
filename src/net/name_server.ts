import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { NameServerLink, OpenNameServer } from "../dns/name_server.ts";
import type { NameServerSettings } from "../dns/settings.ts";
import type { Connection, ConnectionHandler } from "./connection.ts";
import { report } from "./event_fault.ts";
import { connect } from "./open.ts";

type Received = (message: Uint8Array) => void;

/** Opens a way to a name server. Nothing is sent before there is something to ask. */
export const openNameServer: OpenNameServer = (server, received) => {
  const guarded: Received = (message) => {
    try {
      received(message);
    } catch (error) {
      report(error);
    }
  };
  return server.over === "udp"
    ? new DatagramLink(server, guarded)
    : new StreamLink(server, guarded);
};

/** Datagrams that wait for the socket to be connected; more are lost, as the network loses some. */
const unsentMax = 1024;

/**
 * Over UDP, on a connected socket: the kernel chooses its port, and lets nobody but the name server
 * answer. One that nobody listened to is made anew, on another port.
 */
class DatagramLink implements NameServerLink {
  #socket: Socket | undefined;
  #isConnected = false;
  #unsent: Uint8Array[] = [];

  constructor(private readonly server: NameServerSettings, private readonly received: Received) {}

  send(message: Uint8Array): boolean {
    this.#socket ??= this.#open();
    if (this.#isConnected) this.#socket.send(message);
    else if (this.#unsent.length < unsentMax) this.#unsent.push(message);
    else return false;
    return true;
  }

  close(): void {
    this.#socket?.removeAllListeners();
    this.#socket?.on("error", () => {});
    try {
      this.#socket?.close();
    } catch {
      // It failed while it was being made: there is nothing to close.
    }
    this.#socket = undefined;
    this.#isConnected = false;
    this.#unsent = [];
  }

  #open(): Socket {
    const { host, port } = this.server;
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    socket.unref();
    socket.on("error", () => {
      if (this.#socket === socket) this.close();
    });
    socket.on("message", (message) => this.received(message));
    // Whoever listens for it is told of a failure as well, which its types do not say.
    socket.connect(
      port,
      host,
      ((error?: Error | null) => {
        if (this.#socket !== socket) return;
        if (error) return this.close();
        this.#isConnected = true;
        for (const message of this.#unsent.splice(0)) socket.send(message);
      }) as () => void,
    );
    return socket;
  }
}

/** A message's length goes before it (RFC 1035 §4.2.2). */
const prefixBytes = 2;
/** Bytes that wait for the connection; what goes beyond is not sent. */
const unsentBytesMax = 65_536;

/** Over TCP: one connection takes every query, and is made again when it is gone. */
class StreamLink implements NameServerLink, ConnectionHandler {
  #connection: Connection | undefined;
  #isOpen = false;
  #unsent = new Uint8Array();
  #pending = new Uint8Array();

  constructor(private readonly server: NameServerSettings, private readonly received: Received) {}

  send(message: Uint8Array): boolean {
    const { length } = message;
    if (this.#unsent.length + prefixBytes + length > unsentBytesMax) return false;
    const framed = new Uint8Array(prefixBytes + length);
    framed.set([length >> 8, length & 255]);
    framed.set(message, prefixBytes);
    this.#unsent = joined(this.#unsent, framed);
    const { host, port } = this.server;
    this.#connection ??= connect({ kind: "tcp", host, port }, this);
    if (this.#isOpen) this.#flush();
    return true;
  }

  close(): void {
    const connection = this.#connection;
    this.#forget();
    connection?.close();
  }

  onOpen(connection: Connection): void {
    // Closed while it was being made.
    if (connection !== this.#connection) return connection.close();
    this.#isOpen = true;
    this.#flush();
  }

  onData(bytes: Uint8Array): void {
    const connection = this.#connection;
    const all = joined(this.#pending, bytes);
    let at = 0;
    // The rest is copied once, not behind each message: a server may send many that are tiny.
    while (at + prefixBytes <= all.length) {
      const end = at + prefixBytes + all[at]! * 256 + all[at + 1]!;
      if (end > all.length) break;
      this.received(all.slice(at + prefixBytes, end));
      if (connection !== this.#connection) return;
      at = end;
    }
    // Less than one message: its length bounds it.
    this.#pending = all.slice(at);
  }

  onDrain(): void {
    this.#flush();
  }

  onEnd(): void {
    this.close();
  }

  onClose(): void {
    this.#forget();
  }

  #flush(): void {
    const { length } = this.#unsent;
    if (length > 0) {
      this.#unsent = this.#unsent.slice(this.#connection!.write(this.#unsent, 0, length));
    }
  }

  #forget(): void {
    this.#connection = undefined;
    this.#isOpen = false;
    this.#unsent = new Uint8Array();
    this.#pending = new Uint8Array();
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}
