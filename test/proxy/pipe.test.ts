import { describe, expect, test } from "bun:test";
import { pipeScene as scene } from "./pipe_scene.ts";

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
