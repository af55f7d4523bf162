import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { keywordRows } from "../../src/config/keyword/catalog.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { State } from "../../src/state/state.ts";
import { haproxyAvailable } from "../support/haproxy.ts";

const manual = "/usr/share/doc/haproxy/configuration.txt.gz";
const haproxy = haproxyAvailable();
const available = haproxy.available && existsSync(manual);
const folder = mkdtempSync(join(tmpdir(), "sluice-manual-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Lines that haproxy takes and Sluice does not, with why. */
const differing: Readonly<Record<string, string>> = {};

const first = new Set(
  keywordRows.filter(({ sections }) => sections.some((kind) => kind === "listen"))
    .map(({ name }) => name.split(" ")[0]!),
);

/** What a line needs that is not there: files, hosts to resolve, tables, the rest of the line. */
const needs = new RegExp(
  [
    /\.\.\.|[<>]\w+>|\\$/,
    /\/etc\/|\.lst\b|\bcrt\b|\bfile /,
    /^server.*\.com|google\.com|\bdyn\d:|\$\{|resolv/,
    /\btable\b|^stick|track-sc|\bsc\d_|_rate\b|http_auth|^stats (http-request|admin)/,
  ].map(({ source }) => source).join("|"),
);

/** Lines of proxies in the manual's examples that stand on their own. */
function exampleLines(): string[] {
  const found = new Set<string>();
  let within = false;
  for (const line of gunzipSync(readFileSync(manual)).toString("latin1").split("\n")) {
    if (/^\s*Examples?\s*:/.test(line)) within = true;
    else if (/^\S/.test(line)) within = false;
    const text = line.trim().replace(/\s+#.*$/, "");
    const keyword = text.split(/\s+/).find((word) => word !== "no") ?? "";
    if (within && !needs.test(text) && first.has(keyword) && keyword !== "mode") found.add(text);
  }
  return [...found];
}

/** A proxy of this line, with the ACLs that its condition names. */
function section(line: string, index: number): string {
  const condition = /\b(?:if|unless)\s+(.*)$/.exec(line)?.[1] ?? "";
  const words = condition.replaceAll(/\{[^}]*\}/g, "").split(/\s+/);
  const names = words.map((word) => word.replace(/^!+/, ""))
    .filter((word) => /^[a-z_][\w.-]*$/i.test(word) && !/^(or|[A-Z_][A-Z0-9_.]*)$/.test(word));
  const acls = line.startsWith("acl ") ? [] : [...new Set(names)];
  const lines = ["bind 127.0.0.1:8080", ...acls.map((name) => `acl ${name} path /x`), line];
  return `listen e${index}\n${lines.map((one) => `  ${one}\n`).join("")}`;
}

/** A configuration of these lines, each in a proxy of its own. */
function configuration(lines: readonly string[]): string {
  const targets = lines.map((line) =>
    /^(?:use|default)_backend\s+([\w.-]+)(?:\s|$)/.exec(line)?.[1]
  );
  const backends = [...new Set(targets)].filter((name) => name !== undefined)
    .map((name) => `backend ${name}\n  server s 127.0.0.1:1\n`);
  return "userlist mycreds\n  user a insecure-password b\n" +
    "defaults\n  mode http\n  timeout client 1s\n  timeout connect 1s\n  timeout server 1s\n" +
    lines.map(section).join("") + backends.join("");
}

function writeFile(lines: readonly string[]): string {
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, configuration(lines), "latin1");
  return file;
}

function haproxyTakes(lines: readonly string[]): boolean {
  const path = haproxy.available ? haproxy.path : "";
  return Bun.spawnSync([path, "-c", "-f", writeFile(lines)]).exitCode === 0;
}

/** The lines that haproxy takes: half and half, because most are sound. */
function takenByHaproxy(lines: readonly string[]): string[] {
  if (lines.length <= 40 && haproxyTakes(lines)) return [...lines];
  if (lines.length === 1) return [];
  const middle = lines.length >> 1;
  return [lines.slice(0, middle), lines.slice(middle)].flatMap(takenByHaproxy);
}

/** What is wrong with a line here, without what is not supported and says so. */
function complaints(line: string): string[] {
  const { diagnostics } = loadConfiguration([writeFile([line])], { staged: new State().stage() });
  return diagnostics.filter(({ severity }) => severity === "error")
    .map(({ message }) => message).filter((message) =>
      !message.includes(" not supported by Sluice")
    );
}

describe.skipIf(!available)("lines of the manual's examples", () => {
  const lines = available ? exampleLines() : [];
  const taken = available ? new Set(takenByHaproxy(lines)) : new Set<string>();

  test("are several hundred", () => {
    expect(lines.length).toBeGreaterThan(400);
    expect(taken.size).toBeGreaterThan(350);
  });

  test("that haproxy takes are taken, or it is said that they are not supported", () => {
    const refused = [...taken].filter((line) => complaints(line).length > 0);
    expect(refused.sort()).toEqual(Object.keys(differing).sort());
  });

  test("that haproxy refuses are refused", () => {
    const accepted = lines.filter((line) => !taken.has(line)).filter((line) => {
      return loadConfiguration([writeFile([line])], { staged: new State().stage() }).plan;
    });
    expect(accepted).toEqual([]);
  });
});
