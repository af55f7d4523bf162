import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { askControl } from "../support/control_client.ts";
import { freePort } from "../support/free_port.ts";
import { Asker } from "./stage/asker.ts";
import { FaultyGateway, type Upgrade } from "./stage/faulty.ts";
import { descriptorsOf, Generations } from "./stage/generations.ts";
import {
  CheckedTunnel,
  echoOrigin,
  invertingOrigin,
  KeepAliveClient,
  NewConnections,
} from "./stage/traffic.ts";
import { WaitingOrigin } from "./stage/waiting_origin.ts";

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

/** Clients under load, all of which the old process has. */
class Scene {
  readonly clients: readonly KeepAliveClient[];
  readonly tunnels: readonly CheckedTunnel[];

  private constructor(readonly faulty: FaultyGateway, tunnelPort: number) {
    // Some ask without a pause: their requests are under way wherever they are.
    const thinks = Array.from({ length: 60 }, (_, i) => i % 12);
    this.clients = thinks.map((ms, i) => new KeepAliveClient(faulty.port, `c${i}`, ms));
    this.tunnels = Array.from({ length: 40 }, (_, i) => new CheckedTunnel(tunnelPort, i));
  }

  static async make(): Promise<Scene> {
    const port = await freePort();
    const more = `
global
  stats socket unix@ctl.sock
listen tunnel
  mode tcp
  bind 127.0.0.1:${port}
  server s 127.0.0.1:${inverting.port}
`;
    const scene = new Scene(await FaultyGateway.make(web.port, "", more), port);
    await scene.goesOn();
    return scene;
  }

  /** Everybody who was not cut has got an answer, or bytes, since. */
  goesOn(): Promise<void> {
    const { clients, tunnels } = this;
    const answered = clients.map((client) => client.answered);
    const received = tunnels.map((tunnel) => tunnel.received);
    const done = () =>
      clients.every((client, i) => client.closes > 0 || client.answered > answered[i]! + 1) &&
      tunnels.every((tunnel, i) => tunnel.closes > 0 || tunnel.received > received[i]! + 20_000);
    return this.faulty.gateway.waitFor(done, "clients that go on");
  }

  /** How many were cut, by what they are. */
  get cut(): { clients: number; tunnels: number } {
    const sum = (all: readonly { readonly closes: number }[]) =>
      all.reduce((total, { closes }) => total + closes, 0);
    return { clients: sum(this.clients), tunnels: sum(this.tunnels) };
  }

  /** Ends them; nothing went wrong but what was cut. */
  async end(): Promise<void> {
    const { cut, clients, tunnels } = this;
    await Promise.all([
      ...clients.map((client) => client.stop()),
      ...tunnels.map((tunnel) => tunnel.end()),
    ]);
    expect(this.cut).toEqual(cut);
    for (const { lost, wrong, closes } of clients) {
      expect(wrong).toBe(0);
      expect(lost).toBeLessThanOrEqual(closes);
    }
    for (const { sent, received, wrong, closes } of tunnels) {
      expect(wrong).toBe(0);
      if (closes === 0) expect(received).toBe(sent);
    }
  }
}

/** What the old process says that the new one had of its connections, when all is over. */
async function committed({ gateway }: FaultyGateway, { pid, outcome }: Upgrade) {
  expect(await outcome).toBe("kept");
  await gateway.gone(pid);
  await gateway.said(`takeover by process ${pid}: not taken over: `);
  const line = new RegExp(`takeover by process ${pid}: not taken over: .*`).exec(gateway.output);
  const count = (kind: string) => Number(new RegExp(`(\\d+) ${kind}`).exec(line![0])?.[1] ?? 0);
  const counts = { clients: count("idle-client"), tunnels: count("tcp-pipe") };
  const told = await askControl(join(gateway.folder, "ctl.sock"), "show upgrade\n");
  expect(told).toContain(`Phase: kept\nPid: ${pid}\n`);
  const moved = [...line![0].split("moved ")[1]!.matchAll(/\d+ (?:idle-|tcp-)\w+/g)];
  for (const [kind] of moved) expect(told).toMatch(new RegExp(`\nMoved: .*\\b${kind}\\b`));
  return counts;
}

/** The next upgrade finds everybody who is left. */
async function movesTheRest(scene: Scene): Promise<void> {
  const { faulty, clients, tunnels, cut } = scene;
  const { gateway } = faulty;
  const from = gateway.output.length;
  const { pid, outcome } = await faulty.upgrade("");
  expect(await outcome).toBe("handed over");
  gateway.succeededBy(pid);
  await gateway.said(`takeover by process ${pid}: handed over; `);
  const said = gateway.output.slice(from);
  const rest = {
    "idle-client": clients.length - cut.clients,
    "tcp-pipe": tunnels.length - cut.tunnels,
  };
  for (const [kind, count] of Object.entries(rest)) {
    if (count > 0) expect(said).toContain(`${count} ${kind}`);
  }
  await scene.goesOn();
}

describe("the new process is killed while connections move: those that it had are lost, no other", () => {
  for (const batches of [0, 1, 3]) {
    test(`before it is prepared for one more than ${batches} batches`, async () => {
      const scene = await Scene.make();
      await using faulty = scene.faulty;
      const counts = await committed(faulty, await faulty.upgrade(`prepared:kill:${batches}`));
      await scene.goesOn();
      expect(scene.cut).toEqual(counts);
      const all = counts.clients + counts.tunnels;
      if (batches === 0) expect(all).toBe(0);
      else expect(all).toBeGreaterThanOrEqual(batches);
      await movesTheRest(scene);
      expect(scene.cut).toEqual(counts);
      await scene.end();
    }, 90_000);
  }

  test("at any moment", async () => {
    const scene = await Scene.make();
    await using faulty = scene.faulty;
    const { gateway } = faulty;
    const before = descriptorsOf(gateway.pid);
    const upgrade = await faulty.upgrade("");
    await gateway.said(": moving");
    await gateway.waitFor(() => descriptorsOf(gateway.pid) < before - 20, "a batch that is gone");
    process.kill(upgrade.pid, "SIGKILL");
    const outcome = await upgrade.outcome;
    // It may have had everything by then.
    if (outcome === "handed over") return;
    const counts = await committed(faulty, upgrade);
    await scene.goesOn();
    expect(scene.cut).toEqual(counts);
    await movesTheRest(scene);
    await scene.end();
  }, 90_000);
});

/** Connections of a process that came in on a port. */
function clientsOf(pid: number, port: number): number {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return "";
    }
  });
  const own = new Set(links);
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const established = "01";
  return readFileSync("/proc/net/tcp", "latin1").split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, here, , state, , , , , , inode]) =>
      here?.endsWith(local) && state === established && own.has(`socket:[${inode}]`)
    ).length;
}

test(
  "the old process is killed while it waits for its last client: that one alone is lost",
  async () => {
    const slow = await WaitingOrigin.open();
    const port = await freePort();
    const site = `
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend fe
  bind 127.0.0.1:${port}
  use_backend slow if { path /slow }
  default_backend be
backend be
  server s 127.0.0.1:${web.port}
backend slow
  server s 127.0.0.1:${slow.port}
`;
    await using gateway = await new Generations(site, ["--instance", "test"]).ready();
    const old = gateway.pid;
    const clients = Array.from({ length: 20 }, (_, i) => new KeepAliveClient(port, `c${i}`, 5));
    const last = new Asker(port, "/slow");
    last.ask();
    await gateway.waitFor(() => slow.waiting.length === 1, "a request");
    await gateway.waitFor(() => clients.every(({ answered }) => answered > 0), "answers");
    expect(clientsOf(old, port)).toBe(clients.length + 1);
    const upgrade = gateway.upgrade();
    await gateway.said(": moving");
    await gateway.waitFor(() => clientsOf(old, port) === 1, "moved clients");
    process.kill(old, "SIGKILL");
    expect((await upgrade).status).toBe(75);
    await gateway.said("left alone: the other process is gone");
    const successor = Number(/takeover by process (\d+)/.exec(gateway.output)![1]);
    gateway.noteSuccessor(`started process ${successor}\nupgraded`);
    await gateway.waitFor(() => last.closed, "the end of the last one");
    expect(last.text).toBe("");
    const newcomers = new NewConnections(port);
    await gateway.waitFor(() => newcomers.opened > 5, "newcomers");
    expect((await gateway.upgrade()).status).toBe(0);
    await Promise.all([...clients.map((client) => client.stop()), newcomers.stop()]);
    for (const { lost, wrong, closes } of clients) {
      expect({ lost, wrong, closes }).toEqual({ lost: 0, wrong: 0, closes: 0 });
    }
    expect(newcomers.failures).toEqual([]);
    slow.close();
  },
  60_000,
);
