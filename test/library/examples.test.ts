import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { project } from "../../scripts/project.ts";

/** Where examples stand; each is run, and prints what its comments say. */
const sources = ["docs/library.md", "src/decide/configuration.ts", "src/decide/middleware.ts"];

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-examples-"));
  symlinkSync(join(project.root, "node_modules"), join(folder, "node_modules"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The `ts` blocks of a page, or of a file's docstrings without their stars. */
function examplesOf(path: string): string[] {
  const text = readFileSync(join(project.root, path), "utf8").replace(
    /^ *\* ?(?=.*$)/gm,
    (star) => path.endsWith(".md") ? star : "",
  );
  return [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code!);
}

/** What stands behind `console.log(...);` as a comment. */
function promised(code: string): string[] {
  return [...code.matchAll(/^\s*console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text!);
}

for (const source of sources) {
  const examples = examplesOf(source);
  test(`${source} has examples`, () => expect(examples.length).toBeGreaterThan(0));
  for (const [i, code] of examples.entries()) {
    test(`example ${i + 1} of ${source} prints what it says`, () => {
      const path = join(folder, `example_${i}.ts`);
      writeFileSync(path, code.replaceAll("@sluice/sluice", join(project.root, "mod.ts")));
      const run = Bun.spawnSync([process.execPath, path], { stdout: "pipe", stderr: "pipe" });
      expect(run.stderr.toString()).toBe("");
      expect(run.stdout.toString().trimEnd().split("\n")).toEqual(promised(code));
    });
  }
}
