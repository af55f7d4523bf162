// Everything that must hold before a commit: format, lint, types, the project's own rules, tests.
import { project } from "./project.ts";

const steps: readonly (readonly [name: string, command: readonly string[]])[] = [
  ["format", [project.bin("deno"), "fmt", "--check", "--quiet"]],
  ["lint", [project.bin("deno"), "lint", "--quiet"]],
  ["types", [project.bin("tsc"), "--noEmit", "-p", "."]],
  ["tests", [process.execPath, "scripts/test.ts", ...process.argv.slice(2)]],
];

for (const [name, command] of steps) {
  const started = performance.now();
  const { exitCode } = Bun.spawnSync([...command], {
    cwd: project.root,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.error(`${exitCode === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
  if (exitCode !== 0) process.exit(1);
}
