import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GatewayProcess } from "../support/child_process.ts";
import { freePort } from "../support/free_port.ts";
import { startHaproxy } from "../support/haproxy.ts";
import { startSluice } from "../support/sluice.ts";

const programs = { theirs: startHaproxy, ours: startSluice };

/** Sluice and the real haproxy on the same configuration, each at a port of its own. */
export class GatewayPair {
  private constructor(
    readonly ports: Readonly<Record<keyof typeof programs, number>>,
    readonly running: Readonly<Record<keyof typeof programs, GatewayProcess>>,
    private readonly folder: string,
  ) {}

  /** @param configure the haproxy.cfg of one that listens at a port */
  static async start(configure: (port: number) => string): Promise<GatewayPair> {
    const folder = mkdtempSync(join(tmpdir(), "gateway-pair-"));
    const start = async (side: keyof typeof programs, port: number): Promise<GatewayProcess> => {
      const file = join(folder, `${side}.cfg`);
      writeFileSync(file, configure(port));
      return await programs[side](file, { host: "127.0.0.1", port });
    };
    const ports = { theirs: await freePort(), ours: await freePort() };
    const theirs = await start("theirs", ports.theirs);
    const ours = await start("ours", ports.ours);
    return new GatewayPair(ports, { theirs, ours }, folder);
  }

  async stop(): Promise<void> {
    await Promise.all([this.running.theirs.stop(), this.running.ours.stop()]);
    rmSync(this.folder, { recursive: true });
  }
}
