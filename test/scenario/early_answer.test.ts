import { describe, expect, test } from "bun:test";
import { app, scene } from "./stage/module.ts";
import type { Peer } from "./stage/peer.ts";
import { type SimpleOptions, simpleScene, Stage } from "./stage/stage.ts";

const bodyBytes = 400_000;
const [first, rest] = ["x".repeat(100_000), "y".repeat(300_000)];
const upload = `PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: ${bodyBytes}\r\n\r\n`;
const next = "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
const early = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly";
const closing = "HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

interface Answered {
  readonly client: Peer;
  readonly server: Peer;
  readonly accept: () => Promise<Peer>;
  readonly said: (text: string) => Promise<string>;
}

/** A client that has its answer, and has sent a part of its body, which the server has read. */
async function answered(
  stage: Stage,
  answer: string,
  options: SimpleOptions = {},
  request = upload + first,
): Promise<Answered> {
  const origin = await stage.origin();
  const { gateway, port } = await simpleScene(stage, [origin], options);
  const client = await stage.client(port);
  client.send(request);
  const server = await origin.accept();
  await server.until("\r\n\r\n");
  await server.bytes(request.length - request.indexOf("\r\n\r\n") - 4);
  server.send(answer);
  await client.answer("PUT");
  const accept = () => origin.accept();
  return { client, server, accept, said: (text) => gateway.said(text) };
}

/** The next request comes to that server's connection, and its answer to the client. */
async function goesOn(client: Peer, by: Peer | (() => Promise<Peer>)): Promise<void> {
  client.send(next);
  const server = typeof by === "function" ? await by() : by;
  expect((await server.request()).start).toBe("GET /2 HTTP/1.1");
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
  expect((await client.answer()).body).toBe("second");
}

// The rest was once read and dropped, and the server's connection reset.
describe("a server that answers before it has all of the request", () => {
  test("gets the rest, and both connections go on", async () => {
    await using stage = new Stage();
    const { client, server, said } = await answered(stage, early);
    client.send(rest);
    expect(await server.bytes(rest.length)).toBe(rest);
    await goesOn(client, server);
    expect(await said('"PUT /1')).toContain(" be/s1 ");
  });

  test("gets the rest of a chunked one", async () => {
    await using stage = new Stage();
    const request =
      "PUT /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    const { client, server } = await answered(stage, early, {}, request);
    const last = "5\r\nworld\r\n0\r\n\r\n";
    client.send(last);
    expect(await server.bytes(last.length)).toBe(last);
    await goesOn(client, server);
  });

  test("gets the rest when it will not be asked again", async () => {
    await using stage = new Stage();
    const { client, server, accept } = await answered(stage, closing);
    server.halfClose();
    client.send(rest);
    expect(await server.bytes(rest.length)).toBe(rest);
    await server.end();
    await goesOn(client, accept);
  });

  test("gets the rest of a client that closes after it", async () => {
    await using stage = new Stage();
    const request = upload.replace("Host: a", "Host: a\r\nConnection: close") + first;
    const { client, server } = await answered(stage, early, {}, request);
    client.send(rest);
    expect(await server.bytes(rest.length)).toBe(rest);
    await client.end();
  });

  test("gets what is on its way, however late it reads", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    const whole = "z".repeat(8_000_000);
    client.send(upload.replace(String(bodyBytes), String(whole.length)));
    const server = await origin.accept();
    await server.until("\r\n\r\n");
    server.socket.pause();
    client.send(whole);
    server.send(early);
    await client.answer("PUT");
    server.socket.resume();
    expect((await server.bytes(whole.length)) === whole).toBe(true);
    await goesOn(client, server);
  });

  test("is not asked again when it said more than its answer", async () => {
    await using stage = new Stage();
    const { client, server, accept } = await answered(stage, early + "stray");
    client.send(rest);
    expect(await server.bytes(rest.length)).toBe(rest);
    await server.end();
    await goesOn(client, accept);
  });

  test("may leave: its client has its answer, and goes on", async () => {
    await using stage = new Stage();
    const { client, server, accept, said } = await answered(stage, closing);
    server.reset();
    await said(" SD-- ");
    client.send(rest);
    await goesOn(client, accept);
  });

  // Its reset cut an answer short that had come in full and waited for its time.
  test("may leave while its answer is held back by a limit", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], {
      frontend: [
        "filter bwlim-out slow default-limit 10k default-period 100ms",
        "http-response set-bandwidth-limit slow",
      ],
    });
    const client = await stage.client(port);
    client.send(upload + first);
    const server = await origin.accept();
    await server.until("\r\n\r\n");
    await server.bytes(first.length);
    const body = "a".repeat(40_000);
    await server.sendAndSettle(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    server.reset();
    expect((await client.answer("PUT")).body).toBe(body);
    client.send(rest);
    await gateway.said(" SD-- ");
    await goesOn(client, () => origin.accept());
  });

  test("and reads no more is left after `timeout server`, with its client", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], {
      defaults: ["timeout server 1s"],
    });
    const client = await stage.client(port);
    client.send(upload.replace(String(bodyBytes), "9000000"));
    const server = await origin.accept();
    await server.until("\r\n\r\n");
    server.socket.pause();
    server.send(early);
    client.send("z".repeat(8_000_000));
    expect((await client.answer("PUT")).body).toBe("early");
    expect(await gateway.said(" sD-- ")).toContain(" 200 ");
    await client.end();
  });
});

describe("a client that has its answer and owes the rest of its request", () => {
  test("has `timeout client` for each piece of it", async () => {
    await using stage = new Stage();
    const { client, server, said } = await answered(stage, early, {
      defaults: ["timeout client 500ms"],
    });
    expect(await said(" cD-- ")).toContain(" 200 ");
    await client.end();
    await server.end();
  });

  test("may not end its side", async () => {
    await using stage = new Stage();
    const { client, server, said } = await answered(stage, early);
    client.halfClose();
    expect(await said(" CD-- ")).toContain(" 200 ");
    await client.end();
    await server.end();
  });

  test("may not break its chunks", async () => {
    await using stage = new Stage();
    const request =
      "PUT /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    const { client, server, said } = await answered(stage, early, {}, request);
    client.send("zz\r\n");
    expect(await said(" PD-- ")).toContain(" 200 ");
    await client.end();
    await server.end();
  });
});

describe("an early answer behind a middleware", () => {
  test("lets the server have the rest of the request", async () => {
    await using stage = new Stage();
    const { client, origin } = await scene(stage, app("", `app.use("*", (_c, next) => next());`));
    client.send(upload + first);
    const server = await origin.accept();
    const head = await server.until("\r\n\r\n");
    await server.bytes(first.length);
    expect(head).toContain("PUT /1 ");
    server.send(early);
    expect((await client.answer("PUT")).body).toBe("early");
    client.send(rest);
    expect(await server.bytes(rest.length)).toBe(rest);
    await goesOn(client, server);
  });
});
