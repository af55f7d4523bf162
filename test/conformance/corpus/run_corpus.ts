import type { Case } from "../case.ts";
import { place } from "../configuration.ts";
import type { Observation } from "../observation.ts";
import { runCase } from "../run_case.ts";
import { type Side, startSide } from "../side.ts";
import type { Entry } from "./entry.ts";

/** Entries run side by side, each lane with a frontend, a backend and an origin of its own. */
const LANES = 4;

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
  return startSide(name, laneCases);
}

/** Runs every entry through one gateway; the answers are in the order of the entries. */
export async function runCorpus(
  entries: readonly Entry[],
  side: Side,
): Promise<readonly Observation[]> {
  const results: Observation[] = [];
  const lanes = place(laneCases).map(async (placed, index) => {
    const origin = side.origins[index];
    if (origin === undefined) return;
    // A fixed lane for each entry, because answers name the origin they come from.
    for (let at = index; at < entries.length; at += LANES) {
      const entry = entries[at];
      if (entry === undefined) return;
      const result = await runCase({ ...placed, case: asCase(entry, origin.name) }, side, [origin]);
      if (result.clients.some(({ fate }) => fate === "silent" || fate === "refused")) {
        await side.recover();
      }
      results[at] = result;
    }
  });
  await Promise.all(lanes);
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
