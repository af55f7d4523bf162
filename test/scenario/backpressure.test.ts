import { describe, expect, test } from "bun:test";
import type { StoryGateway } from "./stage/gateway.ts";
import { naming } from "./stage/origin.ts";
import { Peer } from "./stage/peer.ts";
import { section, simpleScene, Stage } from "./stage/stage.ts";
import { freePort } from "../support/free_port.ts";

const floodBytes = 200 * 1024 * 1024;
/** What the process may grow by while one side does not read. */
const growthBytesMax = 20 * 1024 * 1024;
const piece = Buffer.alloc(256 * 1024, "0123456789abcdef");

function* flood(): Generator<Uint8Array> {
  for (let sent = 0; sent < floodBytes; sent += piece.length) yield piece;
}

/** Resolves when a sender cannot send on, because nobody reads: its socket stays full. */
async function blocked(sender: Peer): Promise<void> {
  let before = -1;
  for (;;) {
    const { bytesWritten, writableLength } = sender.socket;
    const flown = bytesWritten - writableLength;
    if (flown === before && writableLength > 0) return;
    before = flown;
    await Bun.sleep(200);
  }
}

/** A gateway whose requests to /flood go to an origin of their own. */
async function scene(
  stage: Stage,
): Promise<{ gateway: StoryGateway; port: number; flooder: Origin }> {
  const port = await freePort();
  const flooder = await stage.origin();
  const quick = await stage.origin(naming("quick"));
  const times = ["timeout connect 5s", "timeout client 30s", "timeout server 30s"];
  const gateway = await stage.gateway(
    section("defaults", ["mode http", ...times]) +
      section("frontend fe", [
        `bind 127.0.0.1:${port}`,
        "use_backend flood if { path /flood }",
        "default_backend quick",
      ]) +
      section("backend flood", [`server s 127.0.0.1:${flooder.port}`]) +
      section("backend quick", [`server s 127.0.0.1:${quick.port}`]),
  );
  // What the first requests allocate once is no growth.
  await othersAreServed(stage, port);
  return { gateway, port, flooder };
}

type Origin = Awaited<ReturnType<Stage["origin"]>>;

async function othersAreServed(stage: Stage, port: number): Promise<void> {
  const other = await stage.client(port);
  for (let i = 0; i < 100; i++) {
    const answer = await other.ask(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(answer.body).toBe(`quick GET /${i} HTTP/1.1 `);
  }
  other.close();
}

describe("a side that does not read costs the gateway no memory", () => {
  test("a client, while its origin sends 200 MB", async () => {
    await using stage = new Stage();
    const { gateway, port, flooder } = await scene(stage);
    const client = await stage.client(port);
    client.socket.pause();
    client.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
    const server = await flooder.accept();
    await server.request();
    const before = gateway.residentBytes();
    server.send(`HTTP/1.1 200 OK\r\nContent-Length: ${floodBytes}\r\n\r\n`);
    const poured = server.pour(flood());
    await blocked(server);
    await othersAreServed(stage, port);
    expect(gateway.residentBytes() - before).toBeLessThan(growthBytesMax);
    client.close();
    await poured;
  }, 60_000);

  test("an origin, while its client uploads 200 MB", async () => {
    await using stage = new Stage();
    const { gateway, port, flooder } = await scene(stage);
    const client = await stage.client(port);
    const before = gateway.residentBytes();
    client.send(`POST /flood HTTP/1.1\r\nHost: a\r\nContent-Length: ${floodBytes}\r\n\r\n`);
    const server = await flooder.accept();
    server.socket.pause();
    const poured = client.pour(flood());
    await blocked(client);
    await othersAreServed(stage, port);
    expect(gateway.residentBytes() - before).toBeLessThan(growthBytesMax);
    client.close();
    await poured;
  }, 60_000);

  test("a client that reads late gets every byte all the same", async () => {
    await using stage = new Stage();
    const { port, flooder } = await scene(stage);
    const client = await stage.client(port);
    client.socket.pause();
    client.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
    const server = await flooder.accept();
    await server.request();
    server.send(`HTTP/1.1 200 OK\r\nContent-Length: ${floodBytes}\r\n\r\n`);
    const poured = server.pour(flood());
    await blocked(server);
    let received = 0;
    client.socket.removeAllListeners("data");
    const whole = new Promise<void>((resolve) =>
      client.socket.on("data", (bytes: Buffer) => {
        received += bytes.length;
        if (received >= floodBytes) resolve();
      })
    );
    client.socket.resume();
    await Promise.all([poured, whole]);
    expect(received).toBeGreaterThan(floodBytes);
  }, 60_000);
});

describe("the same holds in a tunnel", () => {
  test("an origin that does not read stops the client", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
    const server = await origin.accept();
    await server.request();
    server.send("HTTP/1.1 200 OK\r\n\r\n");
    await client.until("\r\n\r\n");
    server.socket.pause();
    const before = gateway.residentBytes();
    const poured = client.pour(flood());
    await blocked(client);
    expect(gateway.residentBytes() - before).toBeLessThan(growthBytesMax);
    client.close();
    await poured;
  }, 60_000);
});
