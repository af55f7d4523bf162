import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { Stage } from "./stage/stage.ts";
import { freePort } from "../support/free_port.ts";

const request = "GET /no HTTP/1.1\r\nHost: a\r\n\r\n";

async function scene(stage: Stage, frontend: readonly string[], backend: readonly string[]) {
  const port = await freePort();
  const text = [
    "defaults",
    "  timeout connect 5s",
    "  timeout client 30s",
    "  timeout server 30s",
    "frontend fe",
    `  bind 127.0.0.1:${port}`,
    "  tcp-request inspect-delay 20s",
    ...frontend,
    "  default_backend be",
    "backend be",
    ...backend,
  ].join("\n") + "\n";
  await stage.gateway(text, { file: "haproxy.cfg" });
  return port;
}

/** A server that says `text` to everyone and then nothing more; resolves when a client has left. */
async function talker(text: string) {
  let left: () => void;
  const gone = new Promise<void>((resolve) => left = resolve);
  const server = createServer((socket) => {
    socket.write(text);
    socket.on("close", () => left()).on("error", () => {});
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { port, gone, [Symbol.dispose]: () => void server.close() };
}

test("`switch-mode http` answers HTTP by the HTTP rules, and lets the rest pass", async () => {
  await using stage = new Stage();
  using server = await talker("220 ready\r\n");
  const port = await scene(stage, [
    "  tcp-request content switch-mode http if HTTP",
    "  http-request deny deny_status 429 if { path /no }",
  ], [`  server s 127.0.0.1:${server.port}`]);
  const browser = await stage.client(port);
  // The first byte decides nothing yet.
  await browser.sendApart([request.slice(0, 1), request.slice(1)]);
  expect((await browser.answer()).start).toStartWith("HTTP/1.1 429 ");
  const other = await stage.client(port);
  other.send("\0\0");
  await other.until("220 ready\r\n");
});

test("`expect-proxy` takes the client that a PROXY header names, for whom it holds", async () => {
  await using stage = new Stage();
  using server = await talker("hello\n");
  const port = await scene(stage, [
    "  tcp-request connection expect-proxy layer4 if { src 127.0.0.1 }",
    "  tcp-request session reject unless { src 1.2.3.4 }",
  ], [`  server s 127.0.0.1:${server.port}`]);
  const named = await stage.client(port);
  named.send("PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n");
  await named.until("hello\n");
  const other = await stage.client(port);
  other.send("PROXY TCP4 1.2.3.5 5.6.7.8 11 22\r\n");
  expect(await other.end()).toBe("");
});

test("`tcp-response content close` leaves the server and gives the client what it said", async () => {
  await using stage = new Stage();
  using server = await talker("bye\n");
  const port = await scene(stage, [], [
    "  tcp-response inspect-delay 20s",
    "  tcp-response content close if { res.payload(0,3) -m str bye }",
    `  server s 127.0.0.1:${server.port}`,
  ]);
  const client = await stage.client(port);
  client.send("x");
  expect(await client.end()).toBe("bye\n");
  await server.gone;
});
