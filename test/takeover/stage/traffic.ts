import { connect, createServer, type Server, type Socket } from "node:net";

/** An HTTP origin that says back the target of each request. */
export function echoOrigin(): { port: number; stop(): void } {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => new Response(new URL(request.url).pathname),
  });
  return { port: server.port!, stop: () => void server.stop(true) };
}

/**
 * A TCP server that says back every byte, inverted.
 *
 * @param answer what it says to a request's head, which comes first then
 */
export async function invertingOrigin(answer?: string): Promise<{ port: number; stop(): void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    let head = answer === undefined ? undefined : "";
    socket.on("data", (piece: Buffer) => {
      let bytes = piece;
      if (head !== undefined) {
        head += piece.toString("latin1");
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        bytes = Buffer.from(head.slice(end + 4), "latin1");
        head = undefined;
        socket.write(answer!);
      }
      const inverted = Buffer.from(bytes.map((byte) => byte ^ 255));
      if (!socket.write(inverted)) {
        socket.pause();
        socket.once("drain", () => socket.resume());
      }
    });
    socket.on("end", () => socket.end());
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port, stop };
}

/** A client of one keep-alive connection, which asks again and again. */
export class KeepAliveClient {
  asked = 0;
  answered = 0;
  wrong = 0;
  closes = 0;
  readonly #socket: Socket;
  #text = "";
  #expected = "";
  #stopping: (() => void) | undefined;

  constructor(port: number, private readonly name: string, private readonly thinkMs: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (bytes) => this.#read(String(bytes)));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      if (!this.#stopping) this.closes++;
      this.#stopping?.();
    });
    this.#ask();
  }

  get lost(): number {
    return this.asked - this.answered;
  }

  /** Resolves when the last answer is here. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#stopping = resolve;
      if (this.#socket.destroyed) resolve();
      const timer = setTimeout(resolve, 5000);
      this.#stopping = () => {
        clearTimeout(timer);
        this.#socket.destroy();
        resolve();
      };
    });
  }

  #ask(): void {
    if (this.#stopping) return this.#stopping();
    this.#expected = `/${this.name}/${++this.asked}`;
    const request = `GET ${this.#expected} HTTP/1.1\r\nHost: a\r\n\r\n`;
    // In two pieces now and then: half a head may be all that has come.
    if (this.asked % 3 !== 0) return void this.#socket.write(request);
    this.#socket.write(request.slice(0, 12));
    setTimeout(() => this.#socket.write(request.slice(12)), 1);
  }

  #read(text: string): void {
    this.#text += text;
    const end = this.#text.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#text)?.[1]);
    if (this.#text.length < end + 4 + length) return;
    const body = this.#text.slice(end + 4);
    this.#text = "";
    this.answered++;
    if (body !== this.#expected) this.wrong++;
    setTimeout(() => this.#ask(), this.thinkMs);
  }
}

/** A connection through which bytes go and come back inverted, each of them checked. */
export class CheckedTunnel {
  sent = 0;
  received = 0;
  wrong = 0;
  closes = 0;
  answer = "";
  readonly #socket: Socket;
  #ending = false;
  readonly #ended: Promise<void>;

  /** @param request the head that opens it; the head of the answer is taken off */
  constructor(port: number, private readonly seed: number, request?: string) {
    this.#socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let head = request === undefined ? undefined : "";
    if (request !== undefined) this.#socket.write(request);
    this.#socket.on("data", (bytes: Buffer) => {
      if (head === undefined) return this.#check(bytes);
      head += bytes.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.answer = head.slice(0, end + 4);
      this.#check(Buffer.from(head.slice(end + 4), "latin1"));
      head = undefined;
    });
    this.#socket.on("error", () => {});
    // It may be cut without an end.
    const over = () => {
      if (!this.#ending) this.closes = 1;
    };
    this.#socket.on("end", over);
    this.#socket.on("close", over);
    this.#ended = new Promise((resolve) => this.#socket.on("close", () => resolve()));
    this.#send();
  }

  /** Ends its side, and resolves when the last byte is back. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#socket.end();
    await this.#ended;
  }

  byteAt(at: number): number {
    return (at * 7 + (at >>> 8) * 13 + this.seed) & 255;
  }

  #send(): void {
    if (this.#ending || this.#socket.destroyed) return;
    const piece = Buffer.alloc(1 + (this.sent * 31 + this.seed * 997) % 8192);
    for (let i = 0; i < piece.length; i++) piece[i] = this.byteAt(this.sent + i);
    this.sent += piece.length;
    if (this.#socket.write(piece)) setTimeout(() => this.#send(), 2);
    else this.#socket.once("drain", () => this.#send());
  }

  #check(bytes: Buffer): void {
    for (const byte of bytes) {
      if ((byte ^ 255) !== this.byteAt(this.received++)) this.wrong++;
    }
  }
}

/** Opens connections one after the other, with a request each. */
export class NewConnections {
  opened = 0;
  /** What was no answer, as it came. */
  readonly failures: string[] = [];
  readonly #thinkMs: number;
  #stopped = false;
  readonly #running: Promise<void>;

  constructor(private readonly port: number, thinkMs = 0) {
    this.#thinkMs = thinkMs;
    this.#running = this.#run();
  }

  get failed(): number {
    return this.failures.length;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.opened++;
      const came = await this.#once();
      if (!came.endsWith("/new")) this.failures.push(came);
      if (this.#thinkMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#thinkMs));
    }
  }

  #once(): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(this.port, "127.0.0.1");
      let text = "";
      socket.on("data", (bytes) => text += String(bytes));
      socket.on("error", (error) => resolve(`${text} ${error}`));
      socket.on("close", () => resolve(text));
      socket.write("GET /new HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    });
  }
}
