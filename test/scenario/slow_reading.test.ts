import { describe, expect, test } from "bun:test";
import { type SimpleOptions, simpleScene, Stage } from "./stage/stage.ts";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
/** More than the kernel takes for a client that does not read. */
const pageBytes = 8 << 20;

async function scene(stage: Stage, options: SimpleOptions = {}) {
  const origin = await stage.origin();
  return await simpleScene(stage, [origin], {
    ...options,
    frontend: [
      "http-request return status 200 content-type text/plain file page",
      ...options.frontend ?? [],
    ],
    files: { page: "x".repeat(pageBytes) },
  });
}

describe("a client gets all of its last answer, however late it reads", () => {
  // What waited for a client that had closed its side was once thrown away with the connection.
  test("when it has closed its own side", async () => {
    await using stage = new Stage();
    const { gateway, port } = await scene(stage);
    const client = await stage.client(port);
    client.socket.pause();
    client.send(last).halfClose();
    await gateway.said('"GET / HTTP/1.1"');
    client.socket.resume();
    expect((await client.answer()).body).toHaveLength(pageBytes);
    expect(await client.end()).toBe("");
  });

  // The time for reading what is in the kernel ran while the gateway still had most of it.
  test("when that is later than connections linger", async () => {
    await using stage = new Stage();
    const { gateway, port } = await scene(stage, { frontend: ["timeout http-request 1500"] });
    const client = await stage.client(port);
    client.socket.pause();
    client.send(last);
    await gateway.said('"GET / HTTP/1.1"');
    const silent = await stage.client(port);
    await silent.end();
    client.socket.resume();
    expect((await client.answer()).body).toHaveLength(pageBytes);
    expect(await client.end()).toBe("");
  });

  test("but not for ever: its time is that of a client", async () => {
    await using stage = new Stage();
    const { gateway, port } = await scene(stage, { defaults: ["timeout client 200"] });
    const before = gateway.descriptors();
    const client = await stage.client(port);
    client.socket.pause();
    client.send(last);
    await gateway.said('"GET / HTTP/1.1"');
    while (gateway.descriptors() > before) await Bun.sleep(20);
    client.socket.resume();
    await client.end();
  });
});

// Answers that no server held back were written for as long as a client asked for them.
test("a client that asks on and does not read is not read from, and served on once it reads", async () => {
  await using stage = new Stage();
  const { gateway, port } = await scene(stage);
  const client = await stage.client(port);
  client.socket.pause();
  const asked = 5;
  client.send(get.repeat(asked));
  const other = await stage.client(port);
  expect((await other.ask(last)).body).toHaveLength(pageBytes);
  expect(await gateway.said("GET / HTTP/1.1", 2)).toBeTruthy();
  expect(gateway.output.split("GET / HTTP/1.1").length - 1).toBe(2);
  client.socket.resume();
  for (let i = 0; i < asked; i++) {
    expect((await client.answer()).body).toHaveLength(pageBytes);
  }
});
