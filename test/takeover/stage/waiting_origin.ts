import { createServer, type Server, type Socket } from "node:net";

/** An origin that lets requests wait until it is told to answer, and counts its connections. */
export class WaitingOrigin {
  connections = 0;
  readonly waiting: Socket[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on("data", () => this.waiting.push(socket));
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async open(): Promise<WaitingOrigin> {
    const origin = new WaitingOrigin();
    await new Promise<void>((resolve) => origin.#server.listen(0, "127.0.0.1", resolve));
    return origin;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  answer(head = "HTTP/1.1 200 OK"): void {
    for (const socket of this.waiting.splice(0)) {
      socket.write(`${head}\r\nContent-Length: 2\r\n\r\nok`);
    }
  }

  /** The connections that are open. */
  get open(): readonly Socket[] {
    return [...this.#sockets];
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
