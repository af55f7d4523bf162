import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertConfiguration } from "../../src/config/convert/convert.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import type { Plan } from "../../src/config/plan.ts";
import { readLatin1 } from "../../src/config/source_file.ts";
import { State } from "../../src/state/state.ts";
import { planMeaning } from "../config/plan_summary.ts";
import { allCases } from "./cases/catalog.ts";
import { place, writeHaproxyCfg, writeYaml } from "./configuration.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-spelling-"));
afterAll(() => rmSync(folder, { recursive: true }));

const around = {
  folder,
  port: 8080,
  refusedPort: 1,
  syslogPort: 514,
  origins: Array.from({ length: 9 }, (_, n) => 9001 + n),
};

/** What each proxy of a Plan means, whatever their order. */
function meanings(path: string, text = readLatin1(path)): Map<string, unknown> {
  const { plan, diagnostics } = loadConfiguration([path], {
    staged: new State().stage(),
    readFile: (file) => file === path ? text : readLatin1(file),
  });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const { frontends = [], backends = [], ...rest } = planMeaning(plan as Plan) as {
    readonly frontends?: readonly { readonly name: string }[];
    readonly backends?: readonly { readonly name: string }[];
  };
  return new Map<string, unknown>([
    ["the rest", rest],
    ...frontends.map((one) => [`frontend ${one.name}`, one] as const),
    ...backends.map((one) => [`backend ${one.name}`, one] as const),
  ]);
}

/** Proxies that do not mean the same on both sides. One has no id of its own, but a place. */
function differing(a: Map<string, unknown>, b: Map<string, unknown>): string[] {
  return [...a.keys()].filter((name) => name !== "frontend ready")
    .filter((name) => !Bun.deepEquals(a.get(name), b.get(name), true));
}

describe("every case means the same in either spelling", () => {
  const cases = place(allCases);
  const yaml = meanings(writeYaml(cases, around).path);
  const { path, text } = writeHaproxyCfg(cases, around);
  const cfg = meanings(path);

  test("as haproxy.cfg", () => {
    expect(cfg.size).toBeGreaterThan(allCases.length);
    expect([...cfg.keys()].sort()).toEqual([...yaml.keys()].sort());
    expect(differing(cfg, yaml)).toEqual([]);
  });

  test("as YAML converted from it", () => {
    const converted = convertConfiguration([{ path, text, format: "haproxy" }], "yaml").text!;
    const again = meanings(join(folder, "converted.yaml"), converted);
    expect([...again.keys()]).toEqual([...cfg.keys()]);
    expect(differing(again, cfg)).toEqual([]);
  });
});
