import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { project } from "../../scripts/project.ts";
import { type Address, type GatewayProcess, startGateway } from "./child_process.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The command that runs Sluice: `SLUICE_BIN` when set, else the sources on this Bun. */
export function sluiceCommand(): readonly string[] {
  const binary = process.env.SLUICE_BIN;
  return binary === undefined ? [process.execPath, join(ROOT, "src", "main.ts")] : [binary];
}

/** The command that runs the sources on Deno. */
export function denoCommand(): readonly string[] {
  return [project.bin("deno"), "run", "-A", "--no-check", join(ROOT, "src", "main.ts")];
}

/** What a process sees that keeps what it shares with others of its kind in a folder of the test's. */
export function environmentIn(folder: string): Record<string, string | undefined> {
  return { ...process.env, RUNTIME_DIRECTORY: join(folder, "run") };
}

/** Whether there is something to run. */
export function sluiceAvailable():
  | { readonly available: true }
  | { readonly available: false; readonly reason: string } {
  const binary = process.env.SLUICE_BIN;
  const path = binary ?? join(ROOT, "src", "cli", "run.ts");
  return existsSync(path)
    ? { available: true }
    : { available: false, reason: `${path} does not exist` };
}

/** Runs Sluice on a configuration file until it accepts there. */
export function startSluice(file: string, at: Address): Promise<GatewayProcess> {
  const command = [...sluiceCommand(), "run", "-f", file];
  return startGateway({
    name: "sluice",
    command,
    cwd: ROOT,
    env: environmentIn(dirname(file)),
    at,
  });
}
