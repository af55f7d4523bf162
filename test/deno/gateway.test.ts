import { describe, expect, test } from "bun:test";
import process from "node:process";
import { freePort } from "../support/free_port.ts";
import { denoCommand, sluiceCommand } from "../support/sluice.ts";
import { naming } from "../scenario/stage/origin.ts";
import type { Peer } from "../scenario/stage/peer.ts";
import { section, simpleConfiguration, simpleScene, Stage } from "../scenario/stage/stage.ts";

const get = (path: string, host = "a"): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

const ownSockets = ["env", "SLUICE_SOCKETS=runtime", ...denoCommand()];

/** The same stories on both runtimes: what a user of either may count on. */
const runtimes = [
  { name: "Deno", command: [...denoCommand()] },
  { name: "Deno, by its own sockets", command: ownSockets },
  { name: process.env.SLUICE_BIN ? "the compiled file" : "Bun", command: [...sluiceCommand()] },
] as const;

for (const { name, command } of runtimes) {
  describe(`the gateway on ${name}`, () => {
    test("routes by ACLs, over connections that are kept", async () => {
      await using stage = new Stage();
      const [app, pictures] = [
        await stage.origin(naming("app")),
        await stage.origin(naming("pic")),
      ];
      const port = await freePort();
      await stage.gateway(
        section("defaults", [
          "mode http",
          "timeout connect 5s",
          "timeout client 30s",
          "timeout server 30s",
        ]) +
          section("frontend fe", [
            `bind 127.0.0.1:${port}`,
            "acl is_picture path_end .png .jpg",
            "http-request deny if { path_sub ../ }",
            "http-request set-header X-From %[src]",
            "use_backend pictures if is_picture or { hdr_beg(host) -i img. }",
            "default_backend app",
          ]) +
          section("backend app", [`server a1 127.0.0.1:${app.port}`]) +
          section("backend pictures", [`server p1 127.0.0.1:${pictures.port}`]),
        { command },
      );
      const client = await stage.client(port);
      expect((await client.ask(get("/"))).body).toBe("app GET / HTTP/1.1 ");
      expect((await client.ask(get("/a.png"))).body).toStartWith("pic ");
      expect((await client.ask(get("/x", "IMG.example"))).body).toStartWith("pic ");
      expect((await client.ask(get("/a/../b"))).start).toBe("HTTP/1.1 403 Forbidden");
      expect((await client.ask(get("/last"))).body).toBe("app GET /last HTTP/1.1 ");
      expect([app.accepted, pictures.accepted]).toEqual([1, 1]);
    });

    test("passes chunks both ways, piece by piece, with trailers", async () => {
      await using stage = new Stage();
      const origin = await stage.origin();
      const { port } = await simpleScene(stage, [origin], { command });
      const client = await stage.client(port);
      client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
      const server = await origin.accept();
      await server.until("3\r\none\r\n");
      client.send("3\r\ntwo\r\n0\r\nX-T: 1\r\n\r\n");
      expect(await server.until("X-T: 1\r\n\r\n")).toBe("3\r\ntwo\r\n0\r\nX-T: 1\r\n\r\n");
      server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
      await client.until("3\r\nabc\r\n");
      server.send("2\r\nde\r\n0\r\nX-U: 2\r\n\r\n");
      expect(await client.until("X-U: 2\r\n\r\n")).toBe("2\r\nde\r\n0\r\nX-U: 2\r\n\r\n");
    });

    test("tunnels a WebSocket, and its half-closes", async () => {
      await using stage = new Stage();
      const origin = await stage.origin();
      const { port } = await simpleScene(stage, [origin], { command });
      const client = await stage.client(port);
      client.send(
        "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nearly",
      );
      const server = await origin.accept();
      await server.until("\r\n\r\n");
      server.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nfirst",
      );
      await client.until("\r\n\r\n");
      expect(await client.bytes(5)).toBe("first");
      expect(await server.bytes(5)).toBe("early");
      client.send("bye").halfClose();
      expect(await server.end()).toBe("bye");
      server.send("still here").halfClose();
      expect(await client.end()).toBe("still here");
    });

    test("does not gather what a slow client does not read", async () => {
      await using stage = new Stage();
      const origin = await stage.origin();
      const { port } = await simpleScene(stage, [origin], {
        command,
        frontend: ["monitor-uri /alive"],
      });
      const client = await stage.client(port);
      client.send(get("/large"));
      const server = await origin.accept();
      await server.request();
      const pieces = 256;
      server.send(`HTTP/1.1 200 OK\r\nContent-Length: ${pieces << 20}\r\n\r\n`);
      await client.until("\r\n\r\n");
      client.socket.pause();
      const piece = Buffer.alloc(1 << 20, "x");
      let taken = 0;
      const poured = server.pour(function* () {
        for (; taken < pieces; taken++) yield piece;
      }());
      await settled(() => taken, await stage.client(port));
      expect(taken).toBeLessThan(64);
      client.socket.resume();
      let left = pieces << 20;
      while (left > 0) left -= (await client.bytes(Math.min(left, 1 << 20))).length;
      await poured;
      expect(taken).toBe(pieces);
    });

    test("reloads under connections that stay", async () => {
      await using stage = new Stage();
      const [one, two] = [await stage.origin(naming("one")), await stage.origin(naming("two"))];
      const { gateway, port } = await simpleScene(stage, [one], { command });
      const client = await stage.client(port);
      expect((await client.ask(get("/"))).body).toStartWith("one ");
      gateway.rewrite(simpleConfiguration(port, [two.port]));
      gateway.signal("SIGHUP");
      await gateway.said("configuration reloaded");
      expect((await client.ask(get("/"))).body).toStartWith("two ");
      gateway.rewrite("nonsense: []\n");
      gateway.signal("SIGHUP");
      await gateway.said("reload refused");
      expect((await client.ask(get("/"))).body).toStartWith("two ");
    });

    test("answers 503 for a server that refuses, and 400 for what is no request", async () => {
      await using stage = new Stage();
      const { port } = await simpleScene(stage, [{ port: await freePort() }], {
        command,
        backend: ["retries 0"],
      });
      expect((await (await stage.client(port)).ask(get("/"))).start).toStartWith("HTTP/1.1 503 ");
      const client = await stage.client(port);
      expect((await client.ask("GET / HTTP/1.1\r\nBad Name: x\r\n\r\n")).start)
        .toStartWith("HTTP/1.1 400 ");
      await client.end();
    });

    test("a soft stop waits until a slow client has every byte of what both sides have ended", async () => {
      await using stage = new Stage();
      const origin = await stage.origin();
      const port = await freePort();
      const gateway = await stage.gateway(
        section("listen fe", [
          "timeout connect 5s",
          "timeout client 30s",
          "timeout server 30s",
          `bind 127.0.0.1:${port}`,
          `server s 127.0.0.1:${origin.port}`,
        ]),
        { command },
      );
      const client = await stage.client(port);
      client.send("x").halfClose();
      const server = await origin.accept();
      expect(await server.end()).toBe("x");
      client.socket.pause();
      const bytes = Buffer.alloc(12 << 20, "0123456789abc");
      server.send(bytes).halfClose();
      gateway.signal("SIGUSR1");
      client.socket.resume();
      expect((await client.end()) === bytes.toString()).toBe(true);
      expect(client.finished).toBe("ended");
      expect(await gateway.exited()).toBe(0);
    });

    test("mounts a module; SIGTERM ends it", async () => {
      await using stage = new Stage();
      const { gateway, port } = await simpleScene(stage, [await stage.origin(naming("o"))], {
        command,
        frontend: ["module edge.ts"],
        files: {
          "edge.ts": `export default {
  fetch: (request: Request) => request.url.endsWith("/own") ? new Response("own") : undefined,
};\n`,
        },
      });
      const client = await stage.client(port);
      expect((await client.ask(get("/own"))).body).toBe("own");
      expect((await client.ask(get("/other"))).body).toBe("o GET /other HTTP/1.1 ");
      gateway.signal("SIGTERM");
      expect(await gateway.exited()).toBe(0);
    });
  });
}

test("Deno's own sockets can't be handed over: the gateway says so at its start, and serves", async () => {
  await using stage = new Stage();
  const { gateway, port } = await simpleScene(stage, [await stage.origin(naming("o"))], {
    command: ownSockets,
  });
  const reason = "this runtime keeps its descriptors to itself";
  await gateway.said(`this process can't be upgraded: ${reason}`);
  expect((await (await stage.client(port)).ask(get("/x"))).body).toStartWith("o GET /x ");
});

test("on Deno a server can have a range of source ports", async () => {
  await using stage = new Stage();
  const origin = await stage.origin(naming("o"));
  const source = await freePort();
  const { port } = await simpleScene(stage, [origin], {
    command: [...denoCommand()],
    server: `source 127.0.0.5:${source}-${source + 9}`,
  });
  expect((await (await stage.client(port)).ask(get("/x"))).body).toStartWith("o GET /x ");
  const { remoteAddress, remotePort } = origin.peers[0]!.socket;
  expect(remoteAddress).toBe("127.0.0.5");
  expect(remotePort).toBeWithin(source, source + 10);
});

/** Waits until a count stays as it is while the gateway answers 100 other requests. */
async function settled(count: () => number, probe: Peer): Promise<void> {
  for (let before = -1; before !== count();) {
    before = count();
    for (let i = 0; i < 100; i++) await probe.ask(get("/alive"));
  }
}
