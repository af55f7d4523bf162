import { describe, expect, test } from "bun:test";
import { Buffer } from "node:buffer";
import type { Connection, ConnectionHandler } from "../../src/net/connection.ts";
import { flushOutbox, Outbox } from "../../src/net/outbox.ts";
import { Pipe, type PipeOutcome } from "../../src/proxy/pipe.ts";

/** One side's socket, played by hand: it takes `room` bytes and remembers what was done to it. */
class Socket {
  room = Infinity;
  taken = "";
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
    return taken;
  }

  pause(): void {
    this.calls.push("pause");
  }

  resume(): void {
    this.calls.push("resume");
  }

  shutdown(): void {
    this.calls.push(`shutdown after ${this.taken.length}`);
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

function scene() {
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
  pipe.start(false, false);
  for (const side of [client, server]) side.calls.length = 0;
  return { client, server, outcomes, owner };
}

describe("a pipe", () => {
  test("carries both directions and counts them", () => {
    const { client, server, owner } = scene();
    client.says("hello");
    server.says("220 ready");
    expect([server.taken, client.taken]).toEqual(["hello", "220 ready"]);
    expect([owner.bytesFromClient, owner.bytesToClient]).toEqual([5, 9]);
  });

  test("stops a side that the other one does not keep up with, and lets it go on", () => {
    const { client, server } = scene();
    server.room = 3;
    client.says("abcdef");
    expect(client.calls).toEqual(["pause"]);
    server.reads(2);
    expect(client.calls).toEqual(["pause"]);
    server.reads(10);
    expect(client.calls).toEqual(["pause", "resume"]);
    expect(server.taken).toBe("abcdef");
  });

  test("passes an end on behind the last byte, and the other side may go on", () => {
    const { client, server, outcomes } = scene();
    server.room = 2;
    client.says("abcd");
    client.ends();
    expect(server.calls).toEqual([]);
    server.reads(10);
    expect(server.calls).toEqual(["shutdown after 4"]);
    server.says("answer");
    expect(client.taken).toBe("answer");
    server.ends();
    expect(client.calls.at(-1)).toBe("shutdown after 6");
    expect(outcomes).toEqual(["closed"]);
  });

  test("takes a socket that closes after both ends as closed in order", () => {
    const { client, server, outcomes } = scene();
    client.ends();
    // The runtime tells of the server's end by closing: our own is out already.
    server.handler.onClose();
    expect(outcomes).toEqual(["closed"]);
    expect(client.calls).toContain("shutdown after 0");
  });

  test("of which one side is gone gives the other what was read before it ends", () => {
    const { client, server, outcomes } = scene();
    client.room = 4;
    server.says("last words");
    server.handler.onClose("reset");
    expect(outcomes).toEqual([]);
    client.says("too late");
    client.reads(100);
    expect(client.taken).toBe("last words");
    expect(outcomes).toEqual(["server reset"]);
    expect(server.taken).toBe("");
  });

  test("ends at once when nothing is left to give, and tells its owner once", () => {
    const { client, server, outcomes } = scene();
    client.handler.onClose("reset");
    server.handler.onClose("reset");
    server.ends();
    expect(outcomes).toEqual(["client reset"]);
  });
});
