import type { Case } from "../case.ts";
import { place } from "../configuration.ts";
import type { Observation } from "../observation.ts";
import { runCase } from "../run_case.ts";
import { type Side, startSide } from "../side.ts";
import type { Entry } from "./entry.ts";

/** Entries run side by side on this many lanes. */
const WORKERS = 4;

/**
 * Lanes have a frontend, a backend and an origin of their own; a worker takes turns over several,
 * because a request that its client gave up may reach the origin a moment later.
 */
const LANES = 16;

/** A plain proxy; a fresh connection to the origin for every client, so that nothing is left over. */
function lane(n: number): Case {
  return {
    name: `lane ${n}`,
    frontend: [],
    backends: { main: ["http-reuse never", "retries 0", `server o${n} ORIGIN${n}`] },
    clients: [],
  };
}

const laneCases = Array.from({ length: LANES }, (_, index) => lane(index + 1));

export function startCorpusSide(name: "haproxy" | "sluice"): Promise<Side> {
  return startSide(name, laneCases, LANES);
}

/** Runs every entry through one gateway; the answers are in the order of the entries. */
export async function runCorpus(
  entries: readonly Entry[],
  side: Side,
): Promise<readonly Observation[]> {
  const results: Observation[] = [];
  const lanes = place(laneCases);
  // Which lane an entry runs on does not depend on time, because answers name their origin.
  const worker = async (first: number): Promise<void> => {
    for (let at = first; at < entries.length; at += WORKERS) {
      const [entry, lane, origin] = [entries[at], lanes[at % LANES], side.origins[at % LANES]];
      if (entry === undefined || lane === undefined || origin === undefined) return;
      const result = await runCase({ ...lane, case: asCase(entry, origin.name) }, side, [origin]);
      if (result.clients.some(({ fate }) => fate === "silent" || fate === "refused")) {
        await side.recover();
      }
      results[at] = result;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, first) => worker(first)));
  return results;
}

function asCase(entry: Entry, origin: string): Case {
  return {
    name: entry.name,
    frontend: [],
    clients: [{
      pieces: entry.pieces,
      methods: entry.methods ?? [(entry.pieces[0] ?? "").split(" ")[0] ?? ""],
      answers: entry.answers,
      halfClose: entry.halfClose,
    }],
    answers: entry.origin === undefined ? undefined : { [origin]: entry.origin },
  };
}
