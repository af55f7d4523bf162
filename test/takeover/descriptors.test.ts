import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../support/process_state.ts";
import { freePort } from "../support/free_port.ts";
import { sluiceCommand } from "../support/sluice.ts";
import { Clients, FaultyGateway } from "./stage/faulty.ts";
import { descriptorsOf, Generations } from "./stage/generations.ts";
import { CheckedTunnel, echoOrigin, invertingOrigin } from "./stage/traffic.ts";

const instance = ["--instance", "test"];

let web: ReturnType<typeof echoOrigin>;
let inverting: Awaited<ReturnType<typeof invertingOrigin>>;
beforeAll(async () => {
  web = echoOrigin();
  inverting = await invertingOrigin();
});
afterAll(() => {
  web.stop();
  inverting.stop();
});

/** What comes twice is noticed with the next offer, if there is one. */
const kinds = ["close", "lost", "bare", "twice", "fewer", "part", "garbage"] as const;

describe("a fault of the channel of descriptors alone: nobody notices, and the next try works", () => {
  for (const step of ["listeners", "offer"] as const) {
    test(`at '${step}'`, async () => {
      const faults = kinds.filter((kind) => step === "listeners" || kind !== "twice")
        .map((kind) => `${step}:fd-${kind}`);
      await using faulty = await FaultyGateway.make(web.port, faults.join());
      const { gateway, port } = faulty;
      for (const fault of faults) {
        const from = gateway.output.length;
        const clients = new Clients(port);
        await gateway.waitFor(() => clients.served, "clients that are served");
        const upgrade = await faulty.upgrade("");
        expect({ fault, outcome: await upgrade.outcome }).toEqual({ fault, outcome: "kept" });
        await gateway.gone(upgrade.pid);
        await gateway.waitFor(clients.newcomersServed(), "newcomers that are served");
        await gateway.said(`takeover by process ${upgrade.pid}: not taken over: the channel of`);
        const said = gateway.output.slice(from);
        expect({ fault, lost: await clients.stop(), alive: isAlive(gateway.pid) }).toEqual({
          fault,
          lost: { staying: 0, coming: [] },
          alive: true,
        });
        expect(said).toContain(`SLUICE_FAULT: ${fault.slice(step.length + 1)} at '${step}'`);
      }
      const last = await faulty.upgrade("");
      expect(await last.outcome).toBe("handed over");
      gateway.succeededBy(last.pid);
      await gateway.gone(gateway.pids.at(-2)!);
    }, 120_000);
  }
});

const tunnelSite = (port: number): string => `
defaults
  mode tcp
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen tunnel
  bind 127.0.0.1:${port}
  server s 127.0.0.1:${inverting.port}
`;

const tunnelsTo = async (gateway: Generations, port: number, count: number) => {
  const tunnels = Array.from({ length: count }, (_, i) => new CheckedTunnel(port, i));
  await gateway.waitFor(() => tunnels.every(({ received }) => received > 0), "first bytes");
  return tunnels;
};

/** Every byte has gone both ways since, on each of them. */
async function allWell(gateway: Generations, tunnels: readonly CheckedTunnel[]): Promise<void> {
  const before = tunnels.map(({ received }) => received);
  const goOn = () => tunnels.every(({ received }, i) => received > before[i]! + 20_000);
  await gateway.waitFor(goOn, "tunnels that go on");
  await Promise.all(tunnels.map((tunnel) => tunnel.end()));
  for (const { sent, received, wrong, closes } of tunnels) {
    expect({ received, wrong, closes }).toEqual({ received: sent, wrong: 0, closes: 0 });
  }
}

/** The limit under which a process can open just so many more. */
function limitFor(pid: number, more: number): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let free = 0; free < more; limit++) if (!open.has(limit)) free++;
  return limit;
}

test(
  "no room in the new process within a batch: half of it moves, the others stay, with every byte",
  async () => {
    const port = await freePort();
    await using gateway = await new Generations(tunnelSite(port), instance).ready();
    const tunnels = await tunnelsTo(gateway, port, 20);
    const upgrade = gateway.upgrade(["--probation", "10000"]);
    await gateway.said(": probation");
    const successor = Number(/takeover by process (\d+)/.exec(gateway.output)![1]);
    // Twelve tunnels are twenty-four descriptors: it runs out of them in the middle of a pair.
    const limit = limitFor(successor, 13);
    const limited = Bun.spawnSync(["prlimit", `--pid=${successor}`, `--nofile=${limit}:${limit}`]);
    expect(limited.success).toBe(true);
    const before = descriptorsOf(gateway.pid);
    const moved = () => (before - descriptorsOf(gateway.pid)) / 2;
    await gateway.waitFor(() => moved() >= 6, "half of the first batch");
    expect(moved()).toBe(6);
    await allWell(gateway, tunnels);
    const { status, output } = await upgrade;
    expect({ status, output }).toEqual({ status: 0, output });
  },
  120_000,
);

const root = process.getuid!() === 0;
/** A user of whom no other process is. */
const uid = 59_173;

describe.skipIf(!root)("a user whose processes have too many descriptors on their way", () => {
  const noRoom = "sendmsg failed: ETOOMANYREFS";
  const asUser = ["setpriv", `--reuid=${uid}`, "--clear-groups"];

  async function hog(): Promise<AsyncDisposable> {
    const script = join(import.meta.dir, "stage", "descriptor_hog.ts");
    const child = Bun.spawn([...asUser, process.execPath, script, "300"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const piece of child.stdout) if (String(Buffer.from(piece)) === "held\n") break;
    return {
      async [Symbol.asyncDispose]() {
        child.kill();
        await child.exited;
      },
    };
  }

  async function scene() {
    const port = await freePort();
    // Its folder has to be the user's; root still asks.
    const own = `chown -R ${uid} . && exec ${asUser.join(" ")} prlimit --nofile=100:100 "$@"`;
    const program = ["sh", "-c", own, "sh", ...sluiceCommand()];
    const gateway = await new Generations(tunnelSite(port), instance, program).ready();
    return { gateway, tunnels: await tunnelsTo(gateway, port, 10) };
  }

  test("listeners find no room: nothing is touched, and the next try works", async () => {
    const { gateway, tunnels } = await scene();
    await using _ = gateway;
    {
      await using _ = await hog();
      expect(await gateway.upgrade()).toEqual({
        status: 75,
        output: expect.stringContaining("no upgrade: the channel of descriptors: " + noRoom),
      });
    }
    expect(await gateway.upgrade()).toEqual({
      status: 0,
      output: expect.stringContaining("moved 10 tcp-pipe, longest"),
    });
    await allWell(gateway, tunnels);
  }, 60_000);

  test("connections find no room: they stay with the old process to their end", async () => {
    const { gateway, tunnels } = await scene();
    await using _ = gateway;
    const upgrade = gateway.upgrade(["--probation", "5000"]);
    await gateway.said(": probation");
    await using __ = await hog();
    await gateway.said(": moving");
    await allWell(gateway, tunnels);
    const { status, output } = await upgrade;
    expect({ status, output }).toEqual({ status: 0, output });
    expect(output).toMatch(/^moved no connection/m);
  }, 60_000);
});
