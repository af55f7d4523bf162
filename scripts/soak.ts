/**
 * Replaces a process a hundred times, or as often as the first argument says, under light traffic:
 * `npm run soak`; with `--confined`, for root, one that has given up its rights under a parent. Fails
 * when anything is lost, when descriptors are not exactly the same in each process, and when memory
 * grows from one to the other.
 */
import { endure, type Standing } from "../test/takeover/load/endurance.ts";
import { binaryPath, build } from "./build.ts";

const lineEvery = 10;
/** Processes at either end of the row, of whose memory the median is taken. */
const endsMax = 10;
/** Share of the first ones' memory that the last ones may have more; the same process varies by as much. */
const growthMax = 0.1;

const words = process.argv.slice(2);
const rights = words.includes("--confined") ? "given up" : "kept";
const upgrades = Number(words.find((word) => word !== "--confined") ?? 100);
const standings: Standing[] = [];

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function note(standing: Standing): void {
  standings.push(standing);
  const { footprint, answered, tunnelled, messages } = standing;
  if (standing.upgrades % lineEvery !== 0) return;
  const descriptors = Object.values(footprint.descriptors).reduce((a, b) => a + b, 0);
  console.log(
    `${standing.upgrades} upgrades: ${descriptors} descriptors, ` +
      `${megabytes(footprint.residentBytes)} resident; ${answered} requests, ` +
      `${megabytes(tunnelled)} through tunnels, ${messages} messages, nothing lost`,
  );
}

// What users run, and never yesterday's.
if (process.env.SLUICE_BIN === undefined) build();
process.env.SLUICE_BIN ??= binaryPath;
await endure(upgrades, note, rights);

const ends = Math.min(endsMax, Math.floor(standings.length / 2));
const resident = standings.map(({ footprint }) => footprint.residentBytes);
const [first, last] = [median(resident.slice(0, ends)), median(resident.slice(-ends))];
const growth = last / first - 1;
console.log(
  `memory: ${megabytes(first)} in the first ${ends} processes, ${megabytes(last)} in the last ` +
    `${ends} (medians), ${(growth * 100).toFixed(1)} %; at most ${growthMax * 100} % is allowed`,
);
if (!(growth <= growthMax)) process.exit(1);
