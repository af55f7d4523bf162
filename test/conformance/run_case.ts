import { echo, type Origin, type OriginScript } from "../support/origin.ts";
import { type ClientRecord, play } from "../support/raw_client.ts";
import type { Case, ClientPlan } from "./case.ts";
import type { PlacedCase } from "./configuration.ts";
import { type Observation, observe } from "./observation.ts";
import type { Side } from "./side.ts";

/** Answer of a gateway that is alive, whatever its rules make of this request. */
export const PROBE = "GET /-fate- HTTP/1.1\r\nHost: fate.example\r\n\r\n";

/** Longest wait for an answer or an end; above every timeout of the configuration. */
const DEADLINE_MS = 6_000;
const LOG_DEADLINE_MS = 5_000;

function scriptOf(one: Case): OriginScript {
  const counts = new Map<string, number>();
  return (message, origin) => {
    const answers = one.answers?.[origin.name];
    if (answers === undefined || message.start.includes("/-fate-")) return echo(message, origin);
    const count = counts.get(origin.name) ?? 0;
    counts.set(origin.name, count + 1);
    return answers[Math.min(count, answers.length - 1)] ?? echo(message, origin);
  };
}

function methodsOf(plan: ClientPlan): readonly string[] {
  if (plan.methods !== undefined) return plan.methods;
  return plan.pieces.map((piece) => piece.slice(0, Math.max(0, piece.indexOf(" "))));
}

function playPlan(
  plan: ClientPlan,
  host: string,
  side: Side,
  probe: boolean,
): Promise<ClientRecord> {
  const methods = methodsOf(plan);
  return play({
    host,
    port: side.around.port,
    from: plan.from,
    pieces: plan.pieces,
    methods,
    answers: plan.answers ?? methods.length,
    halfClose: plan.halfClose,
    probe: probe ? PROBE : undefined,
    deadlineMs: DEADLINE_MS,
  });
}

/** Runs a case against one side; the given origins are its alone meanwhile. */
export async function runCase(
  placed: PlacedCase,
  side: Side,
  origins: readonly Origin[] = side.origins,
): Promise<Observation> {
  const one = placed.case;
  const script = scriptOf(one);
  for (const origin of origins) origin.reset(script);
  const records: ClientRecord[] = [];
  for (const plan of one.clients) {
    // A probe would add a line to the log.
    records.push(await playPlan(plan, placed.host, side, one.logs === undefined));
  }
  const logs = one.logs === undefined
    ? []
    : await side.syslog.matching(placed.id, one.logs, LOG_DEADLINE_MS);
  const requests = origins.flatMap((origin) => [...origin.seen()])
    .filter((request) => !request.message.start.includes("/-fate-"));
  return observe(records, requests, logs, {
    replace: [
      ...side.around.origins.map((port, n) => [String(port), `<origin${n + 1}>`] as const),
      [String(side.around.port), "<port>"],
      [String(side.around.refusedPort), "<refused>"],
      [side.around.folder, "<folder>"],
    ],
    patterns: one.mask ?? [],
  });
}
