import { describe, expect, test } from "bun:test";
import { logged } from "./stage/log_line.ts";
import type { Peer } from "./stage/peer.ts";
import { simpleScene, Stage } from "./stage/stage.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const plain = "HTTP/1.1 200 OK\r\n";
const ok = plain + "Content-Length: 2\r\n\r\nok";

describe("an origin that sends rubbish", () => {
  test.each([
    ["no HTTP at all", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
    ["two lengths", plain + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok"],
    ["a broken field", plain + "Broken Field: x\r\n\r\n"],
    ["a transfer coding that nobody knows", plain + "Transfer-Encoding: zip\r\n\r\nok"],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"],
    ["a broken chunk with the head", plain + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nok"],
    ["an upgrade that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\n\r\nhello"],
  ])("%s: 502 PH, and the connection to it is closed", async (_what, text) => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send(get("/1"));
    const server = await origin.accept();
    await server.request();
    server.send(text);
    expect((await client.answer()).start).toBe("HTTP/1.1 502 Bad Gateway");
    expect(await logged(gateway, "GET /1 ")).toMatchObject(
      { by: "be/s1", status: 502, flags: "PH" },
    );
    await server.end();
    client.send(get("/2"));
    const fresh = await origin.accept();
    await fresh.request();
    fresh.send(ok);
    expect((await client.answer()).body).toBe("ok");
  });

  test("in the middle of its chunks: what was sound is passed on, then the client is cut", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send(get("/1"));
    const server = await origin.accept();
    await server.request();
    server.send(plain + "Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n");
    await client.until("4\r\nfour\r\n");
    server.send("xyz\r\n");
    expect(await client.end()).toBe("");
    expect(await logged(gateway, "GET /1 ")).toMatchObject({ status: 200, flags: "PD" });
    await server.end();
  });

  test("behind its answer: that is nobody's, and the next request has a new connection", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send(get("/1"));
    const server = await origin.accept();
    await server.request();
    server.send(ok + plain + "Content-Length: 6\r\n\r\npoison");
    expect((await client.answer()).body).toBe("ok");
    await server.end();
    client.send(get("/2"));
    const fresh = await origin.accept();
    await fresh.request();
    fresh.send(ok);
    expect((await client.answer()).body).toBe("ok");
    expect(await logged(gateway, "GET /2 ")).toMatchObject({ status: 200, flags: "--" });
  });

  test("while nobody asked it anything: the idle connection is closed", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send(get("/1"));
    const server = await origin.accept();
    await server.request();
    server.send(ok);
    await client.answer();
    server.send(plain + "Content-Length: 6\r\n\r\npoison");
    await server.end();
    client.send(get("/2"));
    const fresh = await origin.accept();
    await fresh.request();
    fresh.send(ok);
    expect((await client.answer()).body).toBe("ok");
  });
});

/** A client whose first request was answered over `server`, and whose second one `server` has read. */
async function second(stage: Stage): Promise<{
  client: Peer;
  server: Peer;
  end: () => ReturnType<typeof logged>;
  /** Waits for the line of a later request, and expects none of the second one. */
  expectNoLine: () => Promise<void>;
}> {
  const origin = await stage.origin();
  const { gateway, port } = await simpleScene(stage, [origin], {
    frontend: ["http-request return status 204 if { path /own }"],
  });
  const client = await stage.client(port);
  client.send(get("/1"));
  const server = await origin.accept();
  await server.request();
  server.send(ok);
  await client.answer();
  client.send(get("/2"));
  await server.request();
  const expectNoLine = async () => {
    await (await stage.client(port)).ask(get("/own"));
    await logged(gateway, "GET /own ");
    expect(gateway.output).not.toContain("GET /2 ");
  };
  return { client, server, end: () => logged(gateway, "GET /2 "), expectNoLine };
}

describe("an origin that goes away on a connection it had kept", () => {
  // The client repeats the request by itself, as it would have had to without a gateway.
  test.each(["close", "reset"] as const)(
    "by %s: the client is closed, and no line logged",
    async (how) => {
      await using stage = new Stage();
      const { client, server, expectNoLine } = await second(stage);
      if (how === "close") server.close();
      else server.reset();
      expect(await client.end()).toBe("");
      await expectNoLine();
    },
  );

  test("within a head: the same", async () => {
    await using stage = new Stage();
    const { client, server, expectNoLine } = await second(stage);
    server.send(plain + "Content-").halfClose();
    expect(await client.end()).toBe("");
    await expectNoLine();
  });

  test("within a body: the client has what came", async () => {
    await using stage = new Stage();
    const { client, server, end } = await second(stage);
    server.send(plain + "Content-Length: 9\r\n\r\nfour").halfClose();
    expect(await client.end()).toEndWith("\r\n\r\nfour");
    expect(await end()).toMatchObject({ by: "be/s1", flags: "SD", status: 200 });
  });
});

describe("an origin that answers before it has the request's body", () => {
  test("and closes: the client gets the answer", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nfour");
    const server = await origin.accept();
    await server.until("four");
    server.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno").halfClose();
    expect((await client.answer()).start).toBe("HTTP/1.1 413 Content Too Large");
    client.send("bytes");
    expect(await logged(gateway, "POST /1 ")).toMatchObject({ by: "be/s1", status: 413 });
  });

  test("is gone before the body is: 502 SD", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin]);
    const client = await stage.client(port);
    client.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nfour");
    const server = await origin.accept();
    await server.until("four");
    server.reset();
    expect((await client.answer()).start).toBe("HTTP/1.1 502 Bad Gateway");
    expect(await logged(gateway, "POST /1 ")).toMatchObject(
      { by: "be/s1", status: 502, flags: "SD" },
    );
  });
});
