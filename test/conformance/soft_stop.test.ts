import { describe, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable } from "../support/haproxy.ts";
import { sluiceCommand } from "../support/sluice.ts";
import type { StoryOrigin } from "../scenario/stage/origin.ts";
import { Peer } from "../scenario/stage/peer.ts";
import { Stage } from "../scenario/stage/stage.ts";

const haproxy = haproxyAvailable();
const programs = [
  ...(haproxy.available ? [{ name: "haproxy", command: [haproxy.path, "-db"] }] : []),
  { name: "sluice", command: [...sluiceCommand(), "-db"] },
];

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

const configuration = (port: number, origin: number, option: string) => `
defaults
  mode http
  timeout connect 60s
  timeout client 60s
  timeout server 60s
frontend fe
  bind 127.0.0.1:${port}
  ${option}
  default_backend be
backend be
  server s 127.0.0.1:${origin}
`;

/** Waits until somebody listens, or nobody does any more. */
async function until(what: "listens" | "refuses", port: number): Promise<void> {
  for (;;) {
    const probe = await Peer.connect(port).catch(() => undefined);
    probe?.reset();
    if ((probe !== undefined) === (what === "listens")) return;
  }
}

/** Two clients of a gateway that has begun to stop: one is idle, the other has half of its answer. */
async function stopping(stage: Stage, command: readonly string[], option: string) {
  const [origin, port] = [await stage.origin(), await freePort()];
  const text = configuration(port, origin.port, option);
  const gateway = stage.launch(text, { command, spelling: "bare", file: "haproxy.cfg" });
  await until("listens", port);
  const [idle, reading] = [await stage.client(port), await stage.client(port)];
  idle.send(get);
  const server = await origin.accept();
  await server.request();
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").halfClose();
  await idle.answer();
  reading.send(get);
  const half = await origin.accept();
  await half.request();
  half.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhalv");
  expect(await reading.bytes(1)).toBe("H");
  gateway.signal("SIGUSR1");
  await until("refuses", port);
  return { gateway, idle, reading, origin, half };
}

/** The answer says that it is the connection's last one, and it is. */
async function answerLast(client: Peer, origin: StoryOrigin): Promise<void> {
  client.send(get);
  const server = await origin.accept();
  await server.request();
  server.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").halfClose();
  const { start, headers } = await client.answer();
  expect([start, headers.map((field) => field.join(": ").toLowerCase())]).toEqual([
    "HTTP/1.1 204 No Content",
    ["connection: close"],
  ]);
  expect(await client.end()).toBe("");
}

describe.each(programs)("$name stops softly:", ({ command }) => {
  test("idle clients go at once; who is being answered may ask once more", async () => {
    await using stage = new Stage();
    const { gateway, idle, reading, origin, half } = await stopping(stage, command, "");
    expect(await idle.end()).toBe("");
    half.send("ed").halfClose();
    expect(await reading.until("halved")).toEndWith("\r\n\r\nhalved");
    await answerLast(reading, origin);
    expect(await gateway.exited()).toBe(0);
  });

  test("with 'option idle-close-on-response' idle clients may ask once more, too", async () => {
    await using stage = new Stage();
    const option = "option idle-close-on-response";
    const { gateway, idle, reading, origin, half } = await stopping(stage, command, option);
    half.send("ed").halfClose();
    expect(await reading.until("halved")).toEndWith("\r\n\r\nhalved");
    for (const client of [reading, idle]) await answerLast(client, origin);
    expect(await gateway.exited()).toBe(0);
  });
});
