import { expect, test } from "bun:test";
import process from "node:process";
import { project } from "../../scripts/project.ts";

const runtimes = {
  Deno: [project.bin("deno"), "run", "-A", "--no-check"],
  Bun: [process.execPath],
};

for (const [name, command] of Object.entries(runtimes)) {
  test(`the bell wakes ${name} once for each event, and not again in the turns after it`, () => {
    const run = Bun.spawnSync([...command, "test/deno/bell_script.ts"], {
      cwd: project.root,
      stdout: "pipe",
      stderr: "pipe",
    });
    expect(run.stderr.toString()).toBe("");
    expect(run.stdout.toString()).toBe("[1,2,3]\n");
  }, 60_000);
}
