import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { LogDestination } from "./log_destination.ts";

/** Datagrams given to the system and not yet sent; more are dropped. */
const inFlightMax = 1024;
/** How long an end waits for them: a name may be asked for in vain. */
const lastLinesMs = 1000;

/** Syslog over UDP: a line is a datagram. Whether anyone receives it, nobody knows. */
export class UdpDestination implements LogDestination {
  dropped = 0;
  #socket: Socket;
  #inFlight = 0;
  #closed = false;
  #allSent: (() => void) | undefined;

  /** @param host an address, or a name that the system resolves */
  constructor(private readonly host: string, private readonly port: number) {
    this.#socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    // An unreachable receiver is reported at some later send; the line is lost either way.
    this.#socket.on("error", () => {
      this.dropped++;
    });
    this.#socket.unref();
  }

  write(line: string): void {
    if (this.#closed || this.#inFlight >= inFlightMax) {
      this.dropped++;
      return;
    }
    this.#inFlight++;
    this.#socket.send(Buffer.from(line, "latin1"), this.port, this.host, (error) => {
      this.#inFlight--;
      if (error) this.dropped++;
      if (this.#inFlight === 0) this.#allSent?.();
    });
  }

  reopen(): void {}

  /** Resolves when the last line is out: the system forgets those that wait in a socket that is closed. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#sent();
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #sent(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const late = setTimeout(resolve, lastLinesMs);
      this.#allSent = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }
}

/** A connected unix datagram socket, opened outside: the runtimes have none of their own. */
export interface UnixDatagramSocket {
  /** False when the system did not take it; never blocks. */
  send(bytes: Uint8Array): boolean;
  close(): void;
}

/** Syslog over a unix datagram socket (`/dev/log`). A receiver that restarted is found again. */
export class UnixDatagramDestination implements LogDestination {
  dropped = 0;
  #socket: UnixDatagramSocket | undefined;
  /** Why it could not be opened. */
  #fault: unknown;
  #told = false;

  /** @param lost told of the first line that nobody takes, and again after it was there */
  constructor(
    private readonly open: () => UnixDatagramSocket,
    private readonly lost: (why: unknown) => void,
  ) {
    // A syslog that is not there yet is no reason not to serve: every line tries again.
    this.#openAgain();
  }

  write(line: string): void {
    const bytes = Buffer.from(line, "latin1");
    if (this.#socket?.send(bytes)) return;
    if (this.#openAgain() && this.#socket!.send(bytes)) return;
    this.dropped++;
    if (this.#fault === undefined || this.#told) return;
    this.#told = true;
    this.lost(this.#fault);
  }

  reopen(): void {
    this.#openAgain();
  }

  close(): Promise<void> {
    this.#socket?.close();
    this.#socket = undefined;
    return Promise.resolve();
  }

  #openAgain(): boolean {
    try {
      const socket = this.open();
      this.#socket?.close();
      this.#socket = socket;
      this.#fault = undefined;
      this.#told = false;
      return true;
    } catch (error) {
      this.#fault = error;
      return false;
    }
  }
}
