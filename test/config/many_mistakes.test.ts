import { expect, test } from "bun:test";
import { applyLine } from "../../src/config/compile/apply_line.ts";
import { Site } from "../../src/config/compile/site.ts";
import { ConfigurationEnvironment } from "../../src/config/environment.ts";
import { type KeywordSpec } from "../../src/config/keyword/spec.ts";
import { KeywordTable } from "../../src/config/keyword/table.ts";
import { State } from "../../src/state/state.ts";
import { loadText } from "./load_text.ts";

const prelude = "defaults\n  mode http\n  timeout client 1s\n  timeout connect 1s\n" +
  "  timeout server 1s\nbackend app\n  server s1 127.0.0.1:1\n";
const www = "frontend www\n  bind 127.0.0.1:80\n  default_backend app\n";

function load(text: string) {
  return loadText(prelude + text, "haproxy.cfg").diagnostics;
}

/** Its rows, and how often somebody went through all of them. */
class CountedTable extends KeywordTable<unknown> {
  searches = 0;

  constructor(rows: readonly KeywordSpec<unknown>[]) {
    super(rows);
    Object.defineProperty(this, "specs", { get: () => (this.searches++, rows) });
  }
}

function row(name: string): KeywordSpec<unknown> {
  return { name, sections: ["frontend"], syntax: name, doc: "", apply() {} };
}

test("the nearest keyword is searched for when somebody asks, not for every mistake", () => {
  const site = new Site({
    staged: new State().stage(),
    environment: new ConfigurationEnvironment({}),
    readFile: () => "",
    files: [],
    hostname: "gateway",
    proxyMaxconn: 0,
  });
  const table = new CountedTable([row("bind"), row("timeout client")]);
  for (let line = 1; line <= 1000; line++) {
    const at = { file: "haproxy.cfg", line, column: 1 };
    const words = [{ text: "bnid", at, quoted: false }];
    applyLine(site, { words, at, source: "bnid" }, "frontend", table, {});
  }
  expect(site.findings).toHaveLength(1000);
  expect(table.searches).toBe(0);
  expect(site.findings[999]!.hint!()).toBe("bind");
  expect(table.searches).toBe(1);
});

test("of many mistakes the first are shown, each with its hint", () => {
  const found = load(`${www}${"  mod http\n".repeat(60)}`);
  expect(found.map(({ at, hint }) => [at.line, hint])).toEqual([
    ...Array.from({ length: 50 }, (_, i) => [11 + i, "mode"]),
    [61, undefined],
  ]);
});

test("a file may have more faulty lines than a call may have arguments", () => {
  const found = loadText('"\n'.repeat(700_000), "haproxy.cfg").diagnostics;
  expect(found.at(-1)).toMatchObject({ code: "too-many-errors", at: { line: 51 } });
});

test("what is declared below was not meant", () => {
  const late = `${www}  http-request deny if late\n  acl late path /\n  acl later path /\n` +
    "  http-request deny if late or latr\n";
  expect(load(late).filter(({ code }) => code !== "unused-acl")).toEqual([
    expect.not.objectContaining({ hint: expect.anything() }),
    expect.objectContaining({ hint: "late" }),
  ]);
  const defaults = `${www}backend b from late\n  server s 127.0.0.1:1\n` +
    "defaults late\n  mode http\nbackend c from lat\n  server s 127.0.0.1:1\n";
  expect(load(defaults).filter(({ severity }) => severity === "error")).toEqual([
    expect.not.objectContaining({ hint: expect.anything() }),
    expect.objectContaining({ hint: "late" }),
  ]);
});

test("a server's name is known among many, whichever line made it", () => {
  const servers = Array.from({ length: 300 }, (_, i) => `  server s${i + 2} 127.0.0.1:1\n`);
  const lines = `${servers.join("")}  server-template t 3 127.0.0.1:1\n` +
    "  server s301 127.0.0.1:1\n  server t2 127.0.0.1:1\n  server-template s 301-400 127.0.0.1:1\n" +
    "  use-server s300 if TRUE\n  use-server t3 if TRUE\n  use-server s30O if TRUE\n";
  const errors = load(lines).filter(({ severity }) => severity === "error");
  expect(errors.map(({ at, message, hint }) => [at.line, /line (\d+)/.exec(message)?.[1], hint]))
    .toEqual([
      [309, "307", undefined],
      [310, "308", undefined],
      [311, "307", undefined],
      [314, undefined, "s30"],
    ]);
});
