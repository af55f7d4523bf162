import * as v from "valibot";
import type { Plan } from "../config/plan.ts";
import { describeVariables, reviveVariables } from "../proxy/move/values.ts";
import { variables } from "../proxy/move/description.ts";
import { processFacts } from "../proxy/process_facts.ts";
import { type CheckStatus, checkStatuses } from "../state/check_report.ts";
import type { Counted } from "../state/counter.ts";
import type { ServerState } from "../state/server_state.ts";
import type { State } from "../state/state.ts";
import type { StatePart } from "./hand_over.ts";

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
type CounterRow = v.InferOutput<typeof counters>;

/** The forms of the parts, by name and version; a new form is a new version. */
const forms = {
  "servers/1": v.array(v.object({ backend: name, server: name, state: serverSnapshot })),
  "counters/1": v.array(counters),
  "variables/1": variables,
} as const;

/** Rows of one message: a part may come in several. */
const rowsMax = 500;

/** All of State that a successor goes on from. */
export function stateParts(state: State): StatePart[] {
  return [
    ...inPieces("servers", serverRows(state)),
    ...inPieces("counters", counterRows(state)),
    ...inPieces("variables", describeVariables(processFacts.variables)),
  ];
}

/** What has been counted since `before`. */
export function countedSince(state: State, before: readonly StatePart[]): StatePart[] {
  const known = new Map<string, CounterRow["values"]>();
  for (const { part, data } of before) {
    if (part === "counters") {
      for (const row of data as CounterRow[]) known.set(keyOf(row), row.values);
    }
  }
  return inPieces("counters", counterRows(state, (row) => known.get(keyOf(row))));
}

/**
 * Lets the State of a Plan go on from what came of another process. Proxies and servers that the Plan
 * does not have are passed over. Health is for a Plan that is not live yet; counts add up at any time.
 */
export function learn(plan: Plan, parts: readonly StatePart[]): void {
  for (const { backend, server, state } of rowsOf(parts, "servers/1")) {
    serverOf(plan, backend, server)?.restore(state);
  }
  for (const row of rowsOf(parts, "counters/1")) countedOf(plan, row)?.accumulate(row.values);
  const known = reviveVariables(rowsOf(parts, "variables/1"));
  if (!known) return;
  const own = processFacts.variables ??= new Map();
  // What the new configuration sets (`set-var` in global) is newer.
  for (const [name, value] of known) if (!own.has(name)) own.set(name, value);
}

function inPieces(part: string, rows: readonly unknown[]): StatePart[] {
  const parts: StatePart[] = [];
  for (let at = 0; at < rows.length; at += rowsMax) {
    parts.push({ part, version: 1, data: rows.slice(at, at + rowsMax) });
  }
  return parts;
}

type Form = keyof typeof forms;

/** The rows of one form; a part that does not have it is left out. */
function rowsOf<F extends Form>(
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

function serverRows(state: State): unknown[] {
  return [...state.backends.values()].flatMap((backend) =>
    backend.servers.map((server) => ({
      backend: backend.name,
      server: server.name,
      state: server.snapshot(),
    }))
  );
}

type RowName = Omit<CounterRow, "values">;

/** @param before what of a row is known already */
function counterRows(
  state: State,
  before: (row: RowName) => CounterRow["values"] | undefined = () => undefined,
): CounterRow[] {
  const rows: CounterRow[] = [];
  const add = (kind: CounterRow["kind"], proxy: string, counted: Counted, server?: string) => {
    const row: RowName = { kind, proxy, server };
    rows.push({ ...row, values: counted.cumulated(before(row)) });
  };
  for (const frontend of state.frontends.values()) add("frontend", frontend.name, frontend);
  for (const backend of state.backends.values()) {
    add("backend", backend.name, backend);
    for (const server of backend.servers) add("server", backend.name, server, server.name);
  }
  return rows;
}

function keyOf({ kind, proxy, server }: RowName): string {
  return JSON.stringify([kind, proxy, server]);
}

function serverOf(plan: Plan, backend: string, server: string): ServerState | undefined {
  return plan.backends.get(backend)?.servers.find(({ name }) => name === server)?.state;
}

function countedOf(plan: Plan, { kind, proxy, server }: CounterRow): Counted | undefined {
  switch (kind) {
    case "frontend":
      return plan.frontends.find(({ name }) => name === proxy)?.state;
    case "backend":
      return plan.backends.get(proxy)?.state;
    case "server":
      return serverOf(plan, proxy, server ?? "");
  }
}
