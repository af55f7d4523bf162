import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Rendered,
  renderHaproxyCfg,
  renderYaml,
  type SectionLines,
} from "../support/dialects.ts";
import type { Case } from "./case.ts";

/** A case with the name of its sections and the address it is reached at. */
export interface PlacedCase {
  readonly case: Case;
  /** `c017`: prefix of its sections' names. */
  readonly id: string;
  /** Loopback address of its own; the port is the same for all. */
  readonly host: string;
}

/** What the texts of the cases stand for on one side. */
export interface Surroundings {
  readonly port: number;
  readonly origins: readonly number[];
  readonly refusedPort: number;
  readonly syslogPort: number;
  /** Folder for the files of the cases. */
  readonly folder: string;
}

/** A configuration section and whom it belongs to. */
interface SectionText extends SectionLines {
  readonly owner: PlacedCase | undefined;
}

/** Written configuration, with the case that each of its lines belongs to. */
export interface Configuration {
  readonly path: string;
  readonly text: string;
  /** By line number from 1. */
  readonly owners: readonly (PlacedCase | undefined)[];
}

/** Long waits are short here, so that a case in which a peer waits in vain ends soon. */
const DEFAULTS = [
  "mode http",
  "timeout connect 2s",
  "timeout client 3s",
  "timeout server 2s",
  "timeout http-request 1500ms",
  "timeout http-keep-alive 4s",
  "retries 2",
];

/** Where a side is asked whether it serves, so that no case sees these connections. */
export const READY_HOST = "127.20.0.1";

/** Gives each case its name and its address: 127.20.1.1, 127.20.1.2 … */
export function place(cases: readonly Case[]): readonly PlacedCase[] {
  return cases.map((one, index) => ({
    case: one,
    id: `c${String(index).padStart(4, "0")}`,
    host: `127.20.${1 + (index >> 7)}.${1 + (index & 127)}`,
  }));
}

function resolve(line: string, placed: PlacedCase, around: Surroundings): string {
  return line
    .replace(/ORIGIN(\d+)/g, (_, n) => `127.0.0.1:${around.origins[Number(n) - 1]}`)
    .replace(/REFUSED/g, `127.0.0.1:${around.refusedPort}`)
    .replace(/FILE\(([^)]+)\)/g, (_, name) => join(around.folder, `${placed.id}_${name}`))
    .replace(/CASE/g, placed.id);
}

function sectionsOf(
  placed: PlacedCase,
  index: number,
  around: Surroundings,
): readonly SectionText[] {
  const one = placed.case;
  const backends = one.backends ?? { main: ["server o1 ORIGIN1"] };
  const routed = one.frontend.some((line) => /^(default_backend|use_backend)\b/.test(line));
  const first = Object.keys(backends)[0];
  const frontend = [
    `bind ${placed.host}:${around.port}`,
    // Explicit numbers, because a case that one side cannot read is left out on that side only.
    `id ${1000 + index * 10}`,
    ...(one.logs === undefined ? [] : ["log global"]),
    ...one.frontend,
    ...(routed || first === undefined ? [] : [`default_backend CASE_${first}`]),
  ];
  const all: [header: string, lines: readonly string[]][] = [
    ...Object.entries(one.sections ?? {}),
    ["frontend CASE", frontend],
    ...Object.entries(backends).map(([name, lines], n): [string, readonly string[]] => [
      `backend CASE_${name}`,
      [`id ${1001 + index * 10 + n}`, ...lines],
    ]),
  ];
  return all.map(([header, lines]) => ({
    header: resolve(header, placed, around),
    lines: lines.map((line) => resolve(line, placed, around)),
    owner: placed,
  }));
}

function allSections(
  cases: readonly PlacedCase[],
  around: Surroundings,
  extra: readonly string[] = [],
): readonly SectionText[] {
  const global = ["maxconn 4000", `log 127.0.0.1:${around.syslogPort} local0 debug`, ...extra];
  return [
    { header: "global", lines: global, owner: undefined },
    { header: "defaults", lines: DEFAULTS, owner: undefined },
    ...cases.flatMap((one) => sectionsOf(one, Number(one.id.slice(1)), around)),
    // Last, because sockets are bound in the order of the file.
    {
      header: "frontend ready",
      lines: [`bind ${READY_HOST}:${around.port}`, "http-request return status 204"],
      owner: undefined,
    },
  ];
}

function writeFiles(cases: readonly PlacedCase[], around: Surroundings): void {
  mkdirSync(around.folder, { recursive: true });
  for (const placed of cases) {
    for (const [name, text] of Object.entries(placed.case.files ?? {})) {
      writeFileSync(
        join(around.folder, `${placed.id}_${name}`),
        resolve(text, placed, around),
        "latin1",
      );
    }
  }
}

function save(
  path: string,
  sections: readonly SectionText[],
  render: (sections: readonly SectionLines[]) => Rendered,
): Configuration {
  const { text, sectionOfLine } = render(sections);
  writeFileSync(path, text, "latin1");
  const owners = sectionOfLine.map((index) =>
    index === undefined ? undefined : sections[index]?.owner
  );
  return { path, text, owners };
}

/** Writes the cases as haproxy.cfg. */
export function writeHaproxyCfg(
  cases: readonly PlacedCase[],
  around: Surroundings,
): Configuration {
  writeFiles(cases, around);
  const extra = [
    // haproxy still calls normalize-uri experimental and refuses it without this.
    "expose-experimental-directives",
    // The next client's thread may choose a server before the last one's has let go of its own.
    "nbthread 1",
  ];
  const sections = allSections(cases, around, extra);
  return save(join(around.folder, "haproxy.cfg"), sections, renderHaproxyCfg);
}

/** Writes the cases as sluice.yaml. */
export function writeYaml(cases: readonly PlacedCase[], around: Surroundings): Configuration {
  writeFiles(cases, around);
  return save(join(around.folder, "sluice.yaml"), allSections(cases, around), renderYaml);
}
