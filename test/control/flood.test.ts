import { describe, expect, test } from "bun:test";
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";
import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { commandBytesMax, CommandReader } from "../../src/control/command_line.ts";
import type { ControlHost } from "../../src/control/control_host.ts";
import { ControlSession } from "../../src/control/control_session.ts";
import { parkedClientsMax } from "../../src/control/control_sockets.ts";
import { clock } from "../../src/net/clock.ts";
import type { Connection, ConnectionHandler } from "../../src/net/connection.ts";
import { Stage } from "../scenario/stage/stage.ts";
import { untilControl } from "../support/control_client.ts";

const separators = 200_000;
const headline = "Unknown command. Please enter one of the following commands only:\n";

/** A client that takes so many bytes before it has to be asked again. */
class Client implements Connection {
  readonly remote = undefined;
  readonly remotePort = 0;
  readonly local = undefined;
  readonly localPort = 0;
  readonly fd = -1;
  readonly ended = false;
  handler!: ConnectionHandler;
  reads = true;
  closed = false;
  answers = 0;

  constructor(public room: number) {}

  write(bytes: Uint8Array, from: number, to: number): number {
    const taken = Math.min(this.room, to - from);
    this.room -= taken;
    const text = Buffer.from(bytes.subarray(from, from + taken)).toString("latin1");
    this.answers += text.split(headline).length - 1;
    return taken;
  }
  pause() {
    this.reads = false;
  }
  resume() {
    this.reads = true;
  }
  close() {
    this.closed = true;
  }
  shutdown() {}
  reset() {}
  drop() {}
  letGo() {}
}

function session(client: Client): ControlSession {
  // As every event of a socket does: its timeout would be over before it began, by a clock that stood still.
  clock.tick();
  const owner = { host: {} as ControlHost, left: () => {}, handOver: () => {} };
  return client.handler = new ControlSession(client, owner, "admin", 60_000);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe.each([";", "\n"])("a flood of %j", (separator) => {
  const flood = Buffer.from(separator.repeat(separators));

  test("is answered one by one, and others have their turns meanwhile", async () => {
    const client = new Client(Infinity);
    session(client).onData(flood);
    let turns = 0;
    let most = 0;
    for (let before = 0; client.answers < separators; before = client.answers) {
      expect(client.reads).toBe(false);
      await turn();
      most = Math.max(most, client.answers - before);
      expect(++turns).toBeLessThan(separators);
    }
    expect(most).toBeLessThanOrEqual(64);
    expect(client.answers).toBe(separators);
  }, 60_000);

  test("of a client that takes no answer is read no further", async () => {
    const client = new Client(100_000);
    const { onData, onDrain } = session(client);
    const handler = client.handler;
    onData.call(handler, flood);
    for (let i = 0; i < 50; i++) await turn();
    expect(client.reads).toBe(false);
    const before = client.answers;
    expect(before).toBeLessThan(100);
    for (let i = 0; i < 50; i++) await turn();
    expect(client.answers).toBe(before);
    client.room = 50_000;
    onDrain.call(handler);
    for (let i = 0; i < 50; i++) await turn();
    expect(client.answers).toBeGreaterThan(before);
    expect([client.reads, client.closed]).toEqual([false, false]);
    handler.onClose();
  });
});

describe("a command's length", () => {
  const kind = (text: string, pieceBytes: number) => {
    const reader = new CommandReader();
    for (let at = 0; at < text.length; at += pieceBytes) {
      reader.add(text.slice(at, at + pieceBytes));
      const reading = reader.next();
      if (reading.kind !== "incomplete") return reading.kind;
    }
    return "incomplete";
  };
  const payload = (bytes: number) => {
    const head = "add map #0 <<\n";
    return `${head}k ${"v".repeat(bytes - head.length - 4)}\n\n`;
  };

  // As haproxy 2.6 takes and refuses them.
  test.each([
    ["x".repeat(commandBytesMax - 1) + "\n", "command"],
    ["x".repeat(commandBytesMax - 1) + ";", "command"],
    ["x".repeat(commandBytesMax) + "\n", "too-long"],
    ["x".repeat(commandBytesMax - 1), "incomplete"],
    ["x".repeat(commandBytesMax), "too-long"],
    [payload(commandBytesMax), "command"],
    [payload(commandBytesMax + 1), "too-long"],
  ])("%#: to the byte, with what ends it", (text, wanted) => {
    for (const pieceBytes of [1000, text.length]) expect(kind(text, pieceBytes)).toBe(wanted);
  });

  test("is no matter of how many there are", () => {
    const reader = new CommandReader();
    reader.add("a;".repeat(separators));
    let commands = 0;
    while (reader.next().kind === "command") commands++;
    expect([commands, reader.pending]).toEqual([separators, 0]);
  });
});

test("no more clients wait for a place than there is room for", async () => {
  await using stage = new Stage();
  const gateway = await stage.gateway(
    "global\n  stats socket unix@ctl.sock backlog 1024\n  stats maxconn 1\n  stats timeout 1h\n",
    { file: "haproxy.cfg" },
  );
  const path = join(gateway.folder, "ctl.sock");
  const first = net.connect({ path });
  first.write("prompt\n");
  await once(first, "data");
  const beyond = 20;
  const gone: net.Socket[] = [];
  const others: net.Socket[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  for (let i = 0; i < parkedClientsMax + beyond; i++) {
    const socket = net.connect({ path });
    others.push(socket);
    socket.on("error", () => {});
    socket.resume();
    socket.on("close", () => gone.push(socket) === beyond && resolve());
    // One that is sent away may be gone before it knows that it was connected.
    await new Promise((settled) => socket.once("connect", settled).once("close", settled));
  }
  await promise;
  first.destroy();
  for (const socket of others) socket.destroy();
  expect(gone.length).toBe(beyond);
  // The places are free again, once the gateway has seen them go.
  expect(await untilControl(path, "show cli level\n")).toBe("operator\n\n");
}, 60_000);
