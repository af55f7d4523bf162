import * as v from "valibot";
import type { Plan } from "../config/plan.ts";
import { variables } from "../proxy/move/description.ts";
import { type CheckStatus, checkStatuses } from "../state/check_report.ts";
import type { Counted } from "../state/counter.ts";
import type { ServerState } from "../state/server_state.ts";
import type { StatePart } from "./hand_over.ts";
import { patternChange } from "./pattern_change.ts";

const number = v.number();
const name = v.string();

const address = v.variant("kind", [
  v.object({
    kind: v.literal("tcp"),
    host: name,
    family: v.optional(v.picklist([4, 6])),
    port: number,
    portOffset: v.boolean(),
  }),
  v.object({ kind: v.literal("unix"), path: name }),
  v.object({ kind: v.literal("abstract"), name, form: v.picklist(["padded", "exact"]) }),
]);

const serverSnapshot = v.object({
  settings: v.object({
    address,
    weight: number,
    backup: v.boolean(),
    disabled: v.boolean(),
    maxconn: number,
    minconn: number,
    maxqueue: number,
    check: v.boolean(),
    rise: number,
    fall: number,
    slowstartMs: number,
  }),
  address: v.nullable(name),
  port: number,
  health: number,
  report: v.object({
    status: v.picklist(Object.keys(checkStatuses) as CheckStatus[]),
    code: number,
    info: v.string(),
    durationMs: number,
  }),
  consecutiveErrors: number,
  lastChange: number,
  downMs: number,
  operational: v.picklist(["stopped", "starting", "running", "stopping"]),
  maintenance: v.boolean(),
  unresolved: v.boolean(),
  drain: v.boolean(),
  weight: number,
  warmth: number,
  maxconn: number,
});

const counters = v.object({
  kind: v.picklist(["frontend", "backend", "server"]),
  proxy: name,
  server: v.optional(name),
  values: v.record(name, number),
});
export type CounterRow = v.InferOutput<typeof counters>;

const rates = v.object({
  kind: v.picklist(["frontend", "backend", "server"]),
  proxy: name,
  server: v.optional(name),
  /** See `Counted.rolling`. */
  rolling: v.array(number),
});

const orders = v.object({
  backend: name,
  server: name,
  maintenance: v.optional(v.boolean()),
  drain: v.optional(v.boolean()),
  weight: v.optional(number),
  maxconn: v.optional(number),
  address: v.optional(name),
  port: v.optional(number),
  /** When each of them was changed, as {@link LastChanges} have it. */
  at: v.optional(v.record(name, number), {}),
});
/** What an operator has changed of a server. */
export type ServerOrders = v.InferOutput<typeof orders>;

/** The forms of the parts, by name and version; a new form is a new version. */
const forms = {
  "servers/1": v.array(v.object({ backend: name, server: name, state: serverSnapshot })),
  "counters/1": v.array(counters),
  "variables/1": variables,
  "rates/1": v.array(rates),
  "operator/1": v.array(orders),
  "patterns/1": v.array(patternChange),
  "process/1": v.array(v.object({ requests: number })),
} as const;

/** Rows of one message: a part may come in several. */
const rowsMax = 500;
/** Letters of one message: each may be six bytes of JSON, and all of them are one frame. */
const lettersMax = 256 * 1024;

/**
 * A part of this name, in as many messages as it needs, each made when it is asked for.
 *
 * @param lettersOf how long a row is, where it may be long
 */
export function* inPieces<T>(
  part: string,
  rows: Iterable<T>,
  lettersOf: (row: T) => number = () => 0,
): Iterable<StatePart> {
  let data: T[] = [];
  let letters = 0;
  for (const row of rows) {
    const length = lettersOf(row);
    if (data.length === rowsMax || data.length > 0 && letters + length > lettersMax) {
      yield { part, version: 1, data };
      data = [];
      letters = 0;
    }
    data.push(row);
    letters += length;
  }
  if (data.length > 0) yield { part, version: 1, data };
}

type Form = keyof typeof forms;

/** The rows of one form; a part that does not have it is left out. */
export function rowsOf<F extends Form>(
  parts: readonly StatePart[],
  form: F,
): v.InferOutput<typeof forms[F]> {
  const rows: unknown[] = [];
  for (const { part, version, data } of parts) {
    if (`${part}/${version}` !== form) continue;
    const read = v.safeParse(forms[form], data);
    if (read.success) rows.push(...read.output);
  }
  return rows as v.InferOutput<typeof forms[F]>;
}

/** Names one of the counted in any process. */
export type RowName = Omit<CounterRow, "values">;

export function serverOf(plan: Plan, backend: string, server: string): ServerState | undefined {
  return plan.backends.get(backend)?.servers.find(({ name }) => name === server)?.state;
}

export function countedOf(plan: Plan, { kind, proxy, server }: RowName): Counted | undefined {
  switch (kind) {
    case "frontend":
      return plan.frontends.find(({ name }) => name === proxy)?.state;
    case "backend":
      return plan.backends.get(proxy)?.state;
    case "server":
      return serverOf(plan, proxy, server ?? "");
  }
}
