// Compiles the gateway to one executable, dist/sluice.
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { project } from "./project.ts";

export const binaryPath: string = join(project.root, "dist", "sluice");

/** Compiles; throws when the compiler is not content. */
export function build(outfile: string = binaryPath): void {
  mkdirSync(join(outfile, ".."), { recursive: true });
  const result = Bun.spawnSync(
    [
      process.execPath,
      "build",
      "--compile",
      "--minify-syntax",
      // The folder it happens to be started in has no say: a .env there, or code that a bunfig.toml loads.
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      // A module's packages are found by their package.json.
      "--compile-autoload-package-json",
      "--minify-whitespace",
      "--bytecode",
      "src/main.ts",
      "--outfile",
      outfile,
    ],
    { cwd: project.root, stdout: "pipe", stderr: "pipe" },
  );
  if (result.exitCode !== 0) throw new Error(`bun build failed:\n${result.stderr}`);
}

if (import.meta.main) {
  build();
  const megabytes = (statSync(binaryPath).size / 1e6).toFixed(1);
  console.log(`dist/sluice, ${megabytes} MB: copy it anywhere and run it`);
}
