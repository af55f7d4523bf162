import { Buffer } from "node:buffer";
import type { Connection, ConnectionHandler } from "../../src/net/connection.ts";
import { flushOutbox, Outbox } from "../../src/net/outbox.ts";
import { Pipe, type PipeOutcome } from "../../src/proxy/pipe.ts";

/** One side's socket, played by hand: it takes `room` bytes and remembers what was done to it. */
export class Socket {
  room = Infinity;
  taken = "";
  /** Sizes of what was taken at once. */
  readonly sizes: number[] = [];
  /** Told of everything that happens to it. */
  noted: () => void = () => {};
  readonly calls: string[] = [];
  declare handler: ConnectionHandler;
  readonly out = new Outbox();
  readonly connection = this as unknown as Connection;

  constructor() {
    this.out.connection = this.connection;
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    const taken = Math.min(to - from, this.room);
    this.room -= taken;
    this.taken += Buffer.from(bytes.subarray(from, from + taken)).toString("latin1");
    this.sizes.push(taken);
    this.noted();
    return taken;
  }

  pause(): void {
    this.#note("pause");
  }

  resume(): void {
    this.#note("resume");
  }

  shutdown(): void {
    this.#note(`shutdown after ${this.taken.length}`);
  }

  /** Resolves once this is so. */
  until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.noted = () => {
        if (done()) resolve();
      };
      this.noted();
    });
  }

  #note(call: string): void {
    this.calls.push(call);
    this.noted();
  }

  says(text: string): void {
    this.handler.onData(Buffer.from(text, "latin1"));
    flushOutbox();
  }

  reads(bytes: number): void {
    this.room += bytes;
    this.handler.onDrain();
    flushOutbox();
  }

  ends(): void {
    this.handler.onEnd();
    flushOutbox();
  }
}

/** A pipe between two sockets, `prepared` before it starts. */
export function pipeScene(prepare: (pipe: Pipe) => void = () => {}) {
  const client = new Socket();
  const server = new Socket();
  const outcomes: PipeOutcome[] = [];
  const owner = {
    bytesToClient: 0,
    bytesFromClient: 0,
    pipeEnded: (outcome: PipeOutcome) => void outcomes.push(outcome),
  };
  const none = undefined;
  const timeouts = {
    clientMs: none,
    serverMs: none,
    clientFinMs: none,
    serverFinMs: none,
    tunnelMs: none,
  };
  const pipe = new Pipe(client, server, timeouts, owner);
  prepare(pipe);
  pipe.start(false, false);
  for (const side of [client, server]) side.calls.length = 0;
  return { pipe, client, server, outcomes, owner };
}
