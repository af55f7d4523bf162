import { describe, expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { endure, type Standing } from "./load/endurance.ts";
import { loadedSite } from "./load/site.ts";
import { Traffic } from "./load/traffic.ts";
import { Generations } from "./stage/generations.ts";
import { isRoot } from "./stage/without_rights.ts";

const instance = ["--instance", "test"];

/** Resolves to what it said. */
async function upgrade(gateway: Generations): Promise<string> {
  const { status, output } = await gateway.upgrade();
  expect({ status, output }).toEqual({ status: 0, output });
  return output;
}

describe("nobody notices that the process is replaced", () => {
  test(
    "500 keep-alive clients and newcomers at full rate, three upgrades: nothing lost, closed or failed",
    async () => {
      await using traffic = await Traffic.start();
      const ports = { web: await freePort(), tunnel: await freePort() };
      await using gateway = await new Generations(loadedSite(ports, traffic.origins), instance)
        .ready();
      const clients = await traffic.begin({
        kind: "keep-alive clients",
        port: ports.web,
        count: 500,
        thinkMs: [10, 100],
      });
      const newcomers = await traffic.begin({
        kind: "new connections",
        doors: [{ hostname: "127.0.0.1", port: ports.web }],
        count: 64,
      });
      const allServed = async () => {
        const serving = String(gateway.pid);
        await clients.until(({ servedBy }) => servedBy[serving] === 500);
        await newcomers.until(({ servedBy }) => (servedBy[serving] ?? 0) > 500);
      };
      await allServed();
      for (let i = 0; i < 3; i++) {
        await upgrade(gateway);
        await allServed();
      }
      const { asked, servedBy, p99Ms: _, maxMs: __, ...counts } = await clients.end();
      expect(counts).toEqual({
        opened: 500,
        refused: 0,
        closed: 0,
        answered: asked,
        wrong: 0,
        lost: 0,
      });
      expect(servedBy).toEqual({ [gateway.pid]: 500 });
      const { failed, failures } = await newcomers.end();
      expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
    },
    300_000,
  );

  test(
    "1,000 tunnels and 200 WebSockets, five upgrades: no byte lost or changed, none closed",
    async () => {
      await using traffic = await Traffic.start();
      const ports = { web: await freePort(), tunnel: await freePort() };
      await using gateway = await new Generations(loadedSite(ports, traffic.origins), instance)
        .ready();
      const tunnel = { kind: "tunnels", count: 500, deaf: 1 } as const;
      const loads = [
        await traffic.begin({ ...tunnel, port: ports.tunnel, opening: "none" }),
        await traffic.begin({ ...tunnel, port: ports.web, opening: "CONNECT" }),
        await traffic.begin({ kind: "websockets", port: ports.web, count: 200 }),
      ];
      for (const load of loads) await load.until(({ leastReceived }) => leastReceived > 0);
      for (let i = 0; i < 5; i++) {
        const output = await upgrade(gateway);
        expect(output).toContain("500 tcp-pipe");
        expect(output).toContain("700 tunnel");
      }
      for (const [i, count] of [500, 500, 200].entries()) {
        const { opened, sent, received, wrong, closed } = await loads[i]!.end();
        expect({ opened, received, wrong, closed }).toEqual({
          opened: count,
          received: sent,
          wrong: 0,
          closed: 0,
        });
      }
    },
    300_000,
  );
});

test.each(isRoot ? ["kept", "given up"] as const : ["kept"] as const)(
  "five upgrades in a row, rights %s: each process holds the same descriptors as the one before",
  async (rights) => {
    const standings: Standing[] = [];
    await endure(5, (standing) => standings.push(standing), rights);
    const first = standings[0]!.footprint;
    expect(standings.length).toBe(5);
    for (const { footprint: { descriptors, inheritedBytes } } of standings) {
      expect({ descriptors, inheritedBytes }).toEqual({
        descriptors: first.descriptors,
        inheritedBytes: first.inheritedBytes,
      });
    }
  },
  300_000,
);
