import { describe, expect, test } from "bun:test";
import { logged, loggedEnd } from "./stage/log_line.ts";
import { naming } from "./stage/origin.ts";
import { simpleScene, Stage } from "./stage/stage.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

describe("timeout http-request", () => {
  const defaults = ["timeout http-request 100ms"];

  test("answers 408 to a head that is not finished, and closes", async () => {
    await using stage = new Stage();
    const { gateway, port } = await simpleScene(stage, [await stage.origin()], { defaults });
    const client = await stage.client(port);
    client.send("GET / HTTP/1.1\r\nHost:");
    expect(await client.end()).toStartWith("HTTP/1.1 408 Request Time-out\r\n");
    expect(loggedEnd(await gateway.said("<BADREQ>"))).toMatchObject(
      { by: "fe/<NOSRV>", status: 408, flags: "cR" },
    );
  });

  test("answers 408 to a connection that says nothing", async () => {
    await using stage = new Stage();
    const { gateway, port } = await simpleScene(stage, [await stage.origin()], { defaults });
    const client = await stage.client(port);
    expect(await client.end()).toStartWith("HTTP/1.1 408 Request Time-out\r\n");
    expect(loggedEnd(await gateway.said("<BADREQ>"))).toMatchObject({ status: 408, flags: "cR" });
  });

  test("closes it wordlessly and logs nothing with `option http-ignore-probes`", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("o"));
    const { gateway, port } = await simpleScene(stage, [origin], {
      defaults: [...defaults, "option http-ignore-probes"],
    });
    const silent = await stage.client(port);
    expect(await silent.end()).toBe("");
    const client = await stage.client(port);
    await client.ask(get("/1"));
    await logged(gateway, "GET /1 ");
    expect(gateway.output).not.toContain("<BADREQ>");
  });

  test("runs from the head's first byte: more of it brings no more time", async () => {
    await using stage = new Stage();
    const { port } = await simpleScene(stage, [await stage.origin()], {
      defaults: ["timeout http-request 300ms"],
    });
    const client = await stage.client(port);
    client.send("GET / HTTP/1.1\r\n");
    const trickle = setInterval(() => client.send("A: b\r\n"), 20);
    const answer = await client.end();
    clearInterval(trickle);
    expect(answer).toStartWith("HTTP/1.1 408 ");
  });

  test("does not run for the body", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin], { defaults });
    const slow = await stage.client(port);
    slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
    const server = await origin.accept();
    await server.until("bo");
    // Another connection's time runs out after this one's would have.
    await (await stage.client(port)).end();
    slow.send("dy");
    expect(await server.bytes(2)).toBe("dy");
    server.send(ok);
    expect((await slow.answer()).body).toBe("ok");
  });
});

describe("timeout http-keep-alive", () => {
  test("closes an idle connection wordlessly; the log has no line for it", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("o"));
    const { gateway, port } = await simpleScene(stage, [origin], {
      defaults: ["timeout http-keep-alive 100ms"],
    });
    const client = await stage.client(port);
    await client.ask(get("/1"));
    expect(await client.end()).toBe("");
    const next = await stage.client(port);
    await next.ask(get("/2"));
    await logged(gateway, "GET /2 ");
    expect(gateway.output).not.toContain("<BADREQ>");
  });

  test("hands over to `timeout http-request` with the first byte of the next head", async () => {
    await using stage = new Stage();
    const origin = await stage.origin(naming("o"));
    const { gateway, port } = await simpleScene(stage, [origin], {
      defaults: ["timeout http-keep-alive 10s", "timeout http-request 100ms"],
    });
    const client = await stage.client(port);
    await client.ask(get("/1"));
    client.send("GET ");
    expect(await client.end()).toStartWith("HTTP/1.1 408 ");
    expect(await logged(gateway, "<BADREQ>")).toMatchObject({ status: 408, flags: "cR" });
  });
});

describe("timeout client", () => {
  test("stands in for `http-request`", async () => {
    await using stage = new Stage();
    const { port } = await simpleScene(stage, [await stage.origin()], {
      frontend: ["timeout client 100ms"],
    });
    const client = await stage.client(port);
    client.send("GET / HTTP/1.1\r\n");
    expect(await client.end()).toStartWith("HTTP/1.1 408 ");
  });

  test("does not run for a body on its way to a server, whose own timeout does", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], {
      // Only once the head is there, and long enough to reach a server on a busy machine.
      frontend: ["http-request set-timeout client 2s"],
      backend: ["timeout server 4s"],
    });
    const client = await stage.client(port);
    client.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
    const server = await origin.accept();
    await server.until("bo");
    expect(await client.end()).toStartWith("HTTP/1.1 504 ");
    expect(await logged(gateway, "POST /1 ")).toMatchObject(
      { by: "be/s1", status: 504, flags: "sH" },
    );
    await server.end();
  });

  test("does not run while a server answers a request whose body does not go on", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], {
      // Only once the head is there, and long enough to reach a server on a busy machine.
      frontend: ["http-request set-timeout client 2s"],
      backend: ["timeout server 4s"],
    });
    const client = await stage.client(port);
    client.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
    const server = await origin.accept();
    await server.until("bo");
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart");
    await client.until("part");
    expect(await client.end()).toBe("");
    expect(await logged(gateway, "POST /1 ")).toMatchObject({ status: 200, flags: "sD" });
  });

  test("cuts a client that does not read its answer", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], {
      frontend: ["timeout client 100ms", "timeout http-request 20s"],
    });
    const client = await stage.client(port);
    client.socket.pause();
    client.send(get("/1"));
    const server = await origin.accept();
    await server.request();
    const much = Buffer.alloc(32 << 20, "x");
    server.send(`HTTP/1.1 200 OK\r\nContent-Length: ${much.length}\r\n\r\n`).send(much);
    expect(await logged(gateway, "GET /1 ")).toMatchObject(
      { by: "be/s1", status: 200, flags: "cD" },
    );
    await server.end();
  });

  test("does not run while the server is what is waited for", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin], { frontend: ["timeout client 500ms"] });
    const client = await stage.client(port);
    client.send(get("/1"));
    const server = await origin.accept();
    await server.request();
    await (await stage.client(port)).end();
    server.send(ok);
    expect((await client.answer()).body).toBe("ok");
  });
});

describe("timeout server", () => {
  const backend = ["timeout server 100ms"];

  test("answers 504 when no answer comes; the client may go on", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], { backend });
    const client = await stage.client(port);
    client.send(get("/1"));
    const server = await origin.accept();
    expect((await client.answer()).start).toBe("HTTP/1.1 504 Gateway Time-out");
    expect(await logged(gateway, "GET /1 ")).toMatchObject(
      { by: "be/s1", status: 504, flags: "sH" },
    );
    await server.end();
    client.send(get("/2"));
    const fresh = await origin.accept();
    await fresh.request();
    fresh.send(ok);
    expect((await client.answer()).body).toBe("ok");
  });

  test("answers 504 to a head that is not finished", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], { backend });
    const client = await stage.client(port);
    client.send(get("/1"));
    (await origin.accept()).send("HTTP/1.1 200 OK\r\nContent-");
    expect((await client.answer()).start).toBe("HTTP/1.1 504 Gateway Time-out");
    expect(await logged(gateway, "GET /1 ")).toMatchObject({ status: 504, flags: "sH" });
  });

  test("cuts an answer that does not go on", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], { backend });
    const client = await stage.client(port);
    client.send(get("/1"));
    const server = await origin.accept();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour");
    expect(await client.end()).toEndWith("\r\n\r\nfour");
    expect(await logged(gateway, "GET /1 ")).toMatchObject(
      { by: "be/s1", status: 200, flags: "sD" },
    );
    await server.end();
  });
});

describe("timeout tunnel", () => {
  test("takes the place of both sides' own after an upgrade", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin], {
      backend: ["timeout tunnel 100ms"],
    });
    const client = await stage.client(port);
    client.send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
    const server = await origin.accept();
    await server.request();
    server.send("HTTP/1.1 200 OK\r\n\r\n");
    await client.until("\r\n\r\n");
    await Promise.all([client.end(), server.end()]);
    const { by, status, flags } = await logged(gateway, "CONNECT ");
    expect({ by, status, flags }).toEqual({ by: "be/s1", status: 200, flags: "cD" });
  });
});

describe("timeout tarpit", () => {
  const frontend = ["http-request tarpit deny_status 429 if { path /pit }", "timeout tarpit 100ms"];

  test("holds a client, then sends it away", async () => {
    await using stage = new Stage();
    const { gateway, port } = await simpleScene(stage, [await stage.origin()], { frontend });
    const client = await stage.client(port);
    expect((await client.ask(get("/pit"))).start).toBe("HTTP/1.1 429 Too Many Requests");
    expect(await logged(gateway, "GET /pit ")).toMatchObject(
      { by: "fe/<NOSRV>", status: 429, flags: "PT" },
    );
  });

  test("is `timeout connect` where it is not set, and a client that leaves is let go", async () => {
    await using stage = new Stage();
    const { gateway, port } = await simpleScene(stage, [await stage.origin()], {
      frontend: ["http-request tarpit"],
      defaults: ["timeout connect 30s"],
    });
    const client = await stage.client(port);
    client.send(get("/pit")).halfClose();
    expect(await client.end()).toStartWith("HTTP/1.1 500 ");
    expect(await logged(gateway, "GET /pit ")).toMatchObject(
      { by: "fe/<NOSRV>", status: 500, flags: "PT" },
    );
  });
});
