import { expect } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { denoCommand, sluiceCommand } from "../../support/sluice.ts";
import { Generations } from "./generations.ts";

/** Who runs a gateway. */
export type Runtime = "Bun" | "Deno";

/** Gateways on either runtime, which take over from each other. */
export class Runtimes {
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-runtimes-"));
  /** Executables, each of them the gateway on one runtime. */
  readonly programs: Readonly<Record<Runtime, string>> = {
    Deno: this.#program("deno", denoCommand()),
    Bun: this.#program("bun", sluiceCommand()),
  };

  /** Starts one with timeouts that no story waits for. */
  start(configuration: string, on: Runtime): Promise<Generations> {
    const file = `
defaults
  timeout connect 5s
  timeout client 60s
  timeout server 60s
${configuration}`;
    return new Generations(file, ["--instance", "test"], [this.programs[on]]).ready();
  }

  /** Lets one on this runtime take over; what `sluice upgrade` has said. */
  async next(gateway: Generations, on: Runtime): Promise<string> {
    const args = ["--probation", "50", "--to", this.programs[on]];
    const { status, output } = await gateway.upgrade(args);
    expect({ status, output }).toEqual({ status: 0, output });
    expect(gateway.output).toContain(`takeover by process ${gateway.pid} (sluice`);
    const name = process.env.SLUICE_BIN && on === "Bun" ? "" : on;
    expect(gateway.output.split(`takeover by process ${gateway.pid} (`).at(-1)).toContain(name);
    return output;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #program(name: string, command: readonly string[]): string {
    const path = join(this.#folder, name);
    writeFileSync(path, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(" ")} "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  }
}
