/**
 * Measures Sluice beside haproxy on this machine: `npm run bench`. nginx is the origin, wrk the load;
 * the gateways take turns, so that a busy moment of the machine meets both. `--quick` takes less than
 * a minute; `--only haproxy` or `--only sluice` measures one; `--scenario TEXT` those whose names contain it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import {
  benchedSluice,
  type GatewayName,
  type Measured,
  startMeasured,
} from "../test/bench/gateways.ts";
import { idleConnectionBytes } from "../test/bench/idle_memory.ts";
import { type NginxOrigin, startNginx } from "../test/bench/nginx_origin.ts";
import { cpuMicros } from "../test/bench/process_stats.ts";
import { memoryReport, report, type Row, type Sample, startReport } from "../test/bench/report.ts";
import { type Scenario, scenarios } from "../test/bench/scenarios.ts";
import { firstAnswerMs } from "../test/bench/start.ts";
import { runWrk } from "../test/bench/wrk.ts";
import { build } from "./build.ts";

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly idleConnections: number;
  readonly starts: number;
}

const FULL: Plan = { rounds: 3, seconds: 3, warmUpSeconds: 2, idleConnections: 7_000, starts: 21 };
const QUICK: Plan = { rounds: 1, seconds: 2, warmUpSeconds: 1, idleConnections: 4_000, starts: 9 };

const warmUpRequests = 120_000;
const warmUpRunsMax = 12;

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

/** Words that pin a command to a core; none where there is one core or no taskset. */
function pinTo(core: number): readonly string[] {
  if (availableParallelism() < 2 || Bun.which("taskset") === null) return [];
  return ["taskset", "-c", String(core)];
}

const PROXY_CORE = pinTo(0);
const LOAD_CORE = pinTo(1);

async function measure(gateway: Measured, scenario: Scenario, seconds: number): Promise<Sample> {
  const before = cpuMicros(gateway.process.pid);
  const load = await runWrk({
    url: `http://127.0.0.1:${gateway.ports.get(scenario.frontend)}${scenario.path}`,
    host: scenario.host,
    connections: scenario.connections,
    seconds,
    fields: scenario.fields,
    pin: LOAD_CORE,
  });
  return { ...load, cpuMicros: (cpuMicros(gateway.process.pid) - before) / load.requests };
}

/**
 * Runs until the code that serves a scenario is compiled, which takes a number of requests, not a
 * time: on a busy machine a second brings few of them.
 */
async function warmUp(gateway: Measured, scenario: Scenario, seconds: number): Promise<void> {
  let requests = 0;
  for (let run = 0; run < warmUpRunsMax && requests < warmUpRequests; run++) {
    requests += (await measure(gateway, scenario, seconds)).requests;
  }
}

async function measureAll(
  gateways: ReadonlyMap<GatewayName, Measured>,
  all: readonly Scenario[],
  plan: Plan,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const scenario of all) {
    const samples: Partial<Record<GatewayName, Sample[]>> = {};
    for (const gateway of gateways.values()) await warmUp(gateway, scenario, plan.warmUpSeconds);
    for (let round = 0; round < plan.rounds; round++) {
      for (const [name, gateway] of gateways) {
        (samples[name] ??= []).push(await measure(gateway, scenario, plan.seconds));
      }
    }
    rows.push({ scenario: scenario.name, samples });
    console.error(`measured: ${scenario.name}`);
  }
  return rows;
}

/** A fresh process each, because memory that load has left behind would hide what is looked for. */
async function measureMemory(
  names: readonly GatewayName[],
  all: readonly Scenario[],
  origin: NginxOrigin,
  folder: string,
  count: number,
): Promise<Partial<Record<GatewayName, number>>> {
  const bytes: Partial<Record<GatewayName, number>> = {};
  const first = all.slice(0, 1);
  for (const name of names) {
    const gateway = await startMeasured(name, first, origin.port, folder, PROXY_CORE);
    try {
      const port = gateway.ports.get(first[0]?.frontend ?? "") ?? 0;
      bytes[name] = await idleConnectionBytes(gateway.process.pid, port, count);
    } finally {
      await gateway.process.stop();
    }
  }
  return bytes;
}

/** In turns, and more often than the rest: a start is short and easily disturbed. */
async function measureStarts(
  names: readonly GatewayName[],
  folder: string,
  starts: number,
): Promise<Partial<Record<GatewayName, number[]>>> {
  const samples: Partial<Record<GatewayName, number[]>> = {};
  for (let n = 0; n < starts; n++) {
    for (const name of names) {
      (samples[name] ??= []).push(await firstAnswerMs(name, folder, PROXY_CORE));
    }
  }
  return samples;
}

async function main(): Promise<void> {
  const plan = process.argv.includes("--quick") ? QUICK : FULL;
  const only = option("--only");
  const names = (["haproxy", "sluice"] as const).filter((name) =>
    only === undefined || only === name
  );
  // What users run, and never yesterday's.
  if (process.env.SLUICE_BIN === undefined) build();
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const every = scenarios(folder);
  const wanted = option("--scenario");
  const all = every.filter(({ name }) => wanted === undefined || name.includes(wanted));
  const gateways = new Map<GatewayName, Measured>();
  const origin = await startNginx(folder, LOAD_CORE);
  try {
    for (const name of names) {
      gateways.set(name, await startMeasured(name, every, origin.port, folder, PROXY_CORE));
    }
    console.log(
      `Sluice: ${
        benchedSluice().join(" ")
      }; ${plan.rounds} rounds of ${plan.seconds} s, medians.\n`,
    );
    console.log(report(await measureAll(gateways, all, plan)));
    for (const gateway of gateways.values()) await gateway.process.stop();
    gateways.clear();
    const bytes = await measureMemory(names, every, origin, folder, plan.idleConnections);
    console.log(`\n${memoryReport(bytes, plan.idleConnections)}`);
    console.log(`\n${startReport(await measureStarts(names, folder, plan.starts))}`);
  } finally {
    for (const gateway of gateways.values()) await gateway.process.stop();
    await origin.stop();
    rmSync(folder, { recursive: true });
  }
}

await main();
