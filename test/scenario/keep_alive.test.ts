import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePorts } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import type { StoryOrigin } from "./stage/origin.ts";
import { section, Stage } from "./stage/stage.ts";

const lines = (front: number, back: number) => ({
  defaults: [
    "mode tcp",
    "timeout connect 5s",
    "timeout client 30s",
    "timeout server 30s",
    "option tcpka",
    "clitcpka-idle 500m",
    "clitcpka-cnt 200",
    "srvtcpka-idle 32399",
  ],
  "frontend fe": [`bind 127.0.0.1:${front}`, "default_backend be"],
  "frontend plain": [`bind 127.0.0.1:${front + 1}`, "no option clitcpka", "default_backend off"],
  "backend be": [`server s 127.0.0.1:${back}`],
  "backend off": ["no option srvtcpka", `server s 127.0.0.1:${back}`],
});

/** The minutes until the kernel probes, in tens; undefined where it never does. */
function probes(local: number, peer: number | undefined): number | undefined {
  const filter = `sport = :${local} and dport = :${peer}`;
  const text = Bun.spawnSync(["ss", "-Htno", "state", "established", filter]).stdout.toString();
  expect(text).toContain(`:${local}`);
  const minutes = /keepalive,(\d+)min/.exec(text)?.[1];
  return minutes === undefined ? undefined : Math.ceil(Number(minutes) / 10) * 10;
}

/** How both connections of a client of either frontend are probed. */
async function observe(stage: Stage, front: number, origin: StoryOrigin): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const port of [front, front + 1]) {
    const client = await stage.client(port);
    client.send("x");
    const served = await origin.accept();
    await served.until("x");
    seen.push({
      client: probes(port, client.socket.localPort),
      server: probes(served.socket.remotePort!, origin.port),
    });
  }
  return seen;
}

const expected = [{ client: 500, server: 540 }, { client: undefined, server: undefined }];

test("each side is probed as its options say", async () => {
  await using stage = new Stage();
  const origin = await stage.origin();
  const front = await freePorts(2);
  const text = Object.entries(lines(front, origin.port)).map(([name, body]) => section(name, body));
  await stage.gateway(text.join(""));
  expect(await observe(stage, front, origin)).toEqual(expected);
});

test.skipIf(!haproxyAvailable().available)("haproxy probes the same", async () => {
  await using stage = new Stage();
  const origin = await stage.origin();
  const front = await freePorts(2);
  const file = join(mkdtempSync("/tmp/sluice-"), "haproxy.cfg");
  const text = Object.entries(lines(front, origin.port)).map(([name, body]) =>
    [name, ...body, ""].join("\n")
  );
  writeFileSync(file, text.join(""));
  const haproxy = await startHaproxy(file, { host: "127.0.0.1", port: front + 1 });
  try {
    // Its look at whether haproxy serves has gone through to the origin.
    (await origin.accept()).close();
    expect(await observe(stage, front, origin)).toEqual(expected);
  } finally {
    await haproxy.stop();
    rmSync(dirname(file), { recursive: true });
  }
});
