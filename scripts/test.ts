// Runs every test, or those of the paths given, and closes with the totals on one line.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.ts";
import { project } from "./project.ts";

const scratch = mkdtempSync(join(tmpdir(), "sluice-test-"));
const report = join(scratch, "report.xml");
const paths = process.argv.slice(2);
let exitCode = 1;
try {
  // The end-to-end tests run the compiled file, alone in a folder of its own.
  const binary = join(scratch, "alone", "sluice");
  // Other users run it too.
  chmodSync(scratch, 0o755);
  build(binary);
  const run = Bun.spawnSync(
    [
      process.execPath,
      "test",
      "--timeout=60000",
      "--reporter=junit",
      `--reporter-outfile=${report}`,
      ...(paths.length > 0 ? paths : ["test"]),
    ],
    {
      cwd: project.root,
      env: { ...process.env, SLUICE_BIN: binary },
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
    },
  );
  exitCode = run.exitCode;
  console.log(totals(readFileSync(report, "utf8"), exitCode));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(exitCode);

/** `N passed, N failed, N skipped` from the report's outermost element. */
function totals(xml: string, status: number): string {
  const suite = /<testsuites\b[^>]*>/.exec(xml)?.[0] ?? "";
  const count = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const skipped = count("skipped");
  // A file that can't be loaded fails the run without a test that says so.
  const failed = Math.max(count("failures"), status === 0 ? 0 : 1);
  const passed = count("tests") - count("failures") - skipped;
  return `${passed} passed, ${failed} failed` + (skipped > 0 ? `, ${skipped} skipped` : "");
}
