import { describe, expect, test } from "bun:test";
import { naming } from "./stage/origin.ts";
import { Peer } from "./stage/peer.ts";
import { simpleScene, Stage } from "./stage/stage.ts";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

describe("SIGTERM ends the gateway at once", () => {
  // It once closed the clients alone: a request that a server still had kept the process alive.
  test("with the requests that servers have, and the log says so", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send(get);
    const server = await origin.accept();
    await server.request();
    gateway.signal("SIGTERM");
    expect(await gateway.exited()).toBe(0);
    expect(await client.end()).toBe("");
    await server.end();
    expect(await gateway.said(" KH-- ")).toContain(" be/s1 ");
  });

  test("with tunnels", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
    const server = await origin.accept();
    await server.request();
    server.send("HTTP/1.1 200 OK\r\n\r\n");
    await client.until("\r\n\r\n");
    gateway.signal("SIGTERM");
    expect(await gateway.exited()).toBe(0);
    await client.end();
    await server.end();
  });

  test("with a client that does not read its answer", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send(get);
    const server = await origin.accept();
    await server.request();
    const megabytes = Buffer.alloc(16 << 20, "x");
    server.send(`HTTP/1.1 200 OK\r\nContent-Length: ${megabytes.length}\r\n\r\n`).send(megabytes);
    await client.until("\r\n\r\n");
    client.socket.pause();
    gateway.signal("SIGTERM");
    expect(await gateway.exited()).toBe(0);
  });
});

/** Waits until nobody listens any more; returns what was accepted until then. */
async function untilRefused(port: number): Promise<Peer[]> {
  const probes: Peer[] = [];
  for (;;) {
    const client = await Peer.connect(port).catch(() => undefined);
    if (!client) return probes;
    probes.push(client);
  }
}

describe("SIGUSR1 lets the gateway end", () => {
  test("when what it serves is over; idle connections close, new ones are refused", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin]);
    const idle = await stage.client(port);
    idle.send(get);
    const first = await origin.accept();
    await first.request();
    first.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    await idle.answer();
    const busy = await stage.client(port);
    busy.send(get);
    const second = await origin.accept();
    await second.request();
    gateway.signal("SIGUSR1");
    expect(await idle.end()).toBe("");
    await expect(stage.client(port)).rejects.toThrow();
    second.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    const last = await busy.answer();
    expect(last.body).toBe("ok");
    expect(last.headers).toContainEqual(["Connection", "close"]);
    expect(await gateway.exited()).toBe(0);
  });

  // A client whose request was on its way was closed upon, and those in front of TCP backends with it.
  test("when those it has accepted are served, whatever of their request was here", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("o"));
    const { gateway, port } = await simpleScene(stage, [origin]);
    const fresh = await stage.client(port);
    const begun = await stage.client(port);
    await begun.sendAndSettle("GET / HT");
    const again = await stage.client(port);
    await again.ask(get);
    await again.sendAndSettle(get.slice(0, 8));
    await (await stage.client(port)).ask(get);
    gateway.signal("SIGUSR1");
    const probes = await untilRefused(port);
    for (
      const [client, rest] of [[fresh, get], [begun, get.slice(8)], [again, get.slice(8)]] as const
    ) {
      const answer = await client.ask(rest);
      expect(answer.body).toBe("o GET / HTTP/1.1 ");
      expect(answer.headers).toContainEqual(["Connection", "close"]);
    }
    for (const probe of probes) probe.reset();
    expect(await gateway.exited()).toBe(0);
  });

  test("when a TCP client that rules still look at has had its answer", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], {
      defaults: ["mode tcp"],
      frontend: [
        "tcp-request inspect-delay 30s",
        "tcp-request content accept if { req.len ge 5 }",
      ],
    });
    const client = await stage.client(port);
    await client.sendAndSettle("abc");
    gateway.signal("SIGUSR1");
    const probes = await untilRefused(port);
    client.send("de");
    const server = await origin.accept();
    expect(await server.bytes(5)).toBe("abcde");
    server.send("answer").halfClose();
    expect(await client.end()).toBe("answer");
    client.halfClose();
    for (const probe of probes) probe.reset();
    expect(await gateway.exited()).toBe(0);
  });

  test("at once when nobody is there", async () => {
    await using stage = new Stage();
    const { gateway } = await simpleScene(stage, [await stage.origin(naming("o"))]);
    gateway.signal("SIGUSR1");
    expect(await gateway.exited()).toBe(0);
  });
});
