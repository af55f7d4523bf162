import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../support/free_port.ts";
import { Generations } from "../../stage/generations.ts";
import { settled } from "../endurance.ts";
import { type Footprint, toServer } from "../footprint.ts";
import { type RunningLoad, Traffic } from "../traffic.ts";
import { Dice } from "./dice.ts";
import type { RandomTally } from "./random_clients.ts";
import { randomDoors, type RandomPlaces, randomSite } from "./random_site.ts";

/** How a gateway is to endure random traffic. */
export interface RandomEndurance {
  readonly seed: number;
  /** At most, and how long it may take at most to come to the last one. */
  readonly upgrades: number;
  readonly minutes: number;
  /** Clients at once. */
  readonly clients: number;
  /** Clients between two upgrades, at least and at most. */
  readonly between: readonly [number, number];
  /** It stands still once in so many upgrades, to be looked at. */
  readonly quietEvery: number;
  /** See RandomPlan. */
  readonly only?: string | undefined;
}

/** How it stands after some upgrades, when all is quiet. */
export interface RandomStanding {
  readonly upgrades: number;
  readonly footprint: Footprint;
  readonly tally: RandomTally;
}

const minuteMs = 60_000;
const faultWord = "internal error";

/**
 * Replaces a process again and again while clients of all kinds come, talk and break off at random.
 * Throws at the first upgrade that fails, at the first fault of an answer, and at the first process
 * that holds other descriptors than the first one when all is quiet.
 */
export async function endureRandom(
  endurance: RandomEndurance,
  note: (standing: RandomStanding) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-random-"));
  try {
    await using traffic = await Traffic.start();
    const places = await choosePlaces(folder);
    const origins = await traffic.randomOrigins(places.originPath);
    const site = randomSite(places, origins);
    await using gateway = await new Generations(site, ["--instance", "test"]).ready();
    const { seed, clients: count, only } = endurance;
    const doors = randomDoors(places);
    const load = await traffic.begin({ kind: "random clients", doors, count, seed, only });
    const idle = [toServer(origins.http), toServer(origins.tunnel)];
    await new Endurance(gateway, load, idle, endurance).run(note);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function choosePlaces(folder: string): Promise<RandomPlaces> {
  const ports = {
    web: await freePort(),
    impatient: await freePort(),
    tunnel: await freePort(),
    inspected: await freePort(),
    silent: await freePort(),
  };
  return {
    ports,
    webSocketPath: join(folder, "web.sock"),
    originPath: join(folder, "origin.sock"),
  };
}

class Endurance {
  readonly #dice: Dice;
  #first: Footprint | undefined;

  constructor(
    private readonly gateway: Generations,
    private readonly load: RunningLoad<RandomTally>,
    private readonly idle: readonly string[],
    private readonly plan: RandomEndurance,
  ) {
    this.#dice = new Dice(plan.seed);
  }

  async run(note: (standing: RandomStanding) => void): Promise<void> {
    const { upgrades, minutes, quietEvery } = this.plan;
    const end = Date.now() + minutes * minuteMs;
    let isLast = false;
    for (let done = 0; !isLast; done++) {
      if (done > 0) await this.#upgrade();
      await this.#clientsCome();
      isLast = done >= upgrades || Date.now() > end;
      // Who took over from nobody holds other descriptors than its successors.
      const looks = done > 0 && done % quietEvery === 0 || isLast;
      if (looks) note({ upgrades: done, ...await this.#look() });
    }
  }

  async #clientsCome(): Promise<void> {
    const { visits } = await this.load.tally();
    const enough = visits + this.#dice.from(...this.plan.between);
    refuseFaults(await this.load.until((tally) => tally.faulty > 0 || tally.visits >= enough));
  }

  async #upgrade(): Promise<void> {
    const { gateway, load } = this;
    const { pid } = gateway;
    const { status, output } = await gateway.upgrade(["--probation", "20"]);
    if (status !== 0) throw new Error(`An upgrade failed: ${output}\n${gateway.output}`);
    await gateway.gone(pid);
    refuseFaults(await load.tally());
  }

  async #look(): Promise<Omit<RandomStanding, "upgrades">> {
    const { gateway, load } = this;
    const tally = await load.hold();
    refuseFaults(tally);
    if (tally.underWay > 0) throw new Error(`Some hang: ${JSON.stringify(tally)}`);
    if (gateway.output.includes(faultWord)) throw new Error(gateway.output);
    const footprint = await settled(gateway.pid, this.idle, this.#first?.descriptors);
    this.#first ??= footprint;
    await load.go();
    return { footprint, tally };
  }
}

function refuseFaults(tally: RandomTally): void {
  if (tally.faulty > 0) throw new Error(`Something was lost: ${JSON.stringify(tally, null, 2)}`);
}
