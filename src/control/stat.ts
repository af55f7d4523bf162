import { controlLevels } from "../config/control_plan.ts";
import { declaredProxies } from "../proxy/declared_proxies.ts";
import type { CommandCall } from "./command_spec.ts";
import { type FieldSpec, type FieldValue, jsonField, typedField } from "./field.ts";
import { type StatColumn, statColumns } from "./stat_columns.ts";
import {
  backendValues,
  frontendValues,
  serverValues,
  type StatValues,
  type StatView,
} from "./stat_values.ts";

/** Bits of the second word of a selection. */
const kinds = { frontend: 1, backend: 2, server: 4 } as const;

/** One row, with what its typed and JSON forms begin with. */
interface StatRow {
  readonly kind: keyof typeof kinds;
  readonly proxyId: number;
  readonly id: number;
  readonly values: StatValues;
}

/** Which rows: by the proxy's number, kinds of rows, and the server's number; -1 for all. */
interface Selection {
  readonly proxy: number;
  readonly kinds: number;
  readonly server: number;
}

/** `show stat`, in the form and of the rows that its words ask for. */
export function statText(call: CommandCall): string {
  const { args } = call;
  const words = args[0] === "domain" ? args.slice(2) : args;
  if (args[0] === "domain" && args[1] !== "proxy") return "Invalid statistics domain.\n";
  const selection = selected(call, words);
  if (!selection) return "No such proxy.\n";
  const rows = statRows(call, words, selection);
  if (words.includes("json")) return jsonText(rows);
  return words.includes("typed") ? typedText(rows) : csvText(rows);
}

function selected({ host }: CommandCall, words: readonly string[]): Selection | undefined {
  const [name, kindBits, server] = words;
  if (name === undefined || kindBits === undefined || server === undefined) {
    return { proxy: -1, kinds: -1, server: -1 };
  }
  const proxy = /^-?[0-9]+$/.test(name) ? Number(name) : proxyId(host.gateway.plan, name);
  return proxy === undefined
    ? undefined
    : { proxy, kinds: Number(kindBits) || 0, server: Number(server) || 0 };
}

function proxyId(plan: CommandCall["host"]["gateway"]["plan"], name: string): number | undefined {
  const found = declaredProxies(plan).find((proxy) => proxy.name === name);
  return (found?.frontend ?? found?.backend)?.id;
}

function statRows(
  { host, session }: CommandCall,
  words: readonly string[],
  selection: Selection,
): StatRow[] {
  const { gateway } = host;
  const up = words.includes("up");
  const noMaintenance = words.includes("no-maint");
  const view: StatView = {
    global: gateway.plan.global,
    now: gateway.state.clock.now(),
    detailed: controlLevels.indexOf(session.level) >= controlLevels.indexOf("operator"),
    idleOf: (server) => gateway.idle.countOf(server),
    partial: up || noMaintenance,
  };
  const rows = declaredProxies(gateway.plan).flatMap(({ frontend, backend }): StatRow[] => {
    const proxyId = (frontend ?? backend)!.id;
    if (selection.proxy >= 0 && proxyId !== selection.proxy) return [];
    const servers = (backend?.servers ?? []).filter(({ state }) =>
      (selection.server < 0 || state.id === selection.server) &&
      !(up && state.operational === "stopped") &&
      !(noMaintenance && state.admin === "maint")
    );
    return [
      ...(frontend ? [row("frontend", proxyId, 0, frontendValues(frontend, view))] : []),
      ...servers.map((server) =>
        row("server", proxyId, server.state.id, serverValues(backend!, server, view))
      ),
      ...(backend ? [row("backend", proxyId, 0, backendValues(backend, view))] : []),
    ];
  });
  return rows.filter(({ kind }) => (selection.kinds & kinds[kind]) !== 0);
}

function row(kind: StatRow["kind"], proxyId: number, id: number, values: StatValues): StatRow {
  return { kind, proxyId, id, values };
}

/** A value that holds a comma or a quote stands in quotes. */
function csvValue(value: FieldValue): string {
  const text = String(value ?? "");
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvText(rows: readonly StatRow[]): string {
  const head = statColumns.map(({ name }) => `${name},`).join("");
  const lines = rows.map(({ values }) =>
    statColumns.map(({ name }) => `${csvValue(values[name])},`).join("") + "\n"
  );
  return `# ${head}\n${lines.join("")}`;
}

const letters = { frontend: "F", backend: "B", server: "S" } as const;
const objects = { frontend: "Frontend", backend: "Backend", server: "Server" } as const;

function typedText(rows: readonly StatRow[]): string {
  return fields(rows).map(({ row: { kind, proxyId, id }, place, spec, value }) =>
    `${letters[kind]}.${proxyId}.${id}.${place}.${typedField(spec, value)}\n`
  ).join("");
}

function jsonText(rows: readonly StatRow[]): string {
  const list = rows.map((one) =>
    fields([one]).map(({ row: { kind, proxyId, id }, place, spec, value }) => ({
      objType: objects[kind],
      proxyId,
      id,
      ...jsonField(spec, place, value),
    }))
  );
  return JSON.stringify(list) + "\n";
}

/** Every value that means something, with its column. */
function fields(rows: readonly StatRow[]) {
  return rows.flatMap((row) =>
    statColumns.flatMap((column, place) => {
      const value = row.values[column.name];
      if (value === undefined) return [];
      const tag = otherTags[row.kind][column.name] ?? column.tag;
      return [{ row, place, spec: { ...column, tag }, value }];
    })
  );
}

/** Tags that HAProxy gives a column for one kind of rows only. */
const otherTags: Readonly<
  Record<StatRow["kind"], Readonly<Partial<Record<StatColumn, FieldSpec["tag"]>>>>
> = {
  frontend: {},
  // Of a server, whether it is active or a backup; of a backend, how many are.
  server: { act: "SGP", bck: "SGP" },
  backend: { rate: "MGP", rate_max: "MGP" },
};
