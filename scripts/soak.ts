/**
 * Replaces a process a hundred times, or as often as the first argument says, under traffic:
 * `npm run soak`; with `--confined`, for root, one that has given up its rights under a parent. Fails
 * when anything is lost, when descriptors are not exactly the same in each process, and when memory
 * grows from one to the other.
 *
 * The traffic is light, or with `--random` of every kind (docs/takeover.md): `npm run soak -- 500
 * --random --minutes 60 --seed 7 --clients 40 --sockets runtime --only pipelines`.
 */
import { parseArgs } from "node:util";
import { endure, type Standing } from "../test/takeover/load/endurance.ts";
import type { Footprint } from "../test/takeover/load/footprint.ts";
import {
  endureRandom,
  type RandomStanding,
} from "../test/takeover/load/random/random_endurance.ts";
import { binaryPath, build } from "./build.ts";

const lineEvery = 10;
/** Processes at either end of the row, of whose memory the median is taken. */
const endsMax = 10;
/** Share of the first ones' memory that the last ones may have more; the same process varies by as much. */
const growthMax = 0.1;
const seedMax = 1_000_000;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    confined: { type: "boolean", default: false },
    random: { type: "boolean", default: false },
    seed: { type: "string" },
    minutes: { type: "string" },
    clients: { type: "string", default: "40" },
    only: { type: "string" },
    sockets: { type: "string" },
  },
});
const upgrades = Number(positionals[0] ?? 100);
const footprints: Footprint[] = [];

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function toldOf({ descriptors, residentBytes }: Footprint): string {
  const held = Object.values(descriptors).reduce((a, b) => a + b, 0);
  return `${held} descriptors, ${megabytes(residentBytes)} resident`;
}

function note({ upgrades, footprint, answered, tunnelled, messages }: Standing): void {
  footprints.push(footprint);
  if (upgrades % lineEvery !== 0) return;
  console.log(
    `${upgrades} upgrades: ${toldOf(footprint)}; ${answered} requests, ` +
      `${megabytes(tunnelled)} through tunnels, ${messages} messages, nothing lost`,
  );
}

function noteRandom({ upgrades, footprint, tally }: RandomStanding): void {
  footprints.push(footprint);
  const { connections, requests, answers, brokenOff, sentBytes, receivedBytes } = tally;
  console.log(
    `${upgrades} upgrades: ${
      toldOf(footprint)
    }; ${connections} connections, ${requests} requests, ` +
      `${answers} answers, ${brokenOff} broken off as they were to, ${
        megabytes(sentBytes)
      } sent, ` +
      `${megabytes(receivedBytes)} received, nothing wrong or lost`,
  );
}

async function soakRandomly(): Promise<void> {
  const seed = Number(options.seed ?? Math.floor(Math.random() * seedMax));
  console.log(`seed ${seed}`);
  const minutes = Number(options.minutes ?? Infinity);
  const plan = { seed, upgrades, minutes, clients: Number(options.clients), only: options.only };
  await endureRandom({ ...plan, between: [50, 300], quietEvery: 5 }, noteRandom);
}

if (options.sockets !== undefined) process.env.SLUICE_SOCKETS = options.sockets;
// What users run, and never yesterday's.
if (process.env.SLUICE_BIN === undefined) build();
process.env.SLUICE_BIN ??= binaryPath;
await (options.random
  ? soakRandomly()
  : endure(upgrades, note, options.confined ? "given up" : "kept"));

const ends = Math.min(endsMax, Math.floor(footprints.length / 2));
const resident = footprints.map(({ residentBytes }) => residentBytes);
const [first, last] = [median(resident.slice(0, ends)), median(resident.slice(-ends))];
const growth = last / first - 1;
console.log(
  `memory: ${megabytes(first)} in the first ${ends} processes, ${megabytes(last)} in the last ` +
    `${ends} (medians), ${(growth * 100).toFixed(1)} %; at most ${growthMax * 100} % is allowed`,
);
if (!(growth <= growthMax)) process.exit(1);
