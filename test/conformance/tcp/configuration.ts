import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderHaproxyCfg, type SectionLines } from "../../support/dialects.ts";
import type { TcpCase } from "./case.ts";

/** A case with the name of its sections and the address that it is reached at. */
export interface PlacedTcpCase {
  readonly case: TcpCase;
  readonly id: string;
  readonly host: string;
}

/** What the texts of the cases stand for on one side. */
export interface TcpSurroundings {
  readonly port: number;
  /** A second one at the same addresses. */
  readonly otherPort: number;
  readonly origins: readonly number[];
  readonly refusedPort: number;
  readonly deafPort: number;
  readonly syslogPort: number;
  readonly folder: string;
}

export const READY_HOST = "127.30.0.1";

const DEFAULTS = [
  "mode tcp",
  "log global",
  "option tcplog",
  "timeout connect 5s",
  "timeout client 10s",
  "timeout server 10s",
];

/** Gives each case its name and its address: 127.30.1.1, 127.30.1.2 … */
export function place(cases: readonly TcpCase[]): readonly PlacedTcpCase[] {
  return cases.map((one, index) => ({
    case: one,
    id: `c${String(index).padStart(4, "0")}`,
    host: `127.30.${1 + (index >> 7)}.${1 + (index & 127)}`,
  }));
}

/** Path of a unix socket of a case. */
export function unixPath(placed: PlacedTcpCase, around: TcpSurroundings, name: string): string {
  return join(around.folder, `${placed.id}_${name}.sock`);
}

/** A line, with everything in it that stands for something else put in. */
export function resolve(line: string, placed: PlacedTcpCase, around: TcpSurroundings): string {
  return line
    // An origin knows by the address it is reached at whose case a connection belongs to.
    .replace(/ORIGIN(\d+)/g, (_, n) => `${placed.host}:${around.origins[Number(n) - 1]}`)
    .replace(/OTHERPORT/g, String(around.otherPort))
    .replace(/PORT(\d+)/g, (_, n) => String(around.origins[Number(n) - 1]))
    .replace(/REFUSED/g, `127.0.0.1:${around.refusedPort}`)
    .replace(/DEAF/g, `127.0.0.1:${around.deafPort}`)
    .replace(/UNIX\((\w+)\)/g, (_, name) => unixPath(placed, around, name))
    .replace(/FILE\(([^)]+)\)/g, (_, name) => join(around.folder, `${placed.id}_${name}`))
    .replace(/HOST/g, placed.host)
    .replace(/CASE/g, placed.id);
}

function sectionsOf(placed: PlacedTcpCase, around: TcpSurroundings): readonly SectionLines[] {
  const one = placed.case;
  const index = Number(placed.id.slice(1));
  const { frontend = [], backends = { main: ["server o1 ORIGIN1"] } } = one;
  const routed = frontend.some((line) => /^(default_backend|use_backend)\b/.test(line));
  const [first] = Object.keys(backends);
  const { from = "usual", backendsFrom = from } = one;
  const all: [header: string, lines: readonly string[]][] = [
    ...Object.entries(one.sections ?? {}),
    [`frontend CASE from ${from}`, [
      `bind HOST:${around.port}${one.bind === undefined ? "" : ` ${one.bind}`}`,
      `id ${1000 + index * 10}`,
      ...frontend,
      ...(routed || first === undefined ? [] : [`default_backend CASE_${first}`]),
    ]],
    ...Object.entries(backends).map(([name, lines], n): [string, readonly string[]] => [
      `backend CASE_${name} from ${backendsFrom}`,
      [`id ${1001 + index * 10 + n}`, ...lines],
    ]),
  ];
  return all.map(([header, lines]) => ({
    header: resolve(header, placed, around),
    lines: lines.map((line) => resolve(line, placed, around)),
  }));
}

export interface TcpConfiguration {
  readonly path: string;
  /** Id of the case that each line, from 1, belongs to. */
  readonly owners: readonly (string | undefined)[];
}

/** Writes the cases as haproxy.cfg: the same text for both sides but for ports and folders. */
export function writeConfiguration(
  cases: readonly PlacedTcpCase[],
  around: TcpSurroundings,
): TcpConfiguration {
  for (const placed of cases) {
    for (const [name, text] of Object.entries(placed.case.files ?? {})) {
      const path = join(around.folder, `${placed.id}_${name}`);
      writeFileSync(path, resolve(text, placed, around), "latin1");
    }
  }
  const common: readonly SectionLines[] = [
    {
      header: "global",
      lines: ["maxconn 4000", "nbthread 1", `log 127.0.0.1:${around.syslogPort} local0 debug`],
    },
    { header: "defaults usual", lines: DEFAULTS },
  ];
  const owned = cases.flatMap((one) =>
    sectionsOf(one, around).map((section) => ({ section: fromUsual(section), id: one.id }))
  );
  const ids = [...common.map(() => undefined), ...owned.map(({ id }) => id)];
  const { text, sectionOfLine } = renderHaproxyCfg([
    ...common,
    ...owned.map(({ section }) => section),
    // Last, so that all others listen when it does.
    {
      header: "frontend ready from usual",
      lines: ["no log", `bind ${READY_HOST}:${around.port}`],
    },
  ]);
  const path = join(around.folder, "haproxy.cfg");
  writeFileSync(path, text, "latin1");
  return { path, owners: sectionOfLine.map((n) => n === undefined ? undefined : ids[n]) };
}

/** A case's own defaults would else hold for the cases behind it. */
function fromUsual(section: SectionLines): SectionLines {
  const [kind, name] = section.header.split(" ");
  const takesDefaults = ["frontend", "backend", "listen"].includes(kind ?? "");
  if (!takesDefaults || section.header.includes(" from ")) return section;
  return { ...section, header: `${kind} ${name} from usual` };
}
