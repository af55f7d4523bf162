import { describe, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { app, exchange, get, ok, scene } from "./stage/module.ts";
import { field } from "./stage/peer.ts";
import { Stage } from "./stage/stage.ts";

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
    expect(await gateway.said("error in a module of frontend fe: ")).toContain("the reason");
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
});
app.use("/unread", async (c, next) => {
  await next();
  const reader = c.res.body.getReader();
  await reader.closed.catch(() => {});
  reader.releaseLock();
  c.res = new Response("the other fallback");
});`,
      ),
    );
    for (const path of ["/plain", "/caught", "/unread"]) {
      client.send(get(path));
      const peer = await origin.accept();
      await peer.request();
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").close();
    }
    expect((await client.answer()).start).toBe("HTTP/1.1 502 Bad Gateway");
    expect(await gateway.said("GET /plain")).toContain(" SH-- ");
    expect((await client.answer()).body).toBe("the fallback");
    expect((await client.answer()).body).toBe("the other fallback");
    expect(gateway.output).not.toMatch(/internal error|error in a module/);
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
    expect(missing.output).toContain("can't be loaded: Cannot find module './nowhere.ts'");
    expect(missing.output).not.toContain("?load=");
    const part = launch('import { z } from "hono/nope";\nz();\n');
    expect(await part.exited()).toBe(1);
    expect(part.output).toContain("can't be loaded: import of 'hono/nope': Cannot find package");
    const garbled = launch("const a = 1;\nsyntax error(\n");
    expect(await garbled.exited()).toBe(1);
    expect(garbled.output).toMatch(
      /can't be loaded: \/.*edge\.ts:2:8: Expected ";".*; \/.*edge\.ts:2:14: /,
    );
  });
});
