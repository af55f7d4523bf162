import type { GatewayName } from "./gateways.ts";
import type { Load } from "./wrk.ts";

/** One measured run. */
export interface Sample extends Load {
  /** CPU time of the gateway's process for each request, microseconds. */
  readonly cpuMicros: number;
}

export interface Row {
  readonly scenario: string;
  readonly samples: Readonly<Partial<Record<GatewayName, readonly Sample[]>>>;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

const number = (value: number, digits: number): string =>
  Number.isNaN(value) ? "–" : value.toFixed(digits);

/** A cell `haproxy / sluice`, then their ratio. */
function pair(row: Row, of: (sample: Sample) => number, digits: number): readonly string[] {
  const [theirs, ours] = (["haproxy", "sluice"] as const).map((name) =>
    median((row.samples[name] ?? []).map(of))
  );
  return [
    number(theirs ?? NaN, digits),
    number(ours ?? NaN, digits),
    number((ours ?? NaN) / (theirs ?? NaN), 2),
  ];
}

/** Lines of cells as Markdown; all but the first column are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, n) => n === 0 ? "---" : "--:")), ...rows.map(line)].join(
    "\n",
  );
}

/** The medians of all rounds as Markdown; a ratio is sluice/haproxy. */
export function report(rows: readonly Row[]): string {
  const head = [
    "scenario",
    "haproxy CPU µs/req",
    "sluice",
    "ratio",
    "haproxy req/s",
    "sluice",
    "ratio",
    "haproxy p50 ms",
    "sluice",
    "haproxy p99 ms",
    "sluice",
  ];
  const lines = rows.map((row) => [
    row.scenario,
    ...pair(row, (s) => s.cpuMicros, 1),
    ...pair(row, (s) => s.perSecond, 0),
    ...pair(row, (s) => s.p50Ms, 2).slice(0, 2),
    ...pair(row, (s) => s.p99Ms, 2).slice(0, 2),
  ]);
  const faults = rows.flatMap((row) =>
    Object.entries(row.samples).flatMap(([name, samples]) =>
      samples.flatMap((sample) =>
        sample.faults.map((fault) => `- ${row.scenario}, ${name}: ${fault}`)
      )
    )
  );
  return [table(head, lines), ...(faults.length > 0 ? ["", "Faults:", ...new Set(faults)] : [])]
    .join("\n");
}

/** Time from the start of a process to its first answer, milliseconds by gateway, as Markdown. */
export function startReport(
  samples: Readonly<Partial<Record<GatewayName, readonly number[]>>>,
): string {
  const theirs = median(samples.haproxy ?? []);
  const ours = median(samples.sluice ?? []);
  return table(["start to first answer", "haproxy ms", "sluice", "ratio"], [[
    "a small configuration",
    number(theirs, 1),
    number(ours, 1),
    number(ours / theirs, 2),
  ]]);
}

/** Memory of an idle connection, bytes by gateway, as Markdown. */
export function memoryReport(
  bytes: Readonly<Partial<Record<GatewayName, number>>>,
  count: number,
): string {
  const kilobytes = (name: GatewayName): string => number((bytes[name] ?? NaN) / 1024, 2);
  const ratio = number((bytes.sluice ?? NaN) / (bytes.haproxy ?? NaN), 2);
  return table([`${count} idle connections`, "haproxy kB each", "sluice", "ratio"], [[
    "resident memory",
    kilobytes("haproxy"),
    kilobytes("sluice"),
    ratio,
  ]]);
}
