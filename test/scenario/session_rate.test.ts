import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import { section, Stage } from "./stage/stage.ts";

const limit = 4;
const clients = 10;

/** Sections of a gateway; the limit is the frontend's, or the process's. */
const lines = (port: number, global: readonly string[] = []) => ({
  global: ["nbthread 1", ...global],
  defaults: ["mode http", "timeout client 30s"],
  "frontend fe": [
    `bind 127.0.0.1:${port}`,
    ...(global.length === 0 ? [`rate-limit sessions ${limit}`] : []),
    'http-request return status 200 content-type text/plain lf-string "%[fe_sess_rate]"',
  ],
});

/** What clients that come together see of the rate, in the order in which they came. */
async function rates(stage: Stage, port: number): Promise<number[]> {
  const all = Array.from({ length: clients }, async () => {
    const client = await stage.client(port);
    const { body } = await client.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    return Number(body);
  });
  return await Promise.all(all);
}

/** Connections that the process has accepted. */
function accepted(pid: number, port: number): number {
  const text = Bun.spawnSync(["ss", "-Htnp", "state", "established", `sport = :${port}`]);
  return text.stdout.toString().split("\n").filter((line) => line.includes(`pid=${pid},`)).length;
}

function expectPaced(seen: readonly number[]): void {
  expect(seen.length).toBe(clients);
  expect(Math.max(...seen)).toBe(limit);
}

describe("rate-limit sessions", () => {
  test("serves everyone, and never more in a second", async () => {
    await using stage = new Stage();
    const port = await freePort();
    const text = Object.entries(lines(port)).map(([name, body]) => section(name, body));
    await stage.gateway(text.join(""));
    expectPaced(await rates(stage, port));
  });

  test("leaves who comes too early in the kernel's backlog", async () => {
    await using stage = new Stage();
    const port = await freePort();
    const text = section("defaults", ["mode tcp", "timeout client 30s"]) +
      section("frontend fe", [`bind 127.0.0.1:${port}`, "rate-limit sessions 1"]);
    const gateway = await stage.gateway(text);
    for (let i = 0; i < 40; i++) await stage.client(port);
    expect(accepted(gateway.pid, port)).toBeLessThan(20);
  });

  for (const keyword of ["maxconnrate", "maxsessrate"]) {
    test(`${keyword} does so for the whole process`, async () => {
      await using stage = new Stage();
      const port = await freePort();
      const all = lines(port, [`${keyword} ${limit}`]);
      await stage.gateway(Object.entries(all).map(([name, body]) => section(name, body)).join(""));
      expectPaced(await rates(stage, port));
    });
  }

  const theirs = [[], [`maxconnrate ${limit}`], [`maxsessrate ${limit}`]].map((global) => ({
    global,
    name: global[0] ?? "rate-limit sessions",
  }));
  test.skipIf(!haproxyAvailable().available).each(theirs)("haproxy: $name", async ({ global }) => {
    await using stage = new Stage();
    const port = await freePort();
    const file = join(mkdtempSync("/tmp/sluice-"), "haproxy.cfg");
    // Threads that accept at the same time go beyond it.
    const text = Object.entries(lines(port, global))
      .map(([name, body]) => [name, ...body, ""].join("\n"));
    writeFileSync(file, text.join(""));
    const haproxy = await startHaproxy(file, { host: "127.0.0.1", port });
    try {
      expectPaced(await rates(stage, port));
    } finally {
      await haproxy.stop();
      rmSync(dirname(file), { recursive: true });
    }
  });
});
