import type { KeepAliveTally } from "../../takeover/load/keep_alive_clients.ts";
import { table } from "../report.ts";
import type { IdleMove } from "./idle_move.ts";
import type { KeptClientsPlan } from "./kept_clients.ts";

const rows: readonly (readonly [string, (tally: KeepAliveTally) => number])[] = [
  ["requests", ({ asked }) => asked],
  ["requests lost", ({ lost }) => lost],
  ["wrong answers", ({ wrong }) => wrong],
  ["connections closed", ({ closed }) => closed],
  ["connections refused", ({ refused }) => refused],
  ["99 % answered within, ms", ({ p99Ms }) => p99Ms],
  ["slowest answer, ms", ({ maxMs }) => maxMs],
];

/** What clients noticed, as Markdown. */
export function keptClientsReport(
  { clients, replacements }: KeptClientsPlan,
  theirs: KeepAliveTally | undefined,
  ours: KeepAliveTally,
): string {
  const cell = (tally: KeepAliveTally | undefined, of: (tally: KeepAliveTally) => number) =>
    tally === undefined ? "–" : of(tally).toLocaleString("en");
  return table(
    [
      `${clients} keep-alive clients, replaced ${replacements} times`,
      "haproxy -x -sf",
      "sluice upgrade",
    ],
    rows.map(([name, of]) => [name, cell(theirs, of), cell(ours, of)]),
  );
}

/** How idle connections moved, as Markdown: an upgrade each, in the order they came. */
export function idleMovesReport(connections: number, moves: readonly IdleMove[]): string {
  const row = (name: string, of: (move: IdleMove) => number) => [
    name,
    ...moves.map((move) => of(move).toFixed(0)),
  ];
  return table(
    [
      `${connections.toLocaleString("en")} idle connections`,
      ...moves.map((_, i) => `upgrade ${i + 1}`),
    ],
    [
      row("all of them moved, ms", ({ ms }) => ms),
      row("one stood still at most, ms", ({ longestFreezeMs }) => longestFreezeMs),
      row("99 % stood still at most, ms", ({ p99FreezeMs }) => p99FreezeMs),
    ],
  );
}
