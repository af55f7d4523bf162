import { afterEach, describe, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { Asker } from "./stage/asker.ts";
import { Generations } from "./stage/generations.ts";
import { WaitingOrigin } from "./stage/waiting_origin.ts";
import { CheckedTunnel, invertingOrigin } from "./stage/traffic.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const head = (global: string, defaults = "") => `
global
  ${global}
defaults
  mode http
  ${defaults}
  log stdout format raw local0
  timeout connect 10s
  timeout client 60s
  timeout server 60s
`;

const web = (name: string, port: number, origin: number) => `
listen ${name}
  bind 127.0.0.1:${port}
  server s 127.0.0.1:${origin}
`;

function clientOf(port: number): Asker {
  const client = new Asker(port);
  closing.push(() => client.leave());
  return client;
}

/** Answers that came whole. */
function answersOf({ text }: Asker): number {
  return text.split("\r\n\r\nok").length - 1;
}

/** Two clients of a listener that the next configuration has no more: one is idle, one is served. */
async function removedListener(global: string, defaults = "") {
  const origin = await WaitingOrigin.open();
  closing.push(() => origin.close());
  const [kept, removed] = [await freePort(), await freePort()];
  const stays = head(global, defaults) + web("kept", kept, origin.port);
  const gateway = await new Generations(stays + web("removed", removed, origin.port), [
    "--instance",
    "test",
  ]).ready();
  const [idle, busy] = [clientOf(removed), clientOf(removed)];
  for (const client of [idle, busy]) {
    client.ask();
    await gateway.waitFor(() => origin.waiting.length === 1, "a request");
    origin.answer();
    await gateway.waitFor(() => answersOf(client) === 1, "an answer");
  }
  busy.ask();
  await gateway.waitFor(() => origin.waiting.length === 1, "a request");
  gateway.rewrite(stays);
  const old = gateway.pid;
  const upgrade = gateway.upgrade();
  await gateway.said(": moving");
  return { origin, gateway, idle, busy, old, upgrade };
}

describe("clients that can't move", () => {
  test("leave with their answer, which says so; idle ones at once", async () => {
    const { origin, gateway, idle, busy, old, upgrade } = await removedListener("");
    await using _ = gateway;
    await gateway.waitFor(() => idle.closed, "the end of the idle one");
    expect(busy.closed).toBe(false);
    origin.answer();
    await gateway.waitFor(() => busy.closed, "the end of the served one");
    expect(busy.text).toMatch(/Content-Length: 2\r\nConnection: close\r\n\r\nok$/);
    expect(answersOf(busy)).toBe(2);
    expect((await upgrade).status).toBe(0);
    await gateway.gone(old);
  }, 60_000);

  test(
    "leave with their next answer under 'option idle-close-on-response', idle ones as well",
    async () => {
      const option = "option idle-close-on-response";
      const { origin, gateway, idle, busy, old, upgrade } = await removedListener("", option);
      await using _ = gateway;
      origin.answer();
      await gateway.waitFor(() => busy.closed, "the end of the served one");
      expect(idle.closed).toBe(false);
      idle.ask();
      await gateway.waitFor(() => origin.waiting.length === 1, "a request");
      origin.answer();
      await gateway.waitFor(() => idle.closed, "the end of the idle one");
      for (const { text } of [idle, busy]) {
        expect(text).toMatch(/Content-Length: 2\r\nConnection: close\r\n\r\nok$/);
      }
      expect((await upgrade).status).toBe(0);
      await gateway.gone(old);
    },
    60_000,
  );

  test(
    "stay until they leave with 'close-spread-time infinite', and the old process with them",
    async () => {
      const { origin, gateway, idle, busy, old, upgrade } = await removedListener(
        "close-spread-time infinite",
      );
      await using _ = gateway;
      origin.answer();
      await gateway.waitFor(() => answersOf(busy) === 2, "an answer");
      idle.ask();
      await gateway.waitFor(() => origin.waiting.length === 1, "a request");
      origin.answer();
      await gateway.waitFor(() => answersOf(idle) === 2, "an answer");
      expect([idle.text + busy.text, idle.closed, busy.closed]).toEqual([
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".repeat(4),
        false,
        false,
      ]);
      idle.leave();
      busy.leave();
      expect((await upgrade).status).toBe(0);
      await gateway.gone(old);
    },
    60_000,
  );

  test("leave one after the other within 'close-spread-time'", async () => {
    const { origin, gateway, idle, busy, old, upgrade } = await removedListener(
      "close-spread-time 300ms",
    );
    await using _ = gateway;
    await gateway.waitFor(() => idle.closed, "the end of the idle one");
    origin.answer();
    await gateway.waitFor(() => busy.closed, "the end of the served one");
    expect(answersOf(busy)).toBe(2);
    expect((await upgrade).status).toBe(0);
    await gateway.gone(old);
  }, 60_000);
});

test("a tunnel that can't move is cut after 'hard-stop-after', and logged", async () => {
  const origin = await invertingOrigin();
  closing.push(() => origin.stop());
  const port = await freePort();
  const tunnel = (server: string) => `
listen tunnel
  mode tcp
  option tcplog
  bind 127.0.0.1:${port}
  server ${server} 127.0.0.1:${origin.port}
`;
  const global = head("hard-stop-after 500ms");
  await using gateway = await new Generations(global + tunnel("before"), [
    "--instance",
    "test",
  ]).ready();
  const endless = new CheckedTunnel(port, 1);
  await gateway.waitFor(() => endless.received > 0, "first bytes");
  gateway.rewrite(global + tunnel("after"));
  const old = gateway.pid;
  const { status, output } = await gateway.upgrade();
  expect({ status, output }).toEqual({ status: 0, output });
  expect(output).toContain("refused: 1 its server is gone");
  await gateway.gone(old);
  await endless.end();
  expect(endless.wrong).toBe(0);
  expect(gateway.output).toContain("soft-stop running for too long, performing a hard-stop.");
  expect(gateway.output).toMatch(/tunnel\/before \d+\/\d+\/\d+ \d+ K. /);
}, 60_000);
