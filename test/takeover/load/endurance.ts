import { chmodSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../support/free_port.ts";
import { childrenOf } from "../../support/process_state.ts";
import { Generations } from "../stage/generations.ts";
import { type Footprint, footprintOf, toServer } from "./footprint.ts";
import type { Counts } from "./load.ts";
import { loadedSite, type SitePorts } from "./site.ts";
import { Traffic } from "./traffic.ts";

/** How it stands after an upgrade. */
export interface Standing {
  readonly upgrades: number;
  readonly footprint: Footprint;
  /** Requests that were answered so far, and bytes and messages that came back. */
  readonly answered: number;
  readonly tunnelled: number;
  readonly messages: number;
}

const clients = 20;
/** How long the descriptors of a process may take to be as many as those of the first. */
const settleMs = 10_000;
const pollMs = 50;

/**
 * Who is replaced: a process that keeps its rights, or one that has given them up (`user`, `chroot`)
 * and has a parent, which takes root.
 */
export type Rights = "kept" | "given up";

/**
 * Replaces a process again and again under light traffic, which stands still while it is looked at.
 * Throws at the first upgrade that fails, at the first loss, and at the first process that holds
 * other descriptors than the one before.
 */
export async function endure(
  upgrades: number,
  note: (standing: Standing) => void,
  rights: Rights = "kept",
): Promise<void> {
  await using traffic = await Traffic.start();
  const { origins } = traffic;
  const ports = { web: await freePort(), tunnel: await freePort() };
  using jail = emptyFolder();
  const globals = rights === "kept" ? [] : [`chroot ${jail.path}`, "user nobody", "gid 65534"];
  const site = loadedSite(ports, origins, globals);
  await using gateway = await new Generations(site, ["--instance", "test"]).ready();
  const parent = rights === "kept" ? undefined : gateway.pid;
  if (parent !== undefined) gateway.succeededBy(childrenOf(parent)[0]!);
  const { asking, plain, connect, sockets } = await lightTraffic(traffic, ports);
  const all = [asking, plain, connect, sockets];
  let first: Counts | undefined;
  let parents: Counts | undefined;
  for (let done = 1; done <= upgrades; done++) {
    await upgrade(gateway);
    await asking.until(({ servedBy }) => servedBy[gateway.pid] === clients);
    const asked = await asking.hold();
    const passed = [await plain.hold(), await connect.hold()];
    const said = await sockets.hold();
    for (const tally of [asked, ...passed, said]) refuseLosses(tally);
    const footprint = await settled(gateway.pid, [toServer(origins.http)], first);
    first ??= footprint.descriptors;
    if (parent !== undefined) parents = (await settled(parent, [], parents)).descriptors;
    note({
      upgrades: done,
      footprint,
      answered: asked.answered,
      tunnelled: passed.reduce((total, { received }) => total + received, 0),
      messages: said.received,
    });
    for (const load of all) await load.go();
  }
  for (const load of all) refuseLosses(await load.end());
}

function emptyFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "sluice-jail-"));
  chmodSync(path, 0o755);
  return { path, [Symbol.dispose]: () => rmdirSync(path) };
}

async function lightTraffic(traffic: Traffic, { web: port, tunnel }: SitePorts) {
  const tunnels = { kind: "tunnels", count: 5, deaf: 0 } as const;
  return {
    asking: await traffic.begin({
      kind: "keep-alive clients",
      port,
      count: clients,
      thinkMs: [20, 100],
    }),
    plain: await traffic.begin({ ...tunnels, port: tunnel, opening: "none" }),
    connect: await traffic.begin({ ...tunnels, port, opening: "CONNECT" }),
    sockets: await traffic.begin({ kind: "websockets", port, count: 5 }),
  };
}

async function upgrade(gateway: Generations): Promise<void> {
  const { pid } = gateway;
  const { status, output } = await gateway.upgrade(["--probation", "20"]);
  if (status !== 0) throw new Error(`An upgrade failed: ${output}\n${gateway.output}`);
  await gateway.gone(pid);
}

interface Kept {
  readonly wrong: number;
  readonly closed: number;
  readonly lost?: number;
  readonly asked?: number;
  readonly answered?: number;
  readonly sent?: number;
  readonly received?: number;
}

/** Of traffic that stands still. */
function refuseLosses(tally: Kept): void {
  const isWhole = tally.wrong === 0 && tally.closed === 0 && (tally.lost ?? 0) === 0 &&
    tally.asked === tally.answered && tally.sent === tally.received;
  if (!isWhole) throw new Error(`Something was lost: ${JSON.stringify(tally)}`);
}

/**
 * The process once it holds the same descriptors as `like`, or the same for a while.
 *
 * @param idle what idle connections to servers are called, which come and go
 */
export async function settled(
  pid: number,
  idle: readonly string[],
  like: Counts | undefined,
): Promise<Footprint> {
  const deadline = Date.now() + settleMs;
  let before = like;
  for (;;) {
    const footprint = footprintOf(pid);
    const all = Object.entries(footprint.descriptors);
    const descriptors = Object.fromEntries(all.filter(([name]) => !idle.includes(name)));
    if (before !== undefined && Bun.deepEquals(before, descriptors)) {
      return { ...footprint, descriptors };
    }
    if (like === undefined) before = descriptors;
    if (Date.now() > deadline) {
      throw new Error(
        `Process ${pid} holds ${JSON.stringify(descriptors)} instead of ${JSON.stringify(before)}`,
      );
    }
    await Bun.sleep(pollMs);
  }
}
