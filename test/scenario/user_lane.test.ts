import { describe, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { app, exchange, get, lines, ok, scene } from "./stage/module.ts";
import { naming } from "./stage/origin.ts";
import { field } from "./stage/peer.ts";
import { section, simpleScene, Stage } from "./stage/stage.ts";

const passing = app("", `app.use("*", (_c, next) => next());`);

describe("a middleware that changes nothing", () => {
  test("leaves order, case and repetition of the answer's fields as they are", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, passing);
    const fields = [
      "X-ZULU: 1",
      "sEt-cOOkie: a=1; Path=/",
      "Vary: Accept",
      "Set-Cookie: b=2",
      "vary: Cookie",
      "Set-Cookie: a=1; Path=/",
      "X-Latin: caf\xe9",
      "Content-Type: text/plain",
    ];
    const { asked, answered } = await exchange(
      client,
      origin.accept(),
      get("/x?q=1", "X-Order: b", "x-order: a"),
      ok("body", ...fields),
    );
    expect(asked.start).toBe("GET /x?q=1 HTTP/1.1");
    expect(lines(asked).slice(1)).toEqual(["X-Order: b", "x-order: a"]);
    expect(lines(answered)).toEqual([...fields, "Content-Length: 4"]);
    expect(answered.body).toBe("body");
  });

  test("keeps chunks and trailers, and both connections in use", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, passing);
    const chunked = "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nX-Last: 1\r\n\r\n" +
      "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n";
    const peer = origin.accept();
    const { answered } = await exchange(client, peer, get("/"), chunked);
    expect(answered.start).toBe("HTTP/1.1 200 Fine");
    expect(lines(answered)).toEqual(["Transfer-Encoding: chunked", "X-Last: 1"]);
    expect([answered.body, answered.trailers]).toEqual(["abcde", [["X-Sum", "5"]]]);
    const again = await exchange(client, peer, get("/2"), ok("second"));
    expect([again.answered.body, origin.accepted]).toEqual(["second", 1]);
  });

  test("lets HEAD, 204, 304 and odd statuses through", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, passing);
    const peer = origin.accept();
    const head = await exchange(
      client,
      peer,
      "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n",
    );
    expect([head.asked.start, ...lines(head.answered)])
      .toEqual(["HEAD / HTTP/1.1", "Content-Length: 5000"]);
    for (const status of ["204 No Content", "304 Not Modified"]) {
      const { answered } = await exchange(
        client,
        peer,
        get("/"),
        `HTTP/1.1 ${status}\r\nETag: "1"\r\n\r\n`,
      );
      expect([answered.start, ...lines(answered)]).toEqual([`HTTP/1.1 ${status}`, 'ETag: "1"']);
    }
    const odd = "HTTP/1.1 999 Request denied\r\nContent-Length: 2\r\n\r\nno";
    const { answered } = await exchange(client, peer, get("/"), odd);
    expect([answered.start, answered.body]).toEqual(["HTTP/1.1 999 Request denied", "no"]);
  });

  test("shows each piece of a stream before the server sends the next", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, passing);
    client.send(get("/events"));
    const peer = await origin.accept();
    await peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    await client.until("\r\n\r\n");
    for (let i = 0; i < 5; i++) {
      peer.send(`data: ${i}\n\n`);
      expect(await client.until("\n\n")).toEndWith(`data: ${i}\n\n`);
    }
    peer.halfClose();
    expect(await client.until("0\r\n\r\n")).toEndWith("0\r\n\r\n");
  });

  test("carries a long body whole, and the next request behind it", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, passing);
    const body = "0123456789abcdef".repeat(1 << 17);
    const { answered } = await exchange(client, origin.accept(), get("/long"), ok(body));
    expect(answered.body === body).toBe(true);
    const peer = origin.peers[0]!;
    const next = await exchange(client, peer, get("/next"), ok("next"));
    expect(next.answered.body).toBe("next");
  });

  test("lets a WebSocket through", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, passing);
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    client.send(get("/chat", "Connection: Upgrade", "Upgrade: websocket", key) + "early");
    const peer = await origin.accept();
    expect(await peer.until("\r\n\r\n")).toContain("Upgrade: websocket\r\n");
    peer.send(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nConnection: Upgrade\r\n\r\nfirst",
    );
    expect(await client.until("\r\n\r\n")).toStartWith("HTTP/1.1 101 Switching Protocols\r\n");
    expect(await client.bytes(5)).toBe("first");
    expect(await peer.bytes(5)).toBe("early");
    client.send("ping");
    expect(await peer.bytes(4)).toBe("ping");
    peer.send("pong").halfClose();
    expect(await client.end()).toBe("pong");
  });
});

describe("request bodies", () => {
  test("stream to the server behind the middleware", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, passing);
    client.send("POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    const peer = await origin.accept();
    expect(await peer.until("one\r\n")).toContain("Transfer-Encoding: chunked\r\n");
    client.send("3\r\ntwo\r\n");
    expect(await peer.until("two\r\n")).toBe("3\r\ntwo\r\n");
    client.send("0\r\n\r\n");
    expect(await peer.until("0\r\n\r\n")).toBe("0\r\n\r\n");
    peer.send(ok("got it"));
    expect((await client.answer()).body).toBe("got it");
  });

  test("stream to a handler that reads them, also after 100 Continue", async () => {
    await using stage = new Stage();
    const { client } = await scene(
      stage,
      app(
        "",
        `app.post("/echo", (c) => c.body(c.req.raw.body));
app.post("/text", async (c) => c.text((await c.req.text()).toUpperCase()));`,
      ),
    );
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\none");
    expect(await client.until("one\r\n")).toStartWith("HTTP/1.1 200 OK\r\n");
    client.send("two");
    expect(await client.until("0\r\n\r\n")).toBe("3\r\ntwo\r\n0\r\n\r\n");
    client.send(
      "POST /text HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
    );
    expect(await client.until("\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    expect((await client.answer("POST")).body).toBe("BODY");
  });

  test("that nobody reads are no part of the next request", async () => {
    await using stage = new Stage();
    const { client } = await scene(stage, app("", `app.all("*", (c) => c.text(c.req.path));`));
    const body = "GET /smuggled HTTP/1.1\r\n\r\n".repeat(4000);
    client.send(`POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`);
    expect((await client.answer("POST")).body).toBe("/a");
    client.send(body + get("/b"));
    expect((await client.answer()).body).toBe("/b");
  });

  test("wait in the kernel while a handler does not read", async () => {
    await using stage = new Stage();
    const { client, gateway } = await scene(
      stage,
      app(
        "",
        `app.post("*", async (c) => {
  const reader = c.req.raw.body!.getReader();
  await reader.read();
  console.log("one read");
  await new Promise(() => {});
});`,
      ),
    );
    const length = 512 << 20;
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
    const before = gateway.residentBytes();
    const piece = Buffer.alloc(1 << 20, "x");
    let taken = 0;
    void client.pour(function* () {
      for (; taken < 512; taken++) yield piece;
    }());
    await gateway.said("one read");
    client.socket.pause();
    const other = await stage.client(client.socket.remotePort!);
    for (let i = 0; i < 200; i++) other.send("BAD\r\n\r\n");
    await other.end();
    expect(taken).toBeLessThan(32);
    expect(gateway.residentBytes() - before).toBeLessThan(64 << 20);
  });

  test("can't be sent on once a handler has read them: the operator learns why", async () => {
    await using stage = new Stage();
    const { client, gateway } = await scene(
      stage,
      app("", `app.use("*", async (c, next) => { await c.req.text(); await next(); });`),
    );
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
    expect((await client.answer("POST")).start).toBe("HTTP/1.1 500 Internal Server Error");
    expect(await gateway.said("error in a module of frontend fe: ")).toContain("its body was read");
  });
});

describe("own answers", () => {
  test("come from { fetch }, which says nothing to let the request go on", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(
      stage,
      `export default {
  fetch(request: Request, env: { remoteAddress: string; frontend: string }) {
    const { pathname } = new URL(request.url);
    if (pathname === "/who") return new Response(env.remoteAddress + " " + env.frontend);
  },
};`,
    );
    expect((await client.ask(get("/who"))).body).toBe("127.0.0.1 fe");
    const { answered } = await exchange(client, origin.accept(), get("/else"), ok("server's"));
    expect(answered.body).toBe("server's");
  });

  test("pass the http-after-response rules once, and are logged as the gateway's own", async () => {
    await using stage = new Stage();
    const { client, origin, gateway } = await scene(
      stage,
      app("", `app.get("/own", (c) => c.text("own"));\napp.use("/b", (_c, next) => next());`),
      {
        frontend: ['http-after-response add-header X-After "%[status]"'],
        backend: ["http-response add-header X-Response yes"],
      },
    );
    const own = await client.ask(get("/own"));
    expect(lines(own).filter((line) => line.startsWith("X-"))).toEqual(["X-After: 200"]);
    expect(await gateway.said("GET /own")).toContain(" fe fe/<NOSRV> ");
    expect(await gateway.said("GET /own")).toContain(" LR-- ");
    const { answered } = await exchange(client, origin.accept(), get("/b"), ok("b"));
    expect(lines(answered).filter((line) => line.startsWith("X-")))
      .toEqual(["X-Response: yes", "X-After: 200"]);
  });

  test("of the gateway in a listen section pass its http-after-response rules once", async () => {
    await using stage = new Stage();
    const port = await freePort();
    await stage.gateway(
      section("defaults", ["mode http", "timeout connect 1s", "timeout client 5s", "retries 0"]) +
        section("listen one", [
          `bind 127.0.0.1:${port}`,
          "timeout server 5s",
          "http-after-response add-header X-After once",
        ]),
    );
    const answer = await (await stage.client(port)).ask(get("/"));
    expect([answer.start, ...lines(answer).filter((line) => line.startsWith("X-"))])
      .toEqual(["HTTP/1.1 503 Service Unavailable", "X-After: once"]);
  });

  test("to HTTP/1.0 and to HEAD", async () => {
    await using stage = new Stage();
    const { client, port } = await scene(
      stage,
      app("", `app.get("*", (c) => c.text("hello", 200, { "X-Own": "1" }));`),
    );
    const head = await client.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect([head.body, field(head, "x-own")]).toEqual(["", "1"]);
    expect(field(head, "content-type")).toBe("text/plain; charset=UTF-8");
    const kept = await client.ask(get("/"));
    expect([kept.framing, kept.body]).toEqual(["chunked", "hello"]);
    const old = await stage.client(port);
    const answer = await old.ask("GET / HTTP/1.0\r\n\r\n");
    expect([answer.framing, answer.body]).toEqual(["close", "hello"]);
  });

  test("with a wrong length are cut, not taken for the next answer", async () => {
    await using stage = new Stage();
    const { client, gateway } = await scene(
      stage,
      app("", `app.get("*", (c) => c.text("too long", 200, { "Content-Length": "3" }));`),
    );
    client.send(get("/"));
    expect(await client.end()).toEndWith("\r\n\r\n");
    expect(await gateway.said("error in a module of frontend fe: ")).toContain(
      "The answer says that it has 3 bytes",
    );
  });
});

describe("two lanes", () => {
  test("a handler of one path leaves every other request on the raw path", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("app"));
    const { port } = await simpleScene(stage, [origin], {
      frontend: ["module edge.ts mount /edge"],
      files: { "edge.ts": app("", `app.get("/hello", (c) => c.text("from the edge"));`) },
    });
    const client = await stage.client(port);
    expect((await client.ask(get("/edge/hello"))).body).toBe("from the edge");
    expect((await client.ask(get("/hello"))).body).toBe("app GET /hello HTTP/1.1 ");
    expect((await client.ask(get("/edge/other"))).body).toBe("app GET /edge/other HTTP/1.1 ");
  });
});
