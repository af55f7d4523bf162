import { describe, expect, test } from "bun:test";
import { Timer, timers } from "../../src/net/timers.ts";
import { freezePipe, type PipeWords } from "../../src/proxy/move/frozen_pipe.ts";
import type { Frozen } from "../../src/proxy/move/mover.ts";
import { StreamPaces } from "../../src/proxy/pace.ts";
import { slowPipe } from "../../src/proxy/slow_pipe.ts";
import type { FlowDirection } from "../../src/rules/bandwidth.ts";
import { pipeScene, type Socket } from "./pipe_scene.ts";

/** A pipe of which one direction lets ten bytes pass in so long. */
function slowScene(direction: FlowDirection, periodMs = 200) {
  return pipeScene((pipe) => {
    const paces = new StreamPaces();
    const filter = { name: "f", direction, limitBytes: 10, periodMs };
    paces.limit(filter, filter);
    slowPipe(pipe, paces);
  });
}

const stream = { describeMoved: (words: PipeWords) => words as never, letGo() {} };
const taken = (socket: Socket, bytes: number) => socket.until(() => socket.taken.length >= bytes);

describe("a pipe that is held to a bandwidth", () => {
  test("passes the limit at once and the rest in its time, and reads nothing meanwhile", async () => {
    const { client, server, pipe } = slowScene("download");
    server.says("0123456789abcdefghijKLM");
    expect([client.taken, server.calls]).toEqual(["0123456789", ["pause"]]);
    await server.until(() => server.calls.includes("resume"));
    expect(client.taken).toBe("0123456789abcdefghijKLM");
    expect(client.sizes).toEqual([10, 10, 3]);
    pipe.end("stopped");
  });

  test("leaves the other direction alone", () => {
    const { client, server, pipe } = slowScene("upload", 3600_000);
    server.says("0123456789abcdefghijKLM");
    expect([client.taken.length, server.calls]).toEqual([23, []]);
    client.says("0123456789a");
    expect([server.taken, client.calls]).toEqual(["0123456789", ["pause"]]);
    pipe.end("stopped");
  });

  test("passes an end on behind what waits", async () => {
    const { client, server, pipe } = slowScene("upload");
    client.says("0123456789abc");
    client.ends();
    expect(server.calls).toEqual([]);
    await taken(server, 13);
    await server.until(() => server.calls.length > 0);
    expect(server.calls).toEqual(["shutdown after 13"]);
    pipe.end("stopped");
  });

  test("lives until a side that broke has had its last bytes passed on", async () => {
    const { client, server, outcomes } = slowScene("download");
    server.says("0123456789abc");
    server.handler.onClose("reset");
    expect(outcomes).toEqual([]);
    await taken(client, 13);
    await client.until(() => outcomes.length > 0);
    expect(outcomes).toEqual(["server reset"]);
  });

  test("stands still with what waits, and goes on in its time", async () => {
    const { client, server, pipe } = slowScene("download", 100);
    server.says("0123456789abcdefghijKLM");
    const frozen = freezePipe(pipe, stream, () => true) as Frozen;
    expect(frozen).toMatchObject({ bytes: [Buffer.from("abcdefghijKLM")] });
    expect(frozen.describe(1, 1)).toMatchObject({
      clientEnd: { pending: 0, held: 0 },
      serverEnd: { pending: 0, held: 13 },
    });
    // Another timer of the same wheel, set later, comes for longer.
    await new Promise<void>((resolve) => timers.set(new Timer(resolve), 300));
    expect(client.taken).toBe("0123456789");
    frozen.thaw();
    await taken(client, 23);
    expect(client.taken).toBe("0123456789abcdefghijKLM");
    pipe.end("stopped");
  });

  test("stays where the other process knows no limits", () => {
    const { pipe } = slowScene("download");
    expect(freezePipe(pipe, stream, (what) => what !== "paces")).toBe("never");
    pipe.end("stopped");
  });

  test("lets nothing pass any more once it has ended", () => {
    const { client, server, pipe, outcomes } = slowScene("download", 3600_000);
    server.says("0123456789abc");
    pipe.end("client timed out");
    expect([client.taken, outcomes]).toEqual(["0123456789", ["client timed out"]]);
  });
});
