import { expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectClient, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { internetAddress, libc, unixAddress } from "../../../ffi/mod.ts";
import { plainSocket } from "../../../src/config/bind_plan.ts";
import type { Connection, ConnectionHandler } from "../../../src/net/connection.ts";
import { bind, type Listener } from "../../../src/net/open.ts";

export const native = await libc();

/** What a connection has told, in order; bytes as text. */
export class Told implements ConnectionHandler {
  readonly events: string[] = [];
  #changed = Promise.withResolvers<void>();

  constructor(readonly connection?: Connection) {}

  onOpen(): void {
    this.#note("open");
  }

  onData(bytes: Uint8Array): void {
    this.#note(Buffer.from(bytes).toString("latin1"));
  }

  onDrain(): void {
    this.#note("drain");
  }

  onEnd(): void {
    this.#note("end");
  }

  onClose(error?: string): void {
    this.#note(`close${error ? ` ${error}` : ""}`);
  }

  /** Resolves when as many events were told. */
  async count(count: number): Promise<readonly string[]> {
    while (this.events.length < count) await this.#changed.promise;
    return this.events;
  }

  #note(event: string): void {
    this.events.push(event);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

type Handling = (connection: Connection) => ConnectionHandler | undefined;

export async function listening(accept: Handling, inherited?: number): Promise<Listener> {
  const address = { kind: "tcp", host: "127.0.0.1", port: 0, v6only: false } as const;
  const options = { backlog: 64, reusePort: false, socket: plainSocket, address, inherited };
  const listener = await bind(options, accept);
  await listener.accept();
  return listener;
}

/** A listener, and what its first connection tells. */
async function accepting(): Promise<{ listener: Listener; accepted: Promise<Told> }> {
  const { promise, resolve } = Promise.withResolvers<Told>();
  const listener = await listening((connection) => {
    const told = new Told(connection);
    resolve(told);
    return told;
  });
  return { listener, accepted: promise };
}

/** One accepted connection, what it tells, and its client. */
export async function pair(): Promise<{ told: Told; client: Socket; stop(): void }> {
  const { listener, accepted } = await accepting();
  const client = connectClient({ port: listener.port, host: "127.0.0.1", allowHalfOpen: true });
  client.on("error", () => {});
  const told = await accepted;
  const stop = () => {
    client.destroy();
    told.connection!.reset();
    listener.stop();
  };
  return { told, client, stop };
}

/** As {@link pair}; the client is a socket of the C library's, which can say what node's can't. */
export async function rawPair(): Promise<{ told: Told; fd: number; listener: Listener }> {
  const { listener, accepted } = await accepting();
  const fd = native.socket(2, 1, 0);
  const address = internetAddress([0x7f000001], listener.port);
  expect(native.connect(fd, address, address.length)).toBe(0);
  return { told: await accepted, fd, listener };
}

export const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));

/** A server on a unix socket that is played by hand. */
export function unixServer(): { readonly path: string; accept(): number; stop(): void } {
  const folder = mkdtempSync(join(tmpdir(), "sluice-epoll-"));
  const path = join(folder, "server.sock");
  const fd = native.socket(1, 1, 0);
  const address = unixAddress(path);
  expect(native.bind(fd, address, address.length)).toBe(0);
  expect(native.listen(fd, 8)).toBe(0);
  return {
    path,
    accept: () => native.accept4(fd, new Uint8Array(128), Uint8Array.of(128, 0, 0, 0), 0),
    stop() {
      native.close(fd);
      rmSync(folder, { recursive: true });
    },
  };
}
