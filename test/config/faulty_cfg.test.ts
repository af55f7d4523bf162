import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfiguration } from "../../src/config/load.ts";
import { State } from "../../src/state/state.ts";
import { haproxyAvailable } from "../support/haproxy.ts";
import { faultyCases, prelude } from "./faulty_cfg_cases.ts";

/** What only Sluice looks for, so that haproxy cannot agree. */
const ownCodes = new Set(["unused-acl", "unused-backend", "unused-defaults"]);

const folder = mkdtempSync(join(tmpdir(), "sluice-faulty-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "haproxy.cfg");
const haproxy = haproxyAvailable();

function unique(findings: readonly string[]): string[] {
  return [...new Set(findings)].sort();
}

function foundHere(): string[] {
  const { diagnostics } = loadConfiguration([file], { staged: new State().stage() });
  return unique(
    diagnostics.filter(({ severity, code }) => severity !== "notice" && !ownCodes.has(code))
      .map(({ severity, at }) => `${severity}@${at.line}`),
  );
}

/** Lines that haproxy's messages name, `?` for a message that names none. */
function foundByHaproxy(): string[] {
  const path = haproxy.available ? haproxy.path : "";
  const output = Bun.spawnSync([path, "-c", "-f", file]).stderr.toString();
  const found: string[] = [];
  for (const [, level, text] of output.matchAll(/^\[(ALERT|WARNING)\] +\(\d+\) : (.*)$/gm)) {
    if (/ : (Error\(s\) found|Fatal errors found)/.test(text!)) continue;
    const line = /haproxy\.cfg:(\d+)\]/.exec(text!)?.[1] ?? "?";
    found.push(`${level === "ALERT" ? "error" : "warning"}@${line}`);
  }
  return unique(found);
}

/** Gives findings without a line the line of ours that nothing else accounts for. */
function placed(theirs: readonly string[], ours: readonly string[]): string[] {
  const left = ours.filter((finding) => !theirs.includes(finding));
  return unique(theirs.map((finding) => {
    const severity = finding.split("@")[0]!;
    const at = finding.endsWith("?") ? left.findIndex((one) => one.startsWith(severity)) : -1;
    return at < 0 ? finding : left.splice(at, 1)[0]!;
  }));
}

describe.skipIf(!haproxy.available)("haproxy -c finds the same lines at fault", () => {
  for (const { name, text, differs } of faultyCases) {
    test(differs ? `${name}, or differs: ${differs.because}` : name, () => {
      writeFileSync(file, prelude + text);
      const ours = foundHere();
      const theirs = foundByHaproxy();
      if (differs) {
        expect({ haproxy: theirs, sluice: ours }).toEqual({
          haproxy: unique(differs.haproxy),
          sluice: unique(differs.sluice),
        });
      } else expect(ours).toEqual(placed(theirs, ours));
    });
  }
});
