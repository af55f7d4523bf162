import { afterEach, describe, expect, test } from "bun:test";
import { closeEnds, numbered, open } from "./stage/ends.ts";

afterEach(closeEnds);

/** Both ends of a connection in TCP mode, on which bytes have gone both ways. */
async function openPipe() {
  const { gateway, client, servers } = await open("tcp");
  client.socket.write("hello");
  await gateway.waitFor(() => servers[0]?.size === 5, "the first bytes");
  const server = servers[0]!;
  server.socket.write("welcome");
  await gateway.waitFor(() => client.size === 7, "the first bytes back");
  return { gateway, client, server };
}

describe("what the ends of a pipe do while it moves", () => {
  test("the server's end comes behind its bytes, and the client may go on", async () => {
    const { gateway, client, server } = await openPipe();
    await using _ = gateway;
    const upgrade = gateway.upgrade(["--probation", "0"]);
    await gateway.said(": listeners");
    server.socket.end("farewell");
    expect((await upgrade).status).toBe(0);
    await gateway.waitFor(() => client.ended, "the server's end");
    expect(client.text).toBe("welcomefarewell");
    client.socket.end("and goodbye");
    await gateway.waitFor(() => server.ended, "the client's end");
    expect(server.text).toBe("helloand goodbye");
  }, 60_000);

  test("the server's reset ends the client's connection", async () => {
    const { gateway, client, server } = await openPipe();
    await using _ = gateway;
    const upgrade = gateway.upgrade(["--probation", "0"]);
    await gateway.said(": listeners");
    server.socket.resetAndDestroy();
    expect((await upgrade).status).toBe(0);
    await gateway.waitFor(() => client.closed || client.ended, "the client's end");
    expect(client.text).toBe("welcome");
  }, 60_000);

  test("both ends come, each behind its bytes", async () => {
    const { gateway, client, server } = await openPipe();
    await using _ = gateway;
    const upgrade = gateway.upgrade(["--probation", "0"]);
    await gateway.said(": listeners");
    server.socket.end("farewell");
    client.socket.end("goodbye");
    expect((await upgrade).status).toBe(0);
    await gateway.waitFor(() => client.ended && server.ended, "both ends");
    expect([client.text, server.text]).toEqual(["welcomefarewell", "hellogoodbye"]);
  }, 60_000);
});

test("bytes that a slow server has not taken, and the end behind them", async () => {
  const { gateway, client, server } = await openPipe();
  await using _ = gateway;
  server.socket.pause();
  const sent = numbered(12 * 1024 * 1024);
  client.socket.end(sent);
  for (let i = 0; i < 2; i++) {
    expect((await gateway.upgrade()).output).toContain("moved 1 tcp-pipe");
  }
  server.socket.resume();
  await gateway.waitFor(() => server.ended, "the client's end");
  expect(server.bytes.subarray(5).equals(sent)).toBe(true);
  server.socket.end("thanks");
  await gateway.waitFor(() => client.ended, "the server's end");
  expect(client.text).toBe("welcomethanks");
}, 60_000);

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

describe("a request under way ends where it began, and its client moves then", () => {
  const upload = "POST /u HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n";

  for (
    const [name, head] of [
      ["a chunked upload", `${upload}\r\n`],
      ["an upload that waits to be told to continue", `${upload}Expect: 100-continue\r\n\r\n`],
    ] as const
  ) {
    test(name, async () => {
      const { gateway, client, servers } = await open("http");
      await using _ = gateway;
      client.socket.write(head);
      const waits = head.includes("Expect");
      if (!waits) client.socket.write("5\r\nfirst\r\n");
      await gateway.waitFor(
        () => servers[0]?.text.endsWith(waits ? "\r\n\r\n" : "first\r\n") ?? false,
        "the request's beginning",
      );
      const old = gateway.pid;
      const upgrade = gateway.upgrade();
      await gateway.said(": moving");
      if (waits) {
        servers[0]!.socket.write("HTTP/1.1 100 Continue\r\n\r\n");
        await gateway.waitFor(() => client.text.includes("100 Continue"), "the word to continue");
        client.socket.write("5\r\nfirst\r\n");
      }
      client.socket.write("4\r\nlast\r\n0\r\n\r\n");
      await gateway.waitFor(() => servers[0]!.text.endsWith("0\r\n\r\n"), "the request's end");
      // Chunks may be joined on the way.
      expect(servers[0]!.text.split("\r\n\r\n")[1]!.replace(/(^|\r\n)\d\r\n/g, "")).toBe(
        "firstlast\r\n0",
      );
      servers[0]!.socket.write(ok);
      await gateway.waitFor(() => client.text.endsWith(ok), "the answer");
      expect((await upgrade).output).toContain("moved 1 idle-client");
      await gateway.gone(old);
      client.socket.write(get("/after"));
      const asked = () => servers.find(({ text }) => text.includes("GET /after"));
      await gateway.waitFor(() => asked() !== undefined, "a request to the next process");
      asked()!.socket.write(ok);
      await gateway.waitFor(() => client.text.endsWith(ok + ok), "its answer");
    }, 60_000);
  }

  test("those that came behind it in one piece are answered, in their order", async () => {
    const { gateway, client, servers } = await open("http");
    await using _ = gateway;
    client.socket.write(get("/1") + get("/2") + get("/3"));
    const answer = async (path: string) => {
      const asked = () => servers.find(({ text }) => text.includes(`GET ${path} `));
      await gateway.waitFor(() => asked() !== undefined, `the request of ${path}`);
      asked()!.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
      await gateway.waitFor(() => client.text.endsWith(`\r\n\r\n${path}`), "its answer");
    };
    const upgrade = gateway.upgrade();
    await gateway.said(": moving");
    for (const path of ["/1", "/2", "/3"]) await answer(path);
    expect((await upgrade).output).toContain("moved 1 idle-client");
    client.socket.write(get("/4"));
    await answer("/4");
    expect(Array.from(client.text.matchAll(/\r\n\r\n\/./g), ([tail]) => tail)).toEqual(
      ["/1", "/2", "/3", "/4"].map((path) => `\r\n\r\n${path}`),
    );
  }, 60_000);
});

test("an answer without an end is sent by the old process, until hard-stop-after", async () => {
  const { gateway, client, servers } = await open("http", "hard-stop-after 8s");
  await using _ = gateway;
  client.socket.write(get("/events"));
  await gateway.waitFor(() => servers.length === 1 && servers[0]!.size > 0, "the request");
  const { socket } = servers[0]!;
  socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
  await gateway.waitFor(() => client.text.endsWith("data: 1\n\n"), "an event");
  const old = gateway.pid;
  const upgrade = gateway.upgrade();
  await gateway.said(": moving");
  socket.write("data: 2\n\n");
  await gateway.waitFor(() => client.text.endsWith("data: 1\n\ndata: 2\n\n"), "the next event");
  expect((await upgrade).status).toBe(0);
  await gateway.gone(old);
  await gateway.waitFor(() => client.closed || client.ended, "the end of the stream");
  expect(client.text).toEndWith("data: 1\n\ndata: 2\n\n");
}, 60_000);

test("a tunnel whose 101 its client has not read moves with it", async () => {
  const { gateway, client, servers } = await open("http");
  await using _ = gateway;
  const size = 12 * 1024 * 1024;
  client.socket.pause();
  client.socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  await gateway.waitFor(() => servers.length === 1 && servers[0]!.size > 0, "the request");
  const { socket } = servers[0]!;
  const sent = numbered(size);
  socket.write("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  socket.end(sent);
  const { output } = await gateway.upgrade();
  expect(output).toContain("moved 1 tunnel");
  client.socket.resume();
  await gateway.waitFor(() => client.ended, "the server's end");
  const head = client.text.indexOf("\r\n\r\n") + 4;
  expect(client.text).toStartWith("HTTP/1.1 101 Switching\r\n");
  expect(client.bytes.subarray(head).equals(sent)).toBe(true);
}, 60_000);
