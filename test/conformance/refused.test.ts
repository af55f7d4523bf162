import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderHaproxyCfg, renderYaml, type SectionLines } from "../support/dialects.ts";
import { haproxyAvailable } from "../support/haproxy.ts";
import { sluiceAvailable, sluiceCommand } from "../support/sluice.ts";
import { refusedCases } from "./cases/refused.ts";

const CHECK_TIMEOUT_MS = 20_000;

const sluice = sluiceAvailable();
const haproxy = haproxyAvailable();

/** One frontend a case, which would load without its own lines. */
function frontend(lines: readonly string[], index: number): SectionLines {
  const usual = ["bind 127.0.0.1:8080", "mode http", "timeout client 1s", "default_backend b"];
  const kept = lines.some((line) => line.startsWith("default_backend")) ? usual.slice(0, 3) : usual;
  return { header: `frontend f${index}`, lines: [...kept, ...lines] };
}

const BACKEND: SectionLines = {
  header: "backend b",
  lines: ["mode http", "timeout connect 1s", "timeout server 1s", "server s 127.0.0.1:1"],
};

function check(
  command: readonly string[],
  name: string,
  text: string,
): { code: number; output: string } {
  const folder = mkdtempSync(join(tmpdir(), "refused-"));
  try {
    const file = join(folder, name);
    writeFileSync(file, text, "latin1");
    const run = Bun.spawnSync([...command, file]);
    return { code: run.exitCode, output: run.stdout.toString() + run.stderr.toString() };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(!haproxy.available)("haproxy refuses what Sluice has to refuse", () => {
  refusedCases.forEach((one, index) => {
    if (one.sinceNewer !== undefined) return;
    test(one.name, () => {
      const { text } = renderHaproxyCfg([frontend(one.lines, index), BACKEND]);
      const path = haproxy.available ? haproxy.path : "";
      const { code, output } = check([path, "-c", "-f"], "haproxy.cfg", text);
      expect(code).toBe(1);
      expect(output).toContain(one.message ?? "");
    });
  });
});

describe.skipIf(!sluice.available)("Sluice refuses it too, and says why", () => {
  refusedCases.forEach((one, index) => {
    test(one.name, () => {
      const { text } = renderYaml([frontend(one.lines, index), BACKEND]);
      const { code, output } = check([...sluiceCommand(), "check", "-f"], "sluice.yaml", text);
      expect({ code, output }).toMatchObject({
        code: 1,
        output: expect.stringContaining(one.message ?? "error"),
      });
    }, CHECK_TIMEOUT_MS);
  });
});
