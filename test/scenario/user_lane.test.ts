import { describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { freePort } from "../support/free_port.ts";
import type { Message } from "../support/http_message.ts";
import { naming } from "./stage/origin.ts";
import { field, type Peer } from "./stage/peer.ts";
import { section, type SimpleOptions, simpleScene, Stage } from "./stage/stage.ts";

/** A gateway with a module before an origin that is played by hand, and a client. */
async function scene(stage: Stage, module: string, options: SimpleOptions = {}) {
  const origin = await stage.origin();
  const { gateway, port } = await simpleScene(stage, [origin], {
    ...options,
    frontend: ["module edge.ts", ...(options.frontend ?? [])],
    files: { "edge.ts": module },
  });
  return { gateway, origin, port, client: await stage.client(port) };
}

/** A Hono app as a module. */
function app(imports: string, body: string): string {
  return `import { Hono } from "hono";\n${imports}\nconst app = new Hono();\n${body}\nexport default app;\n`;
}

const get = (path: string, ...fields: string[]): string =>
  `GET ${path} HTTP/1.1\r\nHost: www.example\r\n${fields.map((f) => f + "\r\n").join("")}\r\n`;

/** The answer of a server, with its length. */
const ok = (body: string, ...fields: string[]): string =>
  `HTTP/1.1 200 OK\r\n${
    fields.map((f) => f + "\r\n").join("")
  }Content-Length: ${body.length}\r\n\r\n${body}`;

const lines = (message: Message): string[] => message.headers.map(([n, v]) => `${n}: ${v}`);

/** A client's request, the origin that got it, and its answer at the client. */
async function exchange(
  client: Peer,
  server: Peer | Promise<Peer>,
  request: string,
  answer: string,
): Promise<{ asked: Message; answered: Message }> {
  client.send(request);
  const peer = await server;
  const asked = await peer.request();
  peer.send(answer);
  return { asked, answered: await client.answer(request.slice(0, request.indexOf(" "))) };
}

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
        "Connection: Upgrade\r\n\r\nfirst",
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
    expect(await gateway.said("internal error")).toContain("its body was read");
  });
});

describe("Hono's cors", () => {
  const module = app(
    `import { cors } from "hono/cors";`,
    `app.use("/api/*", cors({ origin: "https://shop.example", credentials: true }));
app.get("/api/own", (c) => c.text("own"));`,
  );

  test("adds its fields to a proxied answer, whose others stay where they were", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, module);
    const { answered } = await exchange(
      client,
      origin.accept(),
      get("/api/a", "Origin: https://shop.example"),
      ok("[]", "X-B: 1", "VARY: Accept", "X-A: 2", "Set-Cookie: a=1", "Set-Cookie: b=2"),
    );
    expect(lines(answered)).toEqual([
      "X-B: 1",
      "VARY: Accept",
      "X-A: 2",
      "Set-Cookie: a=1",
      "Set-Cookie: b=2",
      "Content-Length: 2",
      "vary: Origin",
      "access-control-allow-credentials: true",
      "access-control-allow-origin: https://shop.example",
    ]);
  });

  test("answers a preflight by itself, and works with own answers", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, module);
    const preflight = await client.ask(
      "OPTIONS /api/a HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.example\r\n" +
        "Access-Control-Request-Method: PUT\r\n\r\n",
    );
    expect(preflight.start).toBe("HTTP/1.1 204 No Content");
    expect(field(preflight, "access-control-allow-methods")).toContain("PUT");
    const own = await client.ask(get("/api/own", "Origin: https://shop.example"));
    expect([own.body, field(own, "access-control-allow-origin")])
      .toEqual(["own", "https://shop.example"]);
    expect(origin.accepted).toBe(0);
  });
});

describe("Hono's bearerAuth", () => {
  const module = app(
    `import { bearerAuth } from "hono/bearer-auth";`,
    `app.use("/private/*", bearerAuth({ token: "secret" }));`,
  );

  test("refuses without asking the server, and lets the token through", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, module);
    const refused = await client.ask(get("/private/a"));
    expect([refused.start, field(refused, "www-authenticate")])
      .toEqual(["HTTP/1.1 401 Unauthorized", 'Bearer realm=""']);
    expect(origin.accepted).toBe(0);
    const { answered } = await exchange(
      client,
      origin.accept(),
      get("/private/a", "Authorization: Bearer secret"),
      ok("inside"),
    );
    expect(answered.body).toBe("inside");
  });

  // Requests in forms that a Request can't have, or has in another spelling, went past handlers.
  test("can't be gone around by a strange form of request", async () => {
    await using stage = new Stage();
    const { origin, port } = await scene(stage, module);
    const forms = [
      get("/open/../private/a"),
      get("/open/%2e%2e/private/a"),
      get("/open\\..\\private\\a"),
      get("/%70rivate/a"),
      get("http://other.example/private/a"),
      "GET /private/a HTTP/1.0\r\n\r\n",
      "GET /private/a HTTP/1.1\r\nHost:\r\n\r\n",
      "GET /private/a HTTP/1.1\r\nHost: a#\r\n\r\n",
      "GET /private/a HTTP/1.1\r\nHost: a b\r\n\r\n",
      "HEAD /private/a HTTP/1.1\r\nHost: a\r\n\r\n",
      "TRACE /private/a HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /private/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
      get("/private/a", "Connection: Upgrade", "Upgrade: other"),
    ];
    const expected = "401 401 401 401 400 401 401 400 400 401 405 401 401";
    const statuses: string[] = [];
    for (const form of forms) {
      const client = await stage.client(port);
      const answer = await client.ask(form);
      statuses.push(answer.start.split(" ")[1]!);
    }
    expect(statuses.join(" ")).toBe(expected);
    expect(origin.accepted).toBe(0);
  });
});

describe("Hono's secureHeaders", () => {
  test("replaces what the server said and adds the rest", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(
      stage,
      app(
        `import { secureHeaders } from "hono/secure-headers";`,
        `app.use("*", secureHeaders());\napp.get("/own", (c) => c.text("own"));`,
      ),
    );
    const { answered } = await exchange(
      client,
      origin.accept(),
      get("/"),
      ok("x", "X-Powered-By: old", "X-Frame-Options: DENY", "X-Mine: 1"),
    );
    expect(lines(answered).slice(0, 3))
      .toEqual(["X-Frame-Options: SAMEORIGIN", "X-Mine: 1", "Content-Length: 1"]);
    expect(field(answered, "strict-transport-security")).toBe(
      "max-age=15552000; includeSubDomains",
    );
    expect(field(answered, "x-powered-by")).toBeUndefined();
    const own = await client.ask(get("/own"));
    expect([own.body, field(own, "x-content-type-options")]).toEqual(["own", "nosniff"]);
  });
});

describe("Hono's etag", () => {
  const module = app(
    `import { etag } from "hono/etag";`,
    `app.use("*", etag());\napp.get("/own", (c) => c.text("own"));`,
  );

  test("tags a proxied answer, and answers 304 to whoever has it", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, module);
    const peer = origin.accept();
    const page = ok("page", "Cache-Control: max-age=1", "X-Other: 1");
    const first = await exchange(client, peer, get("/"), page);
    const tag = field(first.answered, "etag")!;
    expect([first.answered.body, tag]).toEqual(["page", expect.stringMatching(/^"[0-9a-f]{40}"$/)]);
    const second = await exchange(client, peer, get("/", `If-None-Match: ${tag}`), page);
    expect([second.answered.start, ...lines(second.answered)])
      .toEqual(["HTTP/1.1 304 Not Modified", "Cache-Control: max-age=1", `etag: ${tag}`]);
    const third = await exchange(client, peer, get("/3"), ok("third"));
    expect([third.answered.body, origin.accepted]).toEqual(["third", 1]);
    const own = await client.ask(get("/own"));
    const cached = await client.ask(get("/own", `If-None-Match: ${field(own, "etag")}`));
    expect([own.body, cached.start]).toEqual(["own", "HTTP/1.1 304 Not Modified"]);
  });

  // The body that nobody read must not be taken for the next request's answer.
  test("leaves a tagged body unread, and its server's connection alone", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, module);
    client.send(get("/big", 'If-None-Match: "v1"'));
    const peer = await origin.accept();
    await peer.request();
    peer.send(
      'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 1000000\r\n\r\nHTTP/1.1 200 OK\r\n',
    );
    expect((await client.answer()).start).toBe("HTTP/1.1 304 Not Modified");
    await peer.end();
    const { answered } = await exchange(client, origin.accept(), get("/next"), ok("next"));
    expect(answered.body).toBe("next");
  });
});

describe("Hono's compress", () => {
  const module = app(
    `import { compress } from "hono/compress";`,
    `app.use("*", compress());\napp.get("/own", (c) => c.text("own ".repeat(1000)));`,
  );
  const text = "All work and no play makes Jack a dull boy.\n".repeat(20000);
  const unzip = (message: Message): string =>
    gunzipSync(Buffer.from(message.body, "latin1")).toString("latin1");

  test("packs a proxied answer and an own one", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, module);
    const peer = origin.accept();
    const { answered } = await exchange(
      client,
      peer,
      get("/", "Accept-Encoding: gzip"),
      ok(text, "X-B: 1", "Content-Type: text/plain", 'ETag: "1"', "X-A: 1"),
    );
    expect(lines(answered)).toEqual([
      "X-B: 1",
      "Content-Type: text/plain",
      'ETag: W/"1"',
      "X-A: 1",
      "content-encoding: gzip",
      "vary: Accept-Encoding",
      "Transfer-Encoding: chunked",
    ]);
    expect(unzip(answered) === text).toBe(true);
    const own = await client.ask(get("/own", "Accept-Encoding: gzip"));
    expect([field(own, "content-encoding"), unzip(own).length]).toEqual(["gzip", 4000]);
  });

  test("packs a chunked answer as well, and leaves clients alone that can't unpack", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, module);
    const peer = origin.accept();
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain" +
      `\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
    const packed = await exchange(client, peer, get("/", "Accept-Encoding: gzip"), chunked);
    expect(field(packed.answered, "content-encoding")).toBe("gzip");
    expect(unzip(packed.answered) === text).toBe(true);
    const plain = await exchange(client, peer, get("/"), chunked);
    expect(field(plain.answered, "content-encoding")).toBeUndefined();
    expect(plain.answered.body === text).toBe(true);
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
    expect(await gateway.said("internal error")).toContain("The answer says that it has 3 bytes");
  });
});

describe("what goes wrong", () => {
  test("a handler that throws: 500 with the outer middleware's fields, and a line about it", async () => {
    await using stage = new Stage();
    const { client, gateway } = await scene(
      stage,
      app(
        `import { cors } from "hono/cors";`,
        `app.use("*", cors());\napp.get("/", () => { throw new Error("the reason"); });
app.get("/odd", () => { throw "no error at all"; });\napp.get("/fine", (c) => c.text("fine"));`,
      ),
    );
    const answer = await client.ask(get("/", "Origin: https://a"));
    expect(answer.start).toBe("HTTP/1.1 500 Internal Server Error");
    expect(field(answer, "access-control-allow-origin")).toBe("*");
    expect(await gateway.said("internal error")).toContain("the reason");
    expect(await gateway.said("GET / ")).toContain(" IR-- ");
    expect((await client.ask(get("/odd"))).start).toBe("HTTP/1.1 500 Internal Server Error");
    expect((await client.ask(get("/fine"))).body).toBe("fine");
  });

  test("a handler that never answers: 504 after `timeout server`, and its signal aborts", async () => {
    await using stage = new Stage();
    const { client, gateway } = await scene(
      stage,
      app(
        "",
        `app.get("/never", (c) => {
  c.req.raw.signal.addEventListener("abort", () => console.log("it was told"));
  return new Promise(() => {});
});
app.get("/fine", (c) => c.text("fine"));`,
      ),
      { backend: ["timeout server 100ms"] },
    );
    expect((await client.ask(get("/never"))).start).toBe("HTTP/1.1 504 Gateway Time-out");
    await gateway.said("it was told");
    expect(await gateway.said("GET /never")).toContain(" sH-- ");
    expect((await client.ask(get("/fine"))).body).toBe("fine");
  });

  test("a stream that stops: cut after `timeout server`", async () => {
    await using stage = new Stage();
    const { client, gateway } = await scene(
      stage,
      app(
        "",
        `app.get("*", (c) => c.body(new ReadableStream({ start(s) { s.enqueue(new Uint8Array([65])); } })));`,
      ),
      { backend: ["timeout server 100ms"] },
    );
    client.send(get("/"));
    expect(await client.end()).toEndWith("\r\n\r\n1\r\nA\r\n");
    expect(await gateway.said("GET /")).toContain(" sD-- ");
  });

  test("a handler that answers while the server still thinks: the server is let go", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(
      stage,
      app(
        `import { timeout } from "hono/timeout";`,
        `app.use("*", timeout(50));`,
      ),
    );
    client.send(get("/slow"));
    const peer = await origin.accept();
    await peer.request();
    expect((await client.answer()).start).toStartWith("HTTP/1.1 504 ");
    await peer.end();
    const { answered } = await exchange(client, origin.accept(), get("/"), ok("next"));
    expect(answered.body).toBe("next");
  });

  test("a client that leaves: the handler's signal aborts, the server's connection closes", async () => {
    await using stage = new Stage();
    const { client, origin, gateway, port } = await scene(
      stage,
      app(
        "",
        `app.use("*", async (c, next) => {
  c.req.raw.signal.addEventListener("abort", () => console.log("left: " + c.req.path));
  await next();
});
app.get("/own", () => new Promise(() => {}));`,
      ),
    );
    client.send(get("/proxied"));
    const peer = await origin.accept();
    await peer.request();
    client.reset();
    await gateway.said("left: /proxied");
    await peer.end();
    const other = await stage.client(port);
    other.send(get("/own"));
    other.send("more");
    other.reset();
    await gateway.said("left: /own");
    const last = await stage.client(port);
    const { answered } = await exchange(last, origin.accept(), get("/"), ok("still here"));
    expect(answered.body).toBe("still here");
  });

  test("a client that leaves in the middle of a stream: the stream is cancelled", async () => {
    await using stage = new Stage();
    const { client, gateway } = await scene(
      stage,
      app(
        "",
        `app.get("*", (c) => c.body(new ReadableStream({
  pull(s) { s.enqueue(new Uint8Array(65536)); return new Promise((r) => setTimeout(r, 1)); },
  cancel() { console.log("cancelled"); },
})));`,
      ),
    );
    client.send(get("/"));
    await client.until("\r\n\r\n");
    client.reset();
    await gateway.said("cancelled");
  });

  test("a server that breaks off before the client saw anything: 502, or what a handler makes of it", async () => {
    await using stage = new Stage();
    const { client, origin, gateway } = await scene(
      stage,
      app(
        "",
        `app.use("/plain", async (c, next) => { await next(); c.res = new Response((await c.res.text()) + "!"); });
app.use("/caught", async (c, next) => {
  await next();
  c.res = new Response(await c.res.text().catch(() => "the fallback"));
});`,
      ),
    );
    for (const path of ["/plain", "/caught"]) {
      client.send(get(path));
      const peer = await origin.accept();
      await peer.request();
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").close();
    }
    expect((await client.answer()).start).toBe("HTTP/1.1 502 Bad Gateway");
    expect(await gateway.said("GET /plain")).toContain(" SH-- ");
    expect((await client.answer()).body).toBe("the fallback");
    expect(gateway.output).not.toContain("internal error");
  });

  test("no server at all: the gateway's own page is what the handlers see", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(
      stage,
      app(
        "",
        `app.use("/page", (_c, next) => next());
app.use("/own", async (c, next) => { await next(); if (c.res.status === 503) c.res = c.text("sorry", 503); });`,
      ),
      { backend: ["retries 0"] },
    );
    await origin.close();
    const page = await client.ask(get("/page"));
    expect([page.start, page.body.includes("No server is available")])
      .toEqual(["HTTP/1.1 503 Service Unavailable", true]);
    expect((await client.ask(get("/own"))).body).toBe("sorry");
  });

  test("a module that can't be loaded: exit 1, with its line", async () => {
    await using stage = new Stage();
    const port = await freePort();
    const launch = (module: string) =>
      stage.launch(
        "defaults: { mode: http, timeout: { connect: 1s, client: 1s, server: 1s } }\n" +
          `frontend:\n  fe:\n    bind: "127.0.0.1:${port}"\n    module: edge.ts\n`,
        { files: { "edge.ts": module } },
      );
    const broken = launch("export default 1;\n");
    expect(await broken.exited()).toBe(1);
    expect(broken.output).toContain("sluice.yaml:5:5: error: module '");
    expect(broken.output).toContain("exports neither a Hono app nor an object with a 'fetch'");
    const missing = launch('import "./nowhere.ts";\n');
    expect(await missing.exited()).toBe(1);
    expect(missing.output).toContain("can't be loaded");
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
