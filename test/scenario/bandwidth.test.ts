import { describe, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { field, type Peer } from "./stage/peer.ts";
import { section, simpleScene, Stage } from "./stage/stage.ts";

/** Slow enough that nothing beyond the limit passes within a test. */
const glacial = "default-period 1h";

/** Answers every request with so many bytes, framed as told. */
function giving(bytes: number, framing: "length" | "chunked" | "close") {
  const body = "x".repeat(bytes);
  const answers = {
    length: `Content-Length: ${bytes}\r\n\r\n${body}`,
    chunked: `Transfer-Encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    close: `Connection: close\r\n\r\n${body}`,
  };
  return async (peer: Peer) => {
    for (;;) {
      await peer.request();
      peer.send("HTTP/1.1 200 OK\r\n" + answers[framing]);
      if (framing === "close") peer.halfClose();
    }
  };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

/** Expects so many bytes of an answer's body, and none more while other clients are served. */
async function expectToGet(stage: Stage, port: number, bytes: number): Promise<void> {
  const slow = await stage.client(port);
  slow.send(get("/slow"));
  await slow.until("\r\n\r\n");
  expect(await slow.bytes(bytes)).toBe("x".repeat(bytes));
  for (let i = 0; i < 5; i++) await (await stage.client(port)).ask(get("/quick"));
  expect(slow.received).toBe("");
}

describe("filter bwlim-out", () => {
  for (const framing of ["length", "close"] as const) {
    test(`lets no more than its limit of a body pass (${framing})`, async () => {
      await using stage = new Stage();
      const { port } = await simpleScene(stage, [await stage.origin(giving(5000, framing))], {
        frontend: [
          `filter bwlim-out slow default-limit 1000 ${glacial}`,
          "http-request set-bandwidth-limit slow if { path /slow }",
        ],
      });
      await expectToGet(stage, port, 1000);
    });
  }

  test("limits what a backend's rule on the answer says, whatever comes first in the file", async () => {
    await using stage = new Stage();
    const { port } = await simpleScene(stage, [await stage.origin(giving(5000, "length"))], {
      backend: [
        "http-response set-bandwidth-limit slow limit 700 if { var(txn.slow) -m found }",
        `filter bwlim-out slow default-limit 1k ${glacial}`,
        "http-request set-var(txn.slow) bool(true) if { path /slow }",
      ],
    });
    await expectToGet(stage, port, 700);
  });

  test("takes limit and period from expressions, and its own where they give none", async () => {
    await using stage = new Stage();
    const { port } = await simpleScene(stage, [await stage.origin(giving(5000, "length"))], {
      frontend: [
        "filter bwlim-out slow default-limit 600 default-period 1ms min-size 100",
        "http-request set-bandwidth-limit slow limit req.hdr(none) period int(3600),mul(1000) " +
        "if { path /slow }",
      ],
    });
    await expectToGet(stage, port, 600);
  });

  test("the smaller of two limits holds", async () => {
    await using stage = new Stage();
    const { port } = await simpleScene(stage, [await stage.origin(giving(5000, "length"))], {
      frontend: [
        `filter bwlim-out slow default-limit 400 ${glacial}`,
        "http-request set-bandwidth-limit slow if { path /slow }",
      ],
      backend: [
        `filter bwlim-out slow default-limit 300 ${glacial}`,
        "http-response set-bandwidth-limit slow if { var(txn.a) -m found }",
        "http-request set-var(txn.a) int(1) if { path /slow }",
      ],
    });
    await expectToGet(stage, port, 300);
  });

  for (const framing of ["length", "chunked", "close"] as const) {
    test(`delivers whole bodies in their time, and the connection goes on (${framing})`, async () => {
      await using stage = new Stage();
      const { port, gateway } = await simpleScene(
        stage,
        [await stage.origin(giving(200_000, framing))],
        {
          frontend: [
            "filter bwlim-out slow default-limit 100k default-period 100ms",
            "http-request set-bandwidth-limit slow",
          ],
        },
      );
      const client = await stage.client(port);
      if (framing === "close") {
        client.send(get("/"));
        const all = await client.end();
        expect(all.slice(all.indexOf("\r\n\r\n") + 4)).toBe("x".repeat(200_000));
      } else {
        for (let i = 0; i < 3; i++) expect((await client.ask(get("/"))).body.length).toBe(200_000);
      }
      expect(await gateway.said(" fe be/s1 ")).toContain(" 200 ");
      expect(gateway.output).toContain(" ---- ");
    });
  }

  test("leaves the server free once it has said all", async () => {
    await using stage = new Stage();
    const { port } = await simpleScene(stage, [await stage.origin(giving(5000, "length"))], {
      frontend: [
        `filter bwlim-out slow default-limit 1000 ${glacial}`,
        "http-request set-bandwidth-limit slow if { path /slow }",
      ],
      server: "maxconn 1",
    });
    await expectToGet(stage, port, 1000);
  });

  test("a client that leaves meanwhile is logged as one", async () => {
    await using stage = new Stage();
    const { port, gateway } = await simpleScene(
      stage,
      [await stage.origin(giving(5000, "length"))],
      {
        frontend: [
          `filter bwlim-out slow default-limit 1000 ${glacial}`,
          "http-request set-bandwidth-limit slow",
        ],
      },
    );
    const client = await stage.client(port);
    client.send(get("/"));
    await client.until("\r\n\r\n");
    client.reset();
    expect(await gateway.said("GET / ")).toContain(" CD-- ");
  });
});

describe("filter bwlim-in", () => {
  /** Sends a body of 5,000 bytes; expects `reaching` of it, and none more while others are served. */
  async function expectToSend(stage: Stage, request: string, reaching: string) {
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin], {
      frontend: [
        `filter bwlim-in slow default-limit 1000 ${glacial}`,
        "http-request set-bandwidth-limit slow if { method POST }",
        "http-request return status 204 if { method PUT }",
      ],
    });
    const client = await stage.client(port);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\n${request}`);
    const server = await origin.accept();
    await server.until("\r\n\r\n");
    expect(await server.bytes(reaching.length)).toBe(reaching);
    const other = await stage.client(port);
    for (let i = 0; i < 5; i++) await other.ask("PUT / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(server.received).toBe("");
    return { client, server };
  }

  test("lets no more than its limit of a body reach the server, which may answer early", async () => {
    await using stage = new Stage();
    const request = `Content-Length: 5000\r\n\r\n${"x".repeat(5000)}`;
    const { client, server } = await expectToSend(stage, request, "x".repeat(1000));
    server.send("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n");
    expect((await client.answer()).start).toContain(" 413 ");
  });

  test("counts bytes of a chunked body, not its framing", async () => {
    await using stage = new Stage();
    const body = `1388\r\n${"x".repeat(5000)}\r\n0\r\n\r\n`;
    const reaching = `3e8\r\n${"x".repeat(1000)}\r\n`;
    await expectToSend(stage, `Transfer-Encoding: chunked\r\n\r\n${body}`, reaching);
  });

  test("delivers a whole upload in its time", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(async (peer) => {
      const { body } = await peer.request();
      peer.send(`HTTP/1.1 200 OK\r\nX-Length: ${body.length}\r\nContent-Length: 0\r\n\r\n`);
    });
    const { port } = await simpleScene(stage, [origin], {
      frontend: [
        "filter bwlim-in slow default-limit 50k default-period 50ms",
        "http-request set-bandwidth-limit slow",
      ],
    });
    for (const framing of ["length", "chunked"] as const) {
      const client = await stage.client(port);
      const body = "x".repeat(200_000);
      client.send(
        framing === "length"
          ? `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n${body}`
          : `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n${body}\r\n0\r\n\r\n`,
      );
      const answer = await client.answer("POST");
      expect(field(answer, "x-length")).toBe("200000");
    }
  });
});

describe("in TCP mode", () => {
  async function tcp(stage: Stage, lines: readonly string[]) {
    const origin = await stage.origin();
    const port = await freePort();
    await stage.gateway(
      section("defaults", ["timeout connect 5s", "timeout client 30s", "timeout server 30s"]) +
        section("listen l", [
          `bind 127.0.0.1:${port}`,
          ...lines,
          `server s 127.0.0.1:${origin.port}`,
        ]),
    );
    const client = await stage.client(port);
    return { client, origin };
  }

  test("both directions are held to their limits, from the first byte", async () => {
    await using stage = new Stage();
    const { client, origin } = await tcp(stage, [
      `filter bwlim-in up default-limit 10 ${glacial}`,
      `filter bwlim-out down default-limit 20 ${glacial}`,
      "tcp-request inspect-delay 20s",
      "tcp-request content set-bandwidth-limit up if { req.len gt 5 }",
      "tcp-request content set-bandwidth-limit down",
    ]);
    client.send("0123456789abcdef");
    const server = await origin.accept();
    expect(await server.bytes(10)).toBe("0123456789");
    server.send("0123456789abcdefghijklmn");
    expect(await client.bytes(20)).toBe("0123456789abcdefghij");
    expect([server.received, client.received]).toEqual(["", ""]);
  });

  test("a rule on what the server says limits it from there", async () => {
    await using stage = new Stage();
    const { client, origin } = await tcp(stage, [
      `filter bwlim-out down default-limit 20 ${glacial}`,
      "tcp-response inspect-delay 20s",
      "tcp-response content set-bandwidth-limit down limit 5 if { res.len gt 2 }",
    ]);
    const server = await origin.accept();
    server.send("0123456789");
    expect(await client.bytes(5)).toBe("01234");
    client.send("up");
    expect(await server.bytes(2)).toBe("up");
    expect(client.received).toBe("");
  });

  test("an end comes behind the last byte", async () => {
    await using stage = new Stage();
    const { client, origin } = await tcp(stage, [
      "filter bwlim-in up default-limit 20k default-period 50ms",
      "tcp-request content set-bandwidth-limit up",
    ]);
    client.send("x".repeat(100_000)).halfClose();
    const server = await origin.accept();
    expect((await server.end()).length).toBe(100_000);
    server.send("got it").halfClose();
    expect(await client.end()).toBe("got it");
  });

  test("the limit follows a connection that turns out to be HTTP", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(giving(5000, "length"));
    const port = await freePort();
    await stage.gateway(
      section("defaults", ["timeout connect 5s", "timeout client 30s", "timeout server 30s"]) +
        section("frontend fe", [
          `bind 127.0.0.1:${port}`,
          `filter bwlim-out down default-limit 20 ${glacial}`,
          "tcp-request inspect-delay 20s",
          "tcp-request content set-bandwidth-limit down if { req.payload(0,9) -m str 'GET /slow' }",
          "tcp-request content accept if HTTP",
          "default_backend be",
        ]) +
        section("backend be", ["mode http", `server s 127.0.0.1:${origin.port}`]),
    );
    await expectToGet(stage, port, 20);
  });
});

test("a tunnel is held to its limits in both directions", async () => {
  await using stage = new Stage();
  const origin = await stage.origin();
  const { port } = await simpleScene(stage, [origin], {
    frontend: [
      `filter bwlim-in up default-limit 10 ${glacial}`,
      `filter bwlim-out down default-limit 20 ${glacial}`,
      "http-request set-bandwidth-limit up",
      "http-request set-bandwidth-limit down",
    ],
  });
  const client = await stage.client(port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
  const server = await origin.accept();
  await server.until("\r\n\r\n");
  server.send("HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
  await client.until("\r\n\r\n");
  client.send("0123456789abcdef");
  expect(await server.bytes(10)).toBe("0123456789");
  server.send("0123456789abcdefghijklmn");
  expect(await client.bytes(20)).toBe("0123456789abcdefghij");
  expect([server.received, client.received]).toEqual(["", ""]);
});

test("an answer of a module is held to its limit", async () => {
  await using stage = new Stage();
  const { port } = await simpleScene(stage, [await stage.origin(giving(5000, "length"))], {
    frontend: [
      `filter bwlim-out down default-limit 20 ${glacial}`,
      "http-request set-bandwidth-limit down if { path /slow }",
      "module app.ts",
    ],
    files: { "app.ts": `export default { fetch: () => new Response("x".repeat(5000)) };` },
  });
  const client = await stage.client(port);
  client.send(get("/slow"));
  expect((await client.until("x".repeat(20))).endsWith("\r\n" + "x".repeat(20))).toBe(true);
  await (await stage.client(port)).ask(get("/quick"));
  expect(client.received.trim()).toBe("");
});
