import { connect, type NetConnectOpts, type Socket } from "node:net";
import { readByPeer, sendPieces } from "../../support/delivery.ts";
import { type Message, takeMessage } from "../../support/http_message.ts";

/** How long anything is waited for before the story has failed; a passing story never waits so long. */
export const patienceMs = 20_000;

/** A port of 127.0.0.1, the path of a unix socket, or another address. */
export type Destination = number | string | {
  readonly host: string;
  readonly port: number;
  /** Where it comes from; any address when absent. */
  readonly localAddress?: string;
};

/** One end of a connection in a story: a client, or a connection that an origin accepted. */
export class Peer {
  /** latin1, received and not yet taken. */
  received = "";
  /** The other side will send no more. */
  finished: "open" | "ended" | "reset" = "open";
  #wake = new Set<() => void>();

  constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on(
      "data",
      (bytes: Buffer) => this.#note(() => (this.received += bytes.toString("latin1"))),
    );
    socket.on("end", () => this.#finish("ended"));
    socket.on("close", () => this.#finish("ended"));
    socket.on("error", () => this.#finish("reset"));
  }

  /** Connects to a port of 127.0.0.1, to another address, or to a unix socket. */
  static connect(to: Destination): Promise<Peer> {
    const where = typeof to === "number"
      ? { host: "127.0.0.1", port: to }
      : typeof to === "string"
      ? { path: to }
      : to;
    return new Promise((resolve, reject) => {
      const socket = connect({ ...where, allowHalfOpen: true } as NetConnectOpts);
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new Peer(socket));
      });
    });
  }

  send(data: string | Uint8Array): this {
    this.socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
    return this;
  }

  /** Sends pieces, each after the other side has read the one before. */
  sendApart(pieces: Iterable<string>): Promise<void> {
    return sendPieces(this.socket, [...pieces]);
  }

  /** Sends, and waits until the other side has read it. */
  sendAndSettle(piece: string): Promise<void> {
    this.send(piece);
    return readByPeer(this.socket);
  }

  /** Sends all of it as fast as the other side reads; resolves early when that side is gone. */
  async pour(pieces: Iterable<Uint8Array>): Promise<void> {
    for (const piece of pieces) {
      if (this.socket.destroyed) return;
      if (this.socket.write(piece)) continue;
      await new Promise<void>((resolve) => {
        const over = (): void => {
          this.socket.off("drain", over).off("close", over);
          resolve();
        };
        this.socket.on("drain", over).on("close", over);
      });
    }
  }

  /** Ends the sending side; reading goes on. */
  halfClose(): this {
    this.socket.end();
    return this;
  }

  close(): void {
    this.socket.destroy();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Takes what was received up to and with `text`. */
  async until(text: string): Promise<string> {
    await this.#wait(() => this.received.includes(text), `'${text}'`);
    return this.#take(this.received.indexOf(text) + text.length);
  }

  /** Takes exactly `count` bytes. */
  async bytes(count: number): Promise<string> {
    await this.#wait(() => this.received.length >= count, `${count} bytes`);
    return this.#take(count);
  }

  /** Takes one whole request. */
  request(): Promise<Message> {
    return this.#message("request", "GET");
  }

  /** Takes one whole answer to `method`, interim answers included one by one. */
  answer(method = "GET"): Promise<Message> {
    return this.#message("answer", method);
  }

  /** Sends a request and takes its answer. */
  ask(request: string): Promise<Message> {
    return this.send(request).answer(request.slice(0, request.indexOf(" ")));
  }

  /** Waits for the end of what the other side sends; returns what was left. */
  async end(): Promise<string> {
    await this.#wait(() => this.finished !== "open", "the end");
    return this.#take(this.received.length);
  }

  async #message(side: "request" | "answer", method: string): Promise<Message> {
    let taken = this.#parse(side, method);
    await this.#wait(() => {
      taken = this.#parse(side, method);
      return taken.kind !== "incomplete" || this.finished !== "open";
    }, `a whole ${side}`);
    if (taken.kind !== "message") {
      const seen = JSON.stringify(this.received.slice(0, 400));
      throw new Error(`Expected an ${side}, the connection ${this.finished} with ${seen}`);
    }
    this.#take(taken.next);
    return taken.message;
  }

  #parse(side: "request" | "answer", method: string): ReturnType<typeof takeMessage> {
    return takeMessage(this.received, 0, { side, method, closed: this.finished !== "open" });
  }

  #take(count: number): string {
    const taken = this.received.slice(0, count);
    this.received = this.received.slice(count);
    return taken;
  }

  #note(what: () => void): void {
    what();
    for (const wake of this.#wake) wake();
  }

  #finish(how: "ended" | "reset"): void {
    this.#note(() => {
      if (this.finished === "open") this.finished = how;
    });
  }

  #wait(done: () => boolean, what: string): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        this.#wake.delete(look);
        if (error) reject(error);
        else resolve();
      };
      const fail = (why: string): void => {
        const seen = JSON.stringify(this.received.slice(0, 400));
        settle(new Error(`Waited for ${what}, ${why}; received ${seen}`));
      };
      const look = (): void => {
        if (done()) settle();
        else if (this.finished !== "open" && this.socket.destroyed) fail("the connection is gone");
      };
      const timer = setTimeout(() => fail(`in vain (${this.finished})`), patienceMs);
      this.#wake.add(look);
    });
  }
}

/** Value of a field, by name in any case. */
export function field(message: Message, name: string): string | undefined {
  return message.headers.find(([n]) => n.toLowerCase() === name.toLowerCase())?.[1];
}
