import { describe, expect, test } from "bun:test";
import { simpleScene, Stage } from "./stage/stage.ts";

const post = (body: string, field = `Content-Length: ${body.length}`) =>
  `POST / HTTP/1.1\r\nHost: a\r\n${field}\r\n\r\n${body}`;
const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const inner = "GET /inner HTTP/1.1\r\nHost: a\r\n\r\n";
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

// A rule that took the length away left the body for the server to read as the next request.
describe("what rules do to a body's length does not make its bytes another message", () => {
  test.each([
    ["del-header Content-Length", post(inner), "transfer-encoding: chunked", chunked(inner)],
    ["set-header Content-Length 3", post(inner), `content-length: ${inner.length}`, inner],
    ["add-header Content-Length 3", post(inner), `content-length: ${inner.length}`, inner],
    ["add-header Transfer-Encoding chunked", post(inner), `length: ${inner.length}`, inner],
    [
      "del-header Transfer-Encoding",
      post(chunked(inner), "Transfer-Encoding: chunked"),
      "transfer-encoding: chunked",
      chunked(inner),
    ],
    [
      "set-header Transfer-Encoding gzip",
      post(chunked(inner), "Transfer-Encoding: chunked"),
      "transfer-encoding: chunked",
      chunked(inner),
    ],
    [
      "add-header Content-Length 3",
      post(chunked(inner), "Transfer-Encoding: chunked"),
      "transfer-encoding: chunked",
      chunked(inner),
    ],
    ["set-header Content-Length 3", get, "host: a", ""],
    ["add-header Transfer-Encoding chunked", get, "host: a", ""],
  ])("request: %s", async (rule, request, framing, body) => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin], { frontend: [`http-request ${rule}`] });
    const client = await stage.client(port);
    client.send(request);
    const server = await origin.accept();
    const head = (await server.until("\r\n\r\n")).toLowerCase();
    expect(head).toContain(`${framing}\r\n`);
    const fields = head.match(/^(content-length|transfer-encoding):/gm) ?? [];
    expect(fields).toHaveLength(request === get ? 0 : 1);
    expect(await server.bytes(body.length)).toBe(body);
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    await client.answer();
    client.send(get);
    expect(await server.until("\r\n")).toBe("GET / HTTP/1.1\r\n");
  });

  test.each([
    [
      "del-header Content-Length",
      "Content-Length: 5\r\n\r\nhello",
      "1.1",
      "5\r\nhello\r\n0\r\n\r\n",
    ],
    ["del-header Content-Length", "Content-Length: 5\r\n\r\nhello", "1.0", "hello"],
    ["set-header Content-Length 3", "Content-Length: 5\r\n\r\nhello", "1.1", "hello"],
    ["add-header Transfer-Encoding chunked", "Content-Length: 5\r\n\r\nhello", "1.1", "hello"],
    [
      "del-header Transfer-Encoding",
      "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "1.1",
      "5\r\nhello\r\n0\r\n\r\n",
    ],
  ])("answer: %s", async (rule, answer, version, body) => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin], { backend: [`http-response ${rule}`] });
    const client = await stage.client(port);
    client.send(`GET / HTTP/${version}\r\nHost: a\r\nConnection: keep-alive\r\n\r\n`);
    const server = await origin.accept();
    await server.request();
    server.send(`HTTP/1.1 200 OK\r\n${answer}`);
    const head = await client.until("\r\n\r\n");
    expect(head.match(/^(content-length|transfer-encoding): (\d+|chunked)\r$/gim)).toHaveLength(1);
    if (body === "hello") expect(head.toLowerCase()).toContain("content-length: 5\r\n");
    expect(await client.bytes(body.length)).toBe(body);
  });

  test("answer: a length for a body that only the end of the connection ends", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin], {
      backend: ["http-response set-header Content-Length 3"],
    });
    const client = await stage.client(port);
    client.send(get);
    const server = await origin.accept();
    await server.request();
    server.send("HTTP/1.1 200 OK\r\n\r\nhello").halfClose();
    expect(await client.end()).toBe("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
  });
});
