import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SectionLines } from "../support/dialects.ts";

/** One row of the table: a frontend of its own and what is asked of it. */
export interface Scenario {
  readonly name: string;
  /** Name of the frontend. */
  readonly frontend: string;
  readonly lines: readonly string[];
  readonly path: string;
  readonly host: string;
  readonly fields: readonly string[];
  readonly connections: number;
}

const CONNECTIONS = 64;
const RULES = 500;
const PATTERNS = [10, 10_000] as const;

/** The configuration of an ordinary site: five ACLs, two backends, X-Forwarded-For. */
const ORDINARY = [
  "option forwardfor",
  "acl url_static path_beg /static /images /img /css",
  "acl url_static path_end .gif .png .jpg .css .js",
  "acl host_www hdr_beg(host) -i www",
  "acl host_static hdr_beg(host) -i img. video. download. ftp.",
  "http-request deny if { path_sub ../ }",
  "use_backend static if host_static or host_www url_static",
  "use_backend www if host_www",
  "default_backend www",
];

/** Nothing is read of what passes: a request is a small message, its answer a small one or a big one. */
const PASSED_THROUGH = ["mode tcp", "default_backend raw"];

function manyRules(): readonly string[] {
  const lines = ["option forwardfor"];
  for (let n = 0; n < RULES; n++) {
    lines.push(`use_backend static if { hdr(host) -i n${n}.example.com } { path_beg /p${n}/ }`);
  }
  return [...lines, "use_backend www if { hdr(host) -i www.example.com } { path_beg / }"];
}

function manyPatterns(count: number, folder: string): readonly string[] {
  const file = join(folder, `hosts_${count}`);
  writeFileSync(file, Array.from({ length: count }, (_, n) => `h${n}.example.org\n`).join(""));
  return [
    "option forwardfor",
    `use_backend static if { hdr(host) -i -f ${file} }`,
    `use_backend static if { hdr_end(host) -i -f ${file} }`,
    "default_backend www",
  ];
}

/** All scenarios; pattern files are written to `folder`. */
export function scenarios(folder: string): readonly Scenario[] {
  const usual = { path: "/", host: "www.example.com", fields: [], connections: CONNECTIONS };
  return [
    { ...usual, name: "small answer", frontend: "small", lines: ORDINARY },
    { ...usual, name: "16 kB", frontend: "medium", lines: ORDINARY, path: "/16k" },
    { ...usual, name: "1 MB", frontend: "large", lines: ORDINARY, path: "/1m" },
    {
      ...usual,
      name: "new connection per request",
      frontend: "fresh",
      lines: ORDINARY,
      fields: ["Connection: close"],
    },
    { ...usual, name: `${RULES} rules of two ACLs`, frontend: "rules", lines: manyRules() },
    ...PATTERNS.map((count) => ({
      ...usual,
      name: `two lists of ${count.toLocaleString("en")} patterns`,
      frontend: `patterns${count}`,
      lines: manyPatterns(count, folder),
    })),
    { ...usual, name: "TCP mode, small messages", frontend: "tcp_small", lines: PASSED_THROUGH },
    {
      ...usual,
      name: "TCP mode, 1 MB at a time",
      frontend: "tcp_large",
      lines: PASSED_THROUGH,
      path: "/1m",
    },
    {
      ...usual,
      name: "TCP mode, new connection per message",
      frontend: "tcp_fresh",
      lines: PASSED_THROUGH,
      fields: ["Connection: close"],
    },
  ];
}

/** The sections of a gateway that serves all scenarios, each on its port. */
export function sections(
  all: readonly Scenario[],
  ports: ReadonlyMap<string, number>,
  originPort: number,
  globals: readonly string[],
): readonly SectionLines[] {
  return [
    { header: "global", lines: ["maxconn 8000", ...globals] },
    {
      header: "defaults",
      lines: ["mode http", "timeout connect 5s", "timeout client 60s", "timeout server 60s"],
    },
    ...all.map(({ frontend, lines }) => ({
      header: `frontend ${frontend}`,
      lines: [`bind 127.0.0.1:${ports.get(frontend)}`, "maxconn 7000", ...lines],
    })),
    ...["www", "static", "raw"].map((name) => ({
      header: `backend ${name}`,
      lines: [
        ...(name === "raw" ? ["mode tcp"] : []),
        "balance roundrobin",
        `server s1 127.0.0.1:${originPort}`,
      ],
    })),
  ];
}
