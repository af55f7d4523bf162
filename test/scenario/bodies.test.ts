import { createHash } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { field } from "./stage/peer.ts";
import { naming } from "./stage/origin.ts";
import { simpleScene, Stage } from "./stage/stage.ts";

const pieceBytes = 64 * 1024;
const bulkBytes = 20 * 1024 * 1024;

/** Bytes that differ from piece to piece, so that a lost or doubled one is seen. */
function* bulk(): Generator<Uint8Array> {
  for (let at = 0; at < bulkBytes; at += pieceBytes) {
    yield Buffer.alloc(pieceBytes, `piece ${at} `);
  }
}

function digestOfBulk(): string {
  const hash = createHash("sha256");
  for (const piece of bulk()) hash.update(piece);
  return hash.digest("hex");
}

const digestOf = (text: string): string =>
  createHash("sha256").update(Buffer.from(text, "latin1")).digest("hex");

describe("a request's body", () => {
  // The reader once went round for ever when a body went on in the next read.
  test("arrives in several reads, each passed on before the next is sent", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    const server = await origin.accept();
    await server.until("\r\n\r\nabc");
    client.send("def");
    expect(await server.bytes(3)).toBe("def");
    client.send("ghi");
    expect(await server.bytes(3)).toBe("ghi");
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    expect((await client.answer()).body).toBe("ok");
    client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    expect((await server.request()).start).toBe("GET /next HTTP/1.1");
  });

  test("is chunked with trailers in both directions", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    const server = await origin.accept();
    await server.until("abc\r\n");
    client.send("2;ext=1\r\nde\r\n0\r\nX-Check: up\r\n\r\n");
    expect(await server.until("\r\n\r\n")).toBe("2\r\nde\r\n0\r\nX-Check: up\r\n\r\n");
    server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwxyz\r\n");
    await client.until("4\r\nwxyz\r\n");
    server.send("0\r\nX-Check: down\r\n\r\n");
    expect(await client.until("\r\n\r\n")).toBe("0\r\nX-Check: down\r\n\r\n");
  });

  test.each([
    ["to a server", "option http-drop-request-trailers", "", "X-Check: down\r\n"],
    ["to a client", "option http-drop-response-trailers", "X-Check: up\r\n", ""],
  ])("loses its trailers on the way %s where an option says so", async (_, option, up, down) => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin], { defaults: [option] });
    const client = await stage.client(port);
    const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    // At once, and in pieces.
    client.send(head + "3\r\nabc\r\n0\r\nX-Check: up\r\n\r\n");
    const server = await origin.accept();
    await server.until("abc\r\n");
    expect(await server.until("\r\n\r\n")).toBe(`0\r\n${up}\r\n`);
    server.send(answer + "4\r\nwxyz\r\n0\r\nX-Check: down\r\n\r\n");
    await client.until("wxyz\r\n");
    expect(await client.until("\r\n\r\n")).toBe(`0\r\n${down}\r\n`);
    client.send(head + "3\r\nabc\r\n");
    await server.until("abc\r\n");
    client.send("0\r\nX-Check: up\r\n\r\n");
    expect(await server.until("\r\n\r\n")).toBe(`0\r\n${up}\r\n`);
    server.send(answer + "4\r\nwxyz\r\n");
    await client.until("wxyz\r\n");
    server.send("0\r\nX-Check: down\r\n\r\n");
    expect(await client.until("\r\n\r\n")).toBe(`0\r\n${down}\r\n`);
  });

  test("of 20 MB goes up and comes down byte for byte", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bulkBytes}\r\n\r\n`);
    const server = await origin.accept();
    await server.until("\r\n\r\n");
    const [, up] = await Promise.all([client.pour(bulk()), server.bytes(bulkBytes)]);
    server.send(`HTTP/1.1 200 OK\r\nContent-Length: ${bulkBytes}\r\n\r\n`);
    await client.until("\r\n\r\n");
    const [, down] = await Promise.all([server.pour(bulk()), client.bytes(bulkBytes)]);
    const whole = digestOfBulk();
    expect(digestOf(up)).toBe(whole);
    expect(digestOf(down)).toBe(whole);
  });

  test("of 20 MB without a length ends with the origin's connection", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const server = await origin.accept();
    await server.request();
    server.send("HTTP/1.1 200 OK\r\n\r\n");
    const head = await client.until("\r\n\r\n");
    expect(head.toLowerCase()).toContain("connection: close");
    void server.pour(bulk()).then(() => server.halfClose());
    expect(digestOf(await client.end())).toBe(digestOfBulk());
  });
});

describe("a body of which rules have seen enough", () => {
  const get = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

  // The rest of the read was once taken for a body that was over: an exception, and no answer.
  test.each([
    ["Transfer-Encoding: chunked", "3\r\nabc\r\n", "5\r\nhello\r\n0\r\n\r\n"],
    ["Content-Length: 8", "abc", "hello"],
  ])(
    "ends in the read that decided (%s), and the next request is behind it",
    async (field, ...pieces) => {
      await using stage = new Stage();
      const { gateway, port } = await simpleScene(stage, [await stage.origin()], {
        frontend: ["http-request wait-for-body time 20s at-least 5", "http-request deny"],
      });
      const client = await stage.client(port);
      const [first, second] = pieces;
      await client.sendApart([
        `POST / HTTP/1.1\r\nHost: a\r\n${field}\r\n\r\n${first}`,
        second + get,
      ]);
      expect((await client.answer()).start).toBe("HTTP/1.1 403 Forbidden");
      expect((await client.answer()).start).toBe("HTTP/1.1 403 Forbidden");
      expect(gateway.output).not.toContain("internal error");
    },
  );

  // The server was told to wait while rules looked, and never to go on.
  test("goes on when it is an answer's", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin], {
      backend: ["http-response wait-for-body time 20s at-least 100"],
    });
    const client = await stage.client(port);
    client.send(get);
    const server = await origin.accept();
    await server.request();
    server.send(`HTTP/1.1 200 OK\r\nContent-Length: ${bulkBytes}\r\n\r\n`);
    const [answer] = await Promise.all([client.answer(), server.pour(bulk())]);
    expect(digestOf(answer.body)).toBe(digestOfBulk());
  });
});

describe("pipelined requests", () => {
  test("are answered in order on one connection to the origin", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("o"));
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    const paths = Array.from({ length: 20 }, (_, i) => `/p${i}`);
    client.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
    for (const path of paths) {
      expect((await client.answer()).body).toBe(`o GET ${path} HTTP/1.1 `);
    }
    expect(origin.accepted).toBe(1);
  });

  test("wait behind a body, of a length or in chunks", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("o"));
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send(
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" +
        "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n0\r\n\r\n" +
        "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    expect((await client.answer()).body).toBe("o POST /1 HTTP/1.1 abc");
    expect((await client.answer()).body).toBe("o POST /2 HTTP/1.1 def");
    expect((await client.answer()).body).toBe("o GET /3 HTTP/1.1 ");
  });

  // The next request had the connection before the reader was done with the last answer, and was aborted.
  test("are answered in chunks that come in one read with their head", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    const paths = ["/1", "/2", "/3"];
    client.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
    const server = await origin.accept();
    for (const path of paths) {
      expect((await server.request()).start).toBe(`GET ${path} HTTP/1.1`);
      server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
      expect((await client.answer()).body).toBe("ok");
    }
    expect(origin.accepted).toBe(1);
  });

  test("more than a buffer of them is taken as they are served", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("o"));
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    const count = 600;
    const filler = "x".repeat(200);
    const requests = Array.from(
      { length: count },
      (_, i) => `GET /${i} HTTP/1.1\r\nHost: a\r\nX-Filler: ${filler}\r\n\r\n`,
    );
    client.send(requests.join(""));
    for (let i = 0; i < count; i++) {
      expect((await client.answer()).body).toBe(`o GET /${i} HTTP/1.1 `);
    }
  });
});

describe("an answer without a body", () => {
  test.each([
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", "500"],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n", undefined],
    ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", "500"],
  ])("%s: %p leaves both connections in use", async (method, text, length) => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    const server = await origin.accept();
    await server.request();
    server.send(text);
    expect(field(await client.answer(method), "content-length")).toBe(length);
    client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    expect((await server.request()).start).toBe("GET /next HTTP/1.1");
  });
});

describe("HTTP/1.0", () => {
  test("closes behind the answer", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("o"));
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send("GET /old HTTP/1.0\r\n\r\n");
    expect(await client.end()).toContain("o GET /old HTTP/1.0");
  });

  test("goes on where the client asks for keep-alive", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("o"));
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    const request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    expect(field(await client.ask(request), "connection")).toBe("keep-alive");
    expect((await client.ask(request)).body).toBe("o GET / HTTP/1.0 ");
  });
});
