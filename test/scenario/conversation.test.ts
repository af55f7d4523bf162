import { describe, expect, test } from "bun:test";
import type { Peer } from "./stage/peer.ts";
import { type SimpleOptions, simpleScene, Stage } from "./stage/stage.ts";

const websocket = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/** A client that has sent `request`, and the origin that has read its head. */
async function opened(
  stage: Stage,
  request: string,
  options: SimpleOptions = {},
): Promise<{ client: Peer; server: Peer; head: string; said: (t: string) => Promise<string> }> {
  const origin = await stage.origin();
  const { gateway, port } = await simpleScene(stage, [origin], options);
  const client = await stage.client(port);
  client.send(request);
  const server = await origin.accept();
  const head = await server.until("\r\n\r\n");
  return { client, server, head, said: (text) => gateway.said(text) };
}

describe("interim answers", () => {
  test("100 lets a client that waits for it send its body", async () => {
    await using stage = new Stage();
    const { client, server, head } = await opened(
      stage,
      "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
    );
    expect(head).toContain("Expect: 100-continue\r\n");
    server.send("HTTP/1.1 100 Continue\r\n\r\n");
    expect(await client.until("\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    expect(await server.bytes(4)).toBe("body");
    server.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    expect((await client.answer()).start).toBe("HTTP/1.1 201 Created");
  });

  test("103 reaches the client before the answer is there, with its fields", async () => {
    await using stage = new Stage();
    const { client, server } = await opened(stage, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    server.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n");
    expect(await client.until("\r\n\r\n")).toContain("Link: </a.css>; rel=preload\r\n");
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    expect((await client.answer()).body).toBe("ok");
  });

  test("a refusal instead of 100 ends a request whose body was never sent", async () => {
    await using stage = new Stage();
    const { client, server } = await opened(
      stage,
      "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
    );
    server.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
    expect((await client.answer()).start).toBe("HTTP/1.1 417 Expectation Failed");
    await client.end();
  });
});

describe("a stream of events", () => {
  test("shows each event to the client before the origin sends the next", async () => {
    await using stage = new Stage();
    const { client, server } = await opened(stage, "GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    server.send(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    await client.until("\r\n\r\n");
    for (let i = 0; i < 5; i++) {
      server.send(`9\r\ndata: ${i}\n\n\r\n`);
      expect(await client.until(`\n\n\r\n`)).toBe(`9\r\ndata: ${i}\n\n\r\n`);
    }
    client.close();
    // A client that is gone looks like one that half-closed until something is sent to it.
    server.send("9\r\ndata: 5\n\n\r\n");
    await server.end();
  });
});

describe("a tunnel", () => {
  const upgraded = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n" +
    "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

  test("carries both directions after 101, also what came with the heads", async () => {
    await using stage = new Stage();
    const { client, server, head } = await opened(stage, websocket + "early");
    expect(head.toLowerCase()).toContain("upgrade: websocket\r\n");
    server.send(upgraded + "first");
    expect(await client.until("\r\n\r\n")).toBe(upgraded);
    expect(await client.bytes(5)).toBe("first");
    expect(await server.bytes(5)).toBe("early");
    client.send("ping");
    expect(await server.bytes(4)).toBe("ping");
    server.send("pong");
    expect(await client.bytes(4)).toBe("pong");
  });

  test("lets the server go on after the client's half-close", async () => {
    await using stage = new Stage();
    const { client, server } = await opened(stage, websocket);
    server.send(upgraded);
    await client.until("\r\n\r\n");
    client.send("last words").halfClose();
    expect(await server.end()).toBe("last words");
    server.send("still here").halfClose();
    expect(await client.end()).toBe("still here");
  });

  test("lets the client go on after the server's half-close", async () => {
    await using stage = new Stage();
    const { client, server } = await opened(stage, websocket);
    server.send(upgraded + "bye").halfClose();
    expect((await client.end()).endsWith("bye")).toBe(true);
    client.send("answer").halfClose();
    expect(await server.end()).toBe("answer");
  });

  // Its end was a reset, which took along whatever was on its way to the server.
  test("delivers what the client says last to a server that ended first and reads late", async () => {
    await using stage = new Stage();
    const { client, server, said } = await opened(stage, websocket);
    server.send(upgraded).halfClose();
    await client.end();
    server.socket.pause();
    const last = "0123456789".repeat(50_000);
    client.send(last).halfClose();
    await said("GET /chat ");
    server.socket.resume();
    expect(await server.end() === last).toBe(true);
    expect(server.finished).toBe("ended");
  });

  test("ends for the other side when one is gone", async () => {
    await using stage = new Stage();
    const { client, server } = await opened(stage, websocket);
    server.send(upgraded);
    await client.until("\r\n\r\n");
    client.reset();
    await server.end();
  });

  test("opens by CONNECT", async () => {
    await using stage = new Stage();
    const { client, server, head } = await opened(
      stage,
      "CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n",
    );
    expect(head).toStartWith("CONNECT db.example:5432 HTTP/1.1\r\n");
    server.send("HTTP/1.1 200 Connection established\r\n\r\nhello");
    await client.until("\r\n\r\n");
    expect(await client.bytes(5)).toBe("hello");
    client.send("select 1").halfClose();
    expect(await server.end()).toBe("select 1");
    server.send("1").halfClose();
    expect(await client.end()).toBe("1");
  });

  test("is refused by an ordinary answer, and the connection stays in use", async () => {
    await using stage = new Stage();
    const { client, server } = await opened(stage, websocket);
    server.send("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n");
    expect((await client.answer()).start).toBe("HTTP/1.1 426 Upgrade Required");
    client.send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    expect((await server.request()).start).toBe("GET /plain HTTP/1.1");
  });
});

describe("a client that half-closes", () => {
  const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  test("before the answer is taken for one that left: 400, and the origin is let go", async () => {
    await using stage = new Stage();
    const { client, server, said } = await opened(stage, request);
    client.halfClose();
    expect(await client.end()).toStartWith("HTTP/1.1 400 ");
    await server.end();
    expect(await said(" CH-- ")).toContain("be/s1 ");
  });

  test("is served to the end with `no option abortonclose`", async () => {
    await using stage = new Stage();
    const { client, server } = await opened(stage, request, {
      defaults: ["no option abortonclose"],
    });
    client.halfClose();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    expect(await client.end()).toEndWith("\r\n\r\nok");
  });

  test("within its answer still gets the rest", async () => {
    await using stage = new Stage();
    const { client, server } = await opened(stage, request);
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfour");
    await client.until("four");
    client.halfClose();
    server.send("more");
    expect(await client.end()).toBe("more");
  });
});

describe("a client that is gone", () => {
  // A closed socket has no peer any more: its line once named no address, and counted nobody.
  test("is logged with its address, and as one of the connections", async () => {
    await using stage = new Stage();
    const { client, server, said } = await opened(stage, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const { localPort } = client.socket;
    client.reset();
    await server.end();
    const line = await said(" CH-- ");
    expect(line).toStartWith(`127.0.0.1:${localPort} [`);
    expect(line).toContain(" be/s1 ");
    expect(line).toContain(" CH-- 1/1/0/0/0 0/0 ");
  });
});
