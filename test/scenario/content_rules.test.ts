import { describe, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { naming } from "./stage/origin.ts";
import { simpleScene, Stage } from "./stage/stage.ts";

describe("`tcp-request content` rules of an HTTP frontend", () => {
  test("refuse a request before its log line knows what it asked for", async () => {
    await using stage = new Stage();
    const { gateway, port } = await simpleScene(stage, [await stage.origin(naming("o"))], {
      frontend: ["tcp-request content reject if { path_beg /no }"],
    });
    const client = await stage.client(port);
    expect((await client.ask("GET /yes HTTP/1.1\r\nHost: a\r\n\r\n")).body).toStartWith(
      "o GET /yes",
    );
    client.send("GET /no HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.end()).toBe("");
    expect(await gateway.said('"<BADREQ>"')).toContain(" fe/<NOSRV> -1/-1/-1/-1/");
  });

  test("wait for the body until it is there, and no longer than the delay", async () => {
    await using stage = new Stage();
    const { port } = await simpleScene(stage, [await stage.origin(naming("o"))], {
      frontend: [
        "tcp-request inspect-delay 20s",
        "tcp-request content accept if WAIT_END",
        "http-request return status 200 content-type text/plain lf-string %[req.body]",
      ],
    });
    const client = await stage.client(port);
    await client.sendApart([
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc",
      "def",
    ]);
    expect((await client.answer()).body).toBe("abcdef");
    const hurried = await freePort();
    const { port: other } = await simpleScene(stage, [await stage.origin(naming("o"))], {
      frontend: [
        `bind 127.0.0.1:${hurried}`,
        "tcp-request inspect-delay 50ms",
        "tcp-request content accept if WAIT_END",
        "http-request return status 200 content-type text/plain lf-string %[req.body]",
      ],
    });
    const late = await stage.client(other);
    late.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    expect((await late.answer()).body).toBe("abc");
  });

  test("of the backend come before its own `http-request` rules", async () => {
    await using stage = new Stage();
    const { port } = await simpleScene(stage, [await stage.origin(naming("o"))], {
      backend: [
        "http-request return status 418 if { var(txn.seen) -m found }",
        "tcp-request content set-var(txn.seen) int(1) if { path /seen }",
      ],
    });
    const client = await stage.client(port);
    expect((await client.ask("GET /seen HTTP/1.1\r\nHost: a\r\n\r\n")).start).toContain(" 418 ");
    expect((await client.ask("GET /else HTTP/1.1\r\nHost: a\r\n\r\n")).start).toContain(" 200 ");
  });
});

test("`tcp-response content` rules of a backend see an HTTP answer and may refuse it", async () => {
  await using stage = new Stage();
  const { port } = await simpleScene(stage, [await stage.origin(naming("o"))], {
    backend: ["tcp-response content reject if { res.hdr(x-origin) o }"],
  });
  const client = await stage.client(port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(await client.end()).toBe("");
});

test("a connection that was TCP's goes to the HTTP backend that its bytes chose", async () => {
  await using stage = new Stage();
  const [first, second] = await Promise.all([
    stage.origin(naming("first")),
    stage.origin(naming("second")),
  ]);
  const port = await freePort();
  await stage.gateway(
    `defaults
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend fe
  bind 127.0.0.1:${port}
  tcp-request inspect-delay 20s
  tcp-request content accept if HTTP
  # Bytes are there for the first request alone: later ones are messages.
  use_backend one if { req.payload(0,3) -m str GET }
  default_backend two
backend one
  mode http
  server s 127.0.0.1:${first.port}
backend two
  mode http
  server s 127.0.0.1:${second.port}
`,
    { file: "haproxy.cfg" },
  );
  const client = await stage.client(port);
  expect((await client.ask("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")).body).toStartWith("first GET /a");
  expect((await client.ask("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")).body).toStartWith(
    "second GET /b",
  );
});
