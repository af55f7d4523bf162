import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { CheckReport } from "../../src/cli/check.ts";
import type { ListedKeyword } from "../../src/cli/keyword_listing.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const folder = mkdtempSync(join(tmpdir(), "sluice-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function sluice(...args: string[]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync(
    [process.execPath, join(root, "src", "main.ts"), ...args],
    { cwd: folder, stdin: "ignore" },
  );
  return { status: exitCode, out: stdout.toString(), err: stderr.toString() };
}

const site = `defaults:
  mode: http
  timeout: { connect: 1s, client: 1s, server: 1s }
frontend:
  www: { bind: ":80", default_backend: app }
backend:
  app: { server: { s1: "127.0.0.1:1" } }
`;
writeFileSync(join(folder, "good.yaml"), site);
writeFileSync(join(folder, "warned.yaml"), site + '  spare: { server: { s1: "127.0.0.1:1" } }\n');
writeFileSync(
  join(folder, "bad.yaml"),
  site.replace("default_backend: app", "default_backend: apq"),
);

describe("check", () => {
  test("says what a valid configuration holds", () => {
    expect(sluice("check", "-f", "good.yaml")).toEqual({
      status: 0,
      out: "Configuration file is valid: 1 frontend, 1 bind, 1 backend, 1 server\n",
      err: "",
    });
  });

  test("prints errors with their place and the nearest name", () => {
    const { status, out, err } = sluice("check", "-f", "bad.yaml");
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err.split("\n")[0]).toBe(
      "bad.yaml:5:40: error: Proxy 'www': unable to find required default_backend: 'apq'; " +
        "did you mean 'app'?",
    );
  });

  test("takes warnings for errors only when told", () => {
    expect(sluice("check", "-f", "warned.yaml").status).toBe(0);
    const strict = sluice("check", "--strict", "-f", "warned.yaml");
    expect(strict.status).toBe(1);
    expect(strict.err).toContain("warned.yaml:8:3: warning: no frontend routes to backend 'spare'");
  });

  test("warns of a configuration that listens nowhere", () => {
    writeFileSync(join(folder, "silent.yaml"), "backend: { app: }\n");
    const { status, err } = sluice("check", "-f", "silent.yaml");
    expect(status).toBe(0);
    expect(err).toContain("silent.yaml:1:1: warning: No enabled listener found");
  });

  test("misses the file of a module, without loading any", () => {
    const mounted = site.replace("default_backend", "module: edge.ts, default_backend");
    writeFileSync(join(folder, "mounted.yaml"), mounted);
    const missing = sluice("check", "-f", "mounted.yaml");
    expect(missing.status).toBe(1);
    expect(missing.err).toMatch(
      /^mounted.yaml:5:\d+: error: module '.*edge.ts' can't be loaded: there is no such file\n/,
    );
    writeFileSync(join(folder, "edge.ts"), "throw new Error();");
    expect(sluice("check", "-f", "mounted.yaml").status).toBe(0);
  });

  test("gives the findings as JSON", () => {
    const { status, out } = sluice("check", "--json", "-f", "bad.yaml");
    const report = JSON.parse(out) as CheckReport;
    expect(status).toBe(1);
    expect(report.valid).toBe(false);
    expect(report.diagnostics[0]).toMatchObject({
      severity: "error",
      code: "unknown-backend",
      at: { file: "bad.yaml", line: 5, column: 40 },
      hint: "app",
    });
  });

  test("several files make one configuration", () => {
    expect(sluice("check", "-f", "good.yaml", "good.yaml").err).toContain("has the same name");
    expect(sluice("check", "-f", "good.yaml", "-f", "good.yaml").err).toContain("the same name");
  });
});

describe("keywords", () => {
  test("shows the row of a name, whichever table it is in", () => {
    expect(sluice("keywords", "path_beg").out).toContain("acl keyword");
    expect(sluice("keywords", "retry-on").out).toContain("retry-on <event> ...");
    expect(sluice("keywords", "stick-table").out).toContain("(not supported)");
  });

  test("lists every table as JSON", () => {
    const rows = JSON.parse(sluice("keywords", "--json").out) as ListedKeyword[];
    expect([...new Set(rows.map(({ table }) => table))]).toEqual([
      "keyword",
      "bind option",
      "server option",
      "action",
      "fetch",
      "converter",
      "acl keyword",
      "match method",
      "predefined acl",
      "predicate",
    ]);
    expect(rows.every(({ doc, syntax }) => doc !== "" && syntax !== "")).toBe(true);
  });

  test("offers the nearest name for a mistyped one", () => {
    const { status, err } = sluice("keywords", "default_backnd");
    expect(status).toBe(1);
    expect(err).toContain("did you mean 'default_backend'?");
  });
});

describe("convert", () => {
  writeFileSync(join(folder, "good.cfg"), "# www\nlisten www\n  bind :80 # é\n");

  test("prints the other spelling", () => {
    const { status, out } = sluice("convert", "-f", "good.cfg");
    expect({ status, out }).toEqual({
      status: 0,
      out: "# www\nlisten:\n  www:\n    bind: ':80' # é\n",
    });
    expect(sluice("convert", "-f", "good.yaml").out).toContain("\nfrontend www\n    bind :80\n");
    expect(sluice("convert", "--to", "haproxy", "-f", "good.cfg").out).toContain(
      "    bind :80 # é",
    );
  });

  test("prints what is wrong when it cannot", () => {
    writeFileSync(join(folder, "quote.cfg"), 'listen www\n  bind ":80\n');
    const { status, out, err } = sluice("convert", "-f", "quote.cfg");
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toBe("quote.cfg:2:8: error: unmatched quote at position 8\n");
    expect(sluice("convert", "-f", "nowhere.cfg").status).toBe(1);
  });
});

test("-cc says by its status whether a condition is true", () => {
  expect(sluice("-cc", "streq(a,a)").status).toBe(0);
  expect(sluice("-cc", "streq(a,b)").status).toBe(1);
  const { status, err } = sluice("-cc", "nope");
  expect(status).toBe(2);
  expect(err).toContain("Failed to evaluate condition: unparsable conditional expression 'nope'\n");
});

test("schema prints JSON Schema", () => {
  const schema = JSON.parse(sluice("schema").out);
  expect(schema.$schema).toContain("json-schema.org");
  expect(Object.keys(schema.$defs)).toContain("frontend_section");
});

test("version names the version and the runtime", () => {
  expect(sluice("version").out).toMatch(/^sluice \d+\.\d+\.\d+ \(Bun /);
  expect(sluice("--version").out).toBe(sluice("version").out);
});

test("arguments that make no sense end with 2", () => {
  expect(sluice("chek").status).toBe(2);
  expect(sluice("chek").err).toContain("Did you mean check?");
  expect(sluice("check").status).toBe(2);
  expect(sluice("--help").status).toBe(0);
});
