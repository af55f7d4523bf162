import { createServer, type Server, type Socket } from "node:net";
import { sendPieces } from "./delivery.ts";
import { type Message, takeMessage } from "./http_message.ts";

/** How an origin answers one request. */
export interface OriginAnswer {
  /** Raw bytes as latin1, sent piece by piece. */
  readonly pieces: readonly string[];
  /** What it does with the connection then; kept when absent. */
  readonly afterwards?: "keep" | "close" | "reset";
  /** Answer on the head alone, before the body is there. */
  readonly early?: boolean;
}

export type OriginScript = (request: Message, origin: Origin) => OriginAnswer;

/** A request as an origin received it. */
export interface SeenRequest {
  readonly origin: string;
  /** Number of the connection since the last reset, from 0. */
  readonly connection: number;
  readonly message: Message;
  /** The request never came to its end, or is no valid message. */
  readonly partial: boolean;
}

/** Names the origin and echoes the request line. */
export const echo: OriginScript = (request, origin) => {
  const body = `${origin.name} ${request.start}`;
  const head =
    `HTTP/1.1 200 OK\r\nX-Origin: ${origin.name}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return { pieces: [request.start.startsWith("HEAD ") ? head : head + body] };
};

/** A raw TCP origin: records exactly what it received and answers what the test says. */
export class Origin {
  readonly name: string;
  port = 0;
  #server: Server | undefined;
  #script: OriginScript = echo;
  #sockets = new Set<Socket>();
  #seen: SeenRequest[] = [];
  #pending = new Map<Socket, { text: string; connection: number }>();
  #connections = 0;

  constructor(name: string) {
    this.name = name;
  }

  start(): Promise<void> {
    this.#server = createServer({ allowHalfOpen: false, noDelay: true }, (s) => this.#accept(s));
    return new Promise((resolve, reject) => {
      this.#server?.once("error", reject);
      this.#server?.listen(0, "127.0.0.1", () => {
        const address = this.#server?.address();
        if (typeof address === "object" && address !== null) this.port = address.port;
        resolve();
      });
    });
  }

  /** Forgets what was seen, closes what is open and answers by `script` from now on. */
  reset(script: OriginScript = echo): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
    this.#pending.clear();
    this.#seen = [];
    this.#connections = 0;
    this.#script = script;
  }

  /** Complete requests, then what is still unfinished on open connections. */
  seen(): readonly SeenRequest[] {
    const partial: SeenRequest[] = [];
    for (const { text, connection } of this.#pending.values()) {
      if (text === "") continue;
      const taken = takeMessage(text, 0, { side: "request", method: "", closed: true });
      const message = taken.kind === "message" ? taken.message : undefined;
      const nothing = {
        headers: [],
        body: "",
        framing: "none",
        trailers: [],
        truncated: true,
      } as const;
      partial.push({
        origin: this.name,
        connection,
        partial: true,
        message: message ?? { start: text, ...nothing },
      });
    }
    return [...this.#seen, ...partial];
  }

  connections(): number {
    return this.#connections;
  }

  stop(): Promise<void> {
    this.reset();
    return new Promise((resolve) =>
      this.#server === undefined ? resolve() : this.#server.close(() => resolve())
    );
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const state = { text: "", connection: this.#connections++ };
    this.#pending.set(socket, state);
    let chain = Promise.resolve();
    socket.on("data", (chunk: Buffer) => {
      state.text += chunk.toString("latin1");
      chain = chain.then(() => this.#answerAll(socket, state));
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      const gone = this.#pending.get(socket);
      if (gone === undefined) return;
      const left = this.seen().filter((s) => s.partial && s.connection === gone.connection);
      this.#seen.push(...left);
      this.#pending.delete(socket);
    });
  }

  async #answerAll(socket: Socket, state: { text: string; connection: number }): Promise<void> {
    for (;;) {
      if (!this.#pending.has(socket)) return;
      const taken = takeMessage(state.text, 0, { side: "request", method: "", closed: false });
      const message = taken.kind === "malformed" ? undefined : taken.message;
      if (message === undefined) return;
      const complete = taken.kind === "message";
      const answer = this.#script(message, this);
      if (!complete && answer.early !== true) return;
      this.#seen.push({
        origin: this.name,
        connection: state.connection,
        message,
        // Whether the body of a request that is answered early has come already is chance.
        partial: !complete || answer.early === true,
      });
      state.text = complete ? state.text.slice(taken.next) : "";
      await sendPieces(socket, answer.pieces);
      if (answer.afterwards === "close") socket.end();
      if (answer.afterwards === "reset") socket.resetAndDestroy();
    }
  }
}
