import { createServer, type Server, type Socket } from "node:net";
import { Actor } from "./actor.ts";
import { namer, type Script } from "./case.ts";
import { Words } from "./words.ts";

/** What one case's origins do, and what they saw. */
export class CaseOrigins {
  readonly actors: { readonly origin: string; readonly actor: Actor }[] = [];
  readonly words = new Words();
  #running: Promise<void>[] = [];
  #counts = new Map<string, number>();

  constructor(private readonly scripts: Readonly<Record<string, readonly Script[]>>) {}

  accept(origin: string, socket: Socket): void {
    const count = this.#counts.get(origin) ?? 0;
    this.#counts.set(origin, count + 1);
    const scripts = this.scripts[origin] ?? [namer];
    const actor = new Actor(socket, origin, this.words);
    this.actors.push({ origin, actor });
    this.#running.push(actor.follow(scripts[Math.min(count, scripts.length - 1)] ?? namer));
  }

  /** Resolves when all scripts that were begun are through. */
  async through(): Promise<void> {
    for (let seen = -1; seen !== this.#running.length;) {
      seen = this.#running.length;
      await Promise.all(this.#running);
    }
  }

  close(): void {
    for (const { actor } of this.actors) actor.socket.resetAndDestroy();
  }
}

/**
 * The origins of a side: one port each for all cases, which are told apart by the loopback address
 * that a connection was made to.
 */
export class TcpOrigins {
  readonly #servers: Server[] = [];
  readonly #cases = new Map<string, CaseOrigins>();

  /** Listens for `count` origins; their ports. */
  async start(count: number): Promise<readonly number[]> {
    return await Promise.all(Array.from({ length: count }, (_, n) => this.#listen(`o${n + 1}`)));
  }

  /** From now on connections to this address are for this case. */
  serve(host: string, origins: CaseOrigins): void {
    this.#cases.set(host, origins);
  }

  /** An origin of one case on a unix socket. */
  async unix(path: string, origin: string, origins: CaseOrigins): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (s) => origins.accept(origin, s));
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
  }

  async stop(): Promise<void> {
    for (const one of this.#cases.values()) one.close();
    await Promise.all(
      this.#servers.map((one) => new Promise<void>((resolve) => one.close(() => resolve()))),
    );
  }

  #listen(name: string): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const owner = this.#cases.get(socket.localAddress ?? "");
      if (owner) owner.accept(name, socket);
      else socket.destroy();
    });
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "0.0.0.0", port: 0, backlog: 511 }, () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  }
}
