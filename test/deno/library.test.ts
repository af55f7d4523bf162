import { expect, test } from "bun:test";
import { project } from "../../scripts/project.ts";

test("the library reads, decides and serves on Deno", () => {
  const run = Bun.spawnSync(
    [project.bin("deno"), "run", "-A", "--no-check", "test/deno/library_script.ts"],
    { cwd: project.root, stdout: "pipe", stderr: "pipe" },
  );
  // On stderr Deno may warn of what `Request.clone` does to a served request's signal.
  const output = run.exitCode === 0 ? run.stdout.toString() : run.stderr.toString();
  expect(output).toBe("the library works on deno\n");
}, 60_000);

test("reading and deciding ask Deno for no permission but the YAML parser's", () => {
  const script = `
    import { readConfiguration } from "./mod.ts";
    const { configuration } = readConfiguration(
      "frontend: { www: { mode: http, http-request: deny } }",
    );
    const decision = configuration.decide(new Request("http://a/"), { from: "10.0.0.1" });
    console.log(decision.reply.status);
  `;
  const run = Bun.spawnSync(
    [
      project.bin("deno"),
      "run",
      "--no-prompt",
      "--no-check",
      "--ext=ts",
      "--allow-env=LOG_TOKENS,LOG_STREAM",
      "-",
    ],
    { cwd: project.root, stdin: Buffer.from(script), stdout: "pipe", stderr: "pipe" },
  );
  expect(run.stderr.toString()).toBe("");
  expect(run.stdout.toString()).toBe("403\n");
}, 60_000);
