import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { formatDiagnostic } from "../../src/config/diagnostic.ts";
import { loadText } from "./load_text.ts";
import { planSummary } from "./plan_summary.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "golden");
const updates = process.env.UPDATE_GOLDEN === "1";

/** What a case expects: its findings, and its Plan when it has one and the case shows it. */
function outcome(
  input: string,
  name: string,
): { findings: string; plan: string | undefined } {
  const { plan, diagnostics } = loadText(input, name);
  const findings = diagnostics.map((d) => `${formatDiagnostic(d)} [${d.code}]\n`).join("");
  return {
    findings: findings + (plan ? "valid\n" : "refused\n"),
    plan: plan && JSON.stringify(planSummary(plan), undefined, 2) + "\n",
  };
}

/**
 * Each case is a folder: input.yaml or input.cfg, and expected.txt (findings), expected.json (Plan)
 * or both.
 */
for (const name of readdirSync(folder).sort()) {
  test(name, () => {
    const path = (file: string) => join(folder, name, file);
    const cfg = existsSync(path("input.cfg"));
    const input = readFileSync(path(cfg ? "input.cfg" : "input.yaml"), "latin1");
    const { findings, plan } = outcome(input, cfg ? "haproxy.cfg" : "site.yaml");
    if (updates) update(path, findings, plan);
    const expected = (file: string) =>
      existsSync(path(file)) ? readFileSync(path(file), "utf8") : undefined;
    expect(existsSync(path("expected.txt")) || existsSync(path("expected.json"))).toBe(true);
    expect(findings).toBe(expected("expected.txt") ?? "valid\n");
    const json = expected("expected.json");
    if (json !== undefined) expect(plan).toBe(json);
  });
}

function update(
  path: (file: string) => string,
  findings: string,
  plan: string | undefined,
): void {
  const clean = findings === "valid\n";
  rmSync(path(clean ? "expected.txt" : "expected.json"), { force: true });
  if (clean) writeFileSync(path("expected.json"), plan!);
  else writeFileSync(path("expected.txt"), findings);
}
