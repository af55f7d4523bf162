import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type GatewayProcess, startGateway } from "../support/child_process.ts";
import { renderHaproxyCfg, renderYaml } from "../support/dialects.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable } from "../support/haproxy.ts";
import { sluiceCommand } from "../support/sluice.ts";
import { type Scenario, sections } from "./scenarios.ts";

export type GatewayName = "haproxy" | "sluice";

/** A gateway under measurement and the port of each scenario's frontend. */
export interface Measured {
  readonly process: GatewayProcess;
  readonly ports: ReadonlyMap<string, number>;
}

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The compiled binary, or what `SLUICE_BIN` names. */
export function benchedSluice(): readonly string[] {
  return process.env.SLUICE_BIN === undefined ? [join(ROOT, "dist", "sluice")] : sluiceCommand();
}

/** The command line that serves a file: HAProxy's, which both answer. */
export function gatewayCommand(name: GatewayName, file: string): readonly string[] {
  if (name === "sluice") return [...benchedSluice(), "-db", "-f", file];
  const haproxy = haproxyAvailable();
  if (!haproxy.available) throw new Error(haproxy.reason);
  return [haproxy.path, "-db", "-f", file];
}

/** Starts a gateway that serves all scenarios, pinned by the words of `pin`. */
export async function startMeasured(
  name: GatewayName,
  all: readonly Scenario[],
  originPort: number,
  folder: string,
  pin: readonly string[],
): Promise<Measured> {
  const ports = new Map<string, number>();
  for (const { frontend } of all) ports.set(frontend, await freePort());
  const isHaproxy = name === "haproxy";
  const parts = sections(all, ports, originPort, isHaproxy ? ["nbthread 1"] : []);
  const file = join(folder, isHaproxy ? "haproxy.cfg" : "sluice.yaml");
  writeFileSync(file, (isHaproxy ? renderHaproxyCfg(parts) : renderYaml(parts)).text);
  const process = await startGateway({
    name,
    command: [...pin, ...gatewayCommand(name, file)],
    cwd: ROOT,
    at: { host: "127.0.0.1", port: ports.get(all[0]?.frontend ?? "") ?? 0 },
  });
  return { process, ports };
}
