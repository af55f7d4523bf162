import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatDiagnostic } from "../../src/config/diagnostic.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { State } from "../../src/state/state.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-load-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function load(paths: readonly string[], format?: "yaml" | "haproxy") {
  return loadConfiguration(paths, { staged: new State().stage(), format });
}

const backend = `backend:\n  app:\n    mode: http\n    timeout: { connect: 1s, server: 1s }\n` +
  `    server: { s1: "127.0.0.1:1" }\n`;
const frontend = `frontend:\n  www:\n    mode: http\n    timeout: { client: 1s }\n` +
  `    bind: "127.0.0.1:80"\n    default_backend: app\n`;

test("several files are one configuration", () => {
  const paths = [write("a.yaml", frontend), write("b.yml", backend)];
  const { plan, diagnostics } = load(paths);
  expect(diagnostics).toEqual([]);
  expect(plan?.frontends[0]?.defaultBackend).toBe(plan!.backends.get("app"));
  expect(plan?.files).toEqual(paths);
});

test("a finding names the file that it is about", () => {
  const paths = [write("c.yaml", frontend), write("d.yaml", backend.replace("127.0.0.1:1", "x:y"))];
  const { plan, diagnostics } = load(paths);
  expect(plan).toBeUndefined();
  expect(diagnostics.map(formatDiagnostic)).toEqual([
    `${paths[1]}:5:20: error: 'server app/s1' : invalid port 'y'`,
  ]);
});

test("a file that is not there is an error, not an exception", () => {
  const { plan, diagnostics } = load([join(folder, "none.yaml")]);
  expect(plan).toBeUndefined();
  expect(diagnostics.map(({ code }) => code)).toEqual(["unreadable-file"]);
});

test("the ending decides about the spelling, unless told otherwise", () => {
  const path = write("site.conf", frontend + backend);
  expect(load([path]).diagnostics[0]?.code).toBe("out-of-section");
  expect(load([path], "yaml").plan).toBeDefined();
  const cfg = write("site.yml", "listen www\n mode http\n bind :80\n");
  expect(load([cfg]).plan).toBeUndefined();
  expect(load([cfg], "haproxy").plan).toBeDefined();
});

test("a folder stands for the .cfg files in it, in the order of their bytes", () => {
  const at = (name: string) => join("site.d", name);
  mkdirSync(join(folder, "site.d", "deeper.cfg"), { recursive: true });
  for (const name of ["b.cfg", "a.cfg", "B.cfg", ".hidden.cfg", "a.CFG", "notes.txt", "c.yaml"]) {
    write(at(name), `listen ${name}\n mode http\n bind :80\n`);
  }
  const { plan } = load([join(folder, "site.d")]);
  expect(plan?.frontends.map(({ name }) => name)).toEqual(["B.cfg", "a.cfg", "b.cfg"]);
  expect(plan?.files).toEqual(["B.cfg", "a.cfg", "b.cfg"].map((name) => join(folder, at(name))));
  write(at("c.yaml"), frontend + backend);
  expect(load([join(folder, "site.d")], "yaml").plan?.frontends.map(({ name }) => name))
    .toEqual(["www"]);
});

test("a folder without configuration files is an error", () => {
  mkdirSync(join(folder, "empty.d"));
  const { plan, diagnostics } = load([join(folder, "empty.d")]);
  expect(plan).toBeUndefined();
  expect(diagnostics.map(({ code }) => code)).toEqual(["unreadable-file"]);
  expect(diagnostics[0]?.message).toContain("no file in this folder");
});

test("each file begins outside of any section, and defaults last beyond it", () => {
  const paths = [
    write("1.cfg", "defaults\n mode http\n timeout client 1s\nglobal\n setenv PORT 81\n"),
    write("2.cfg", ' maxconn 3\nfrontend www\n bind "127.0.0.1:$PORT"\n'),
  ];
  expect(load(paths).diagnostics.map(formatDiagnostic)).toEqual([
    `${paths[1]}:1:2: error: unknown keyword 'maxconn' out of section`,
  ]);
  writeFileSync(paths[1]!, 'frontend www\n bind "127.0.0.1:$PORT"\n');
  const { plan, diagnostics } = load(paths);
  expect(diagnostics).toEqual([]);
  expect(plan?.frontends[0]?.binds[0]?.text).toBe("127.0.0.1:81");
});

test(".diag is for the diagnostic mode", () => {
  const path = write("diag.cfg", `.diag "look here"\n.if 0\n.diag no\n.endif\n`);
  expect(load([path]).diagnostics).toEqual([]);
  const staged = new State().stage();
  const { diagnostics } = loadConfiguration([path], { staged, diagnosticMode: true });
  expect(diagnostics.map(formatDiagnostic)).toEqual([`${path}:1:1: warning: 'look here'`]);
});

test("a byte order mark is not part of the first key", () => {
  expect(load([write("bom.yaml", "\ufeff" + frontend + backend)]).plan).toBeDefined();
});

test("files named in it count from where default-path says", () => {
  write("hosts.lst", "example.com\n");
  const rule = `    http-request: deny if { hdr(host) -f hosts.lst }\n`;
  const site = (global: string) => write("paths.yaml", global + frontend + rule + backend);
  expect(load([site("")]).diagnostics[0]?.message).toContain("failed to open pattern file");
  expect(load([site("global:\n  default-path: config\n")]).plan).toBeDefined();
  expect(load([site(`global:\n  default-path: origin ${folder}\n`)]).plan).toBeDefined();
});

test("what is compiled and not committed leaves no trace in State", () => {
  const state = new State();
  const path = write("e.yaml", frontend + backend);
  loadConfiguration([path], { staged: state.stage() });
  expect([...state.frontends.keys(), ...state.backends.keys()]).toEqual([]);
  const staged = state.stage();
  const { plan } = loadConfiguration([path], { staged });
  staged.commit(plan!);
  expect([...state.frontends.keys(), ...state.backends.keys()]).toEqual(["www", "app"]);
  expect(loadConfiguration([path], { staged: state.stage() }).plan?.frontends[0]?.state)
    .toBe(plan!.frontends[0]!.state);
});
