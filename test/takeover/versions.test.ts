import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { libc } from "../../ffi/mod.ts";
import { freePort } from "../support/free_port.ts";
import { Asker } from "./stage/asker.ts";
import { Generations } from "./stage/generations.ts";
import { takeOverWith } from "./stage/own_successor.ts";
import { CheckedTunnel, echoOrigin, invertingOrigin } from "./stage/traffic.ts";

const native = await libc();

let web: ReturnType<typeof echoOrigin>;
let tcp: Awaited<ReturnType<typeof invertingOrigin>>;
beforeAll(async () => {
  web = echoOrigin();
  tcp = await invertingOrigin();
});
afterAll(() => {
  web.stop();
  tcp.stop();
});

/** A gateway with a client between two requests, and a connection in TCP mode. */
async function scene() {
  const [webPort, tcpPort] = [await freePort(), await freePort()];
  const gateway = await new Generations(
    `
defaults
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend fe
  mode http
  bind 127.0.0.1:${webPort}
  default_backend be
backend be
  mode http
  server s 127.0.0.1:${web.port}
listen tunnel
  mode tcp
  bind 127.0.0.1:${tcpPort}
  server s 127.0.0.1:${tcp.port}
`,
    ["--instance", "test"],
  ).ready();
  const idle = new Asker(webPort, "/asked");
  idle.ask();
  await gateway.waitFor(() => idle.text.endsWith("/asked"), "an answer");
  const tunnel = new CheckedTunnel(tcpPort, 1);
  await gateway.waitFor(() => tunnel.received > 0, "first bytes");
  return { gateway, idle, tunnel };
}

describe("a successor of another version, which can't go on with everything", () => {
  test("knows no connections in TCP mode: they stay, and the old process with them", async () => {
    const { gateway, idle, tunnel } = await scene();
    await using _ = gateway;
    const offer = Promise.withResolvers<void>();
    const taking = takeOverWith(gateway, () => offer.resolve(), ["listeners/1", "idle-client/1"]);
    await offer.promise;
    const before = tunnel.received;
    await gateway.waitFor(() => tunnel.received > before + 50_000, "a tunnel that goes on");
    await tunnel.end();
    const { moved, fds, active } = await taking;
    expect([moved.map(({ kind }) => kind), active]).toEqual([["idle-client"], true]);
    expect([tunnel.received, tunnel.wrong, tunnel.closes]).toEqual([tunnel.sent, 0, 0]);
    await gateway.gone(gateway.pid);
    // It is the successor's, who lets it go now.
    expect(idle.closed).toBe(false);
    for (const fd of fds) native.close(fd);
    await gateway.waitFor(() => idle.closed, "its end");
  }, 60_000);

  test("knows no HTTP clients: those leave between two requests, the others move", async () => {
    const { gateway, idle, tunnel } = await scene();
    await using _ = gateway;
    const { moved, fds } = await takeOverWith(gateway, () => {}, ["listeners/1", "tcp-pipe/1"]);
    expect(moved.map(({ kind }) => kind)).toEqual(["tcp-pipe"]);
    await gateway.gone(gateway.pid);
    await gateway.waitFor(() => idle.closed, "the end of the idle one");
    expect(idle.statuses).toEqual([200]);
    expect([tunnel.wrong, tunnel.closes]).toEqual([0, 0]);
    for (const fd of fds) native.close(fd);
    await gateway.waitFor(() => tunnel.closes > 0, "its end");
  }, 60_000);
});
