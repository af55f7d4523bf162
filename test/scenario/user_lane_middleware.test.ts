import { describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import type { Message } from "../support/http_message.ts";
import { app, exchange, get, lines, ok, scene } from "./stage/module.ts";
import { field } from "./stage/peer.ts";
import { Stage } from "./stage/stage.ts";

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
