import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { Asker } from "./stage/asker.ts";
import { Generations } from "./stage/generations.ts";
import { echoOrigin, KeepAliveClient, NewConnections } from "./stage/traffic.ts";

let origin: ReturnType<typeof echoOrigin>;
beforeAll(() => {
  origin = echoOrigin();
});
afterAll(() => origin.stop());

/** An upgrade in a probation that is over when one of both processes is told to end, and not before. */
async function probation() {
  const port = await freePort();
  const site = `
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen fe
  bind 127.0.0.1:${port}
  server s 127.0.0.1:${origin.port}
`;
  const gateway = await new Generations(site, ["--instance", "test"]).ready();
  const client = new KeepAliveClient(port, "c", 5);
  await gateway.waitFor(() => client.answered > 0, "an answer");
  const upgrade = gateway.upgrade(["--probation", "60000"]);
  await gateway.said(": probation");
  const successor = Number(/takeover by process (\d+)/.exec(gateway.output)![1]);
  return { port, gateway, client, upgrade, successor };
}

describe("the new process, in its probation", () => {
  for (const signal of ["SIGUSR1", "SIGTERM", "SIGINT"] as const) {
    test(`by ${signal}: the old one goes on, and can be upgraded`, async () => {
      const { port, gateway, client, upgrade, successor } = await probation();
      await using _ = gateway;
      process.kill(successor, signal);
      const { status, output } = await upgrade;
      expect({ status, output }).toEqual({ status: 75, output });
      expect(output).toContain("no upgrade: the new process was told to stop");
      await gateway.gone(successor);
      const fresh = new NewConnections(port);
      expect((await gateway.upgrade()).status).toBe(0);
      await fresh.stop();
      expect(fresh.failures).toEqual([]);
      await client.stop();
      expect([client.lost, client.wrong, client.closes]).toEqual([0, 0, 0]);
    }, 60_000);
  }
});

test("the old process, in the probation of the new one: both end", async () => {
  const { port, gateway, client, upgrade, successor } = await probation();
  await using _ = gateway;
  process.kill(gateway.pid, "SIGTERM");
  await gateway.gone(gateway.pid);
  await gateway.gone(successor);
  await upgrade;
  await client.stop();
  expect(gateway.output).toContain("sent back: the running process was told to stop");
  const late = new Asker(port);
  late.ask();
  await gateway.waitFor(() => late.closed, "a refusal");
  expect(late.text).toBe("");
}, 60_000);
