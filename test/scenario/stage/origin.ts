import { createServer, type Server } from "node:net";
import { patienceMs, Peer } from "./peer.ts";

/** A server that a story plays by hand: it accepts, and says nothing that the story does not say. */
export class StoryOrigin {
  /** Connections accepted so far. */
  accepted = 0;
  readonly peers: Peer[] = [];
  #server: Server;
  #waiting: ((peer: Peer) => void)[] = [];
  #unclaimed: Peer[] = [];
  #port: number;

  constructor(port = 0) {
    this.#port = port;
    this.#server = this.#make();
  }

  get port(): number {
    return this.#port;
  }

  /** Listens; on the port it had before, when it listens again. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host: "127.0.0.1", port: this.#port, backlog: 511 }, () => {
        const address = this.#server.address();
        if (typeof address === "object" && address !== null) this.#port = address.port;
        resolve();
      });
    });
  }

  /** The next connection that nobody has taken yet. */
  accept(): Promise<Peer> {
    const ready = this.#unclaimed.shift();
    if (ready) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error("The origin waited for a connection in vain")),
        patienceMs,
      );
      this.#waiting.push((peer) => {
        clearTimeout(timer);
        resolve(peer);
      });
    });
  }

  /** From now on every new connection is answered by `serve`. */
  always(serve: (peer: Peer) => void | Promise<void>): this {
    this.accept = () => Promise.reject(new Error("This origin answers by itself"));
    const next = (peer: Peer): void => {
      this.#waiting.push(next);
      Promise.resolve(serve(peer)).catch(() => peer.close());
    };
    this.#waiting.push(next);
    return this;
  }

  /** Stops listening and closes what is open. */
  async close(): Promise<void> {
    for (const peer of this.peers.splice(0)) peer.close();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server = this.#make();
  }

  #make(): Server {
    return createServer({ allowHalfOpen: true }, (socket) => {
      this.accepted++;
      const peer = new Peer(socket);
      this.peers.push(peer);
      const taker = this.#waiting.shift();
      if (taker) taker(peer);
      else this.#unclaimed.push(peer);
    });
  }
}

/** Answers every request with its name and the request's line, on connections that are kept. */
export function naming(name: string): (peer: Peer) => Promise<void> {
  return async (peer) => {
    for (;;) {
      const request = await peer.request();
      const body = `${name} ${request.start} ${request.body}`;
      const head = `HTTP/1.1 200 OK\r\nX-Origin: ${name}\r\nContent-Length: ${body.length}\r\n\r\n`;
      peer.send(request.start.startsWith("HEAD ") ? head : head + body);
    }
  };
}
