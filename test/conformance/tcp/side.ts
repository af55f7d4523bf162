import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeafPort } from "../../scenario/stage/deaf_port.ts";
import { type GatewayProcess, StartFailure } from "../../support/child_process.ts";
import { freePort } from "../../support/free_port.ts";
import { startHaproxy } from "../../support/haproxy.ts";
import { startSluice } from "../../support/sluice.ts";
import { SyslogSink } from "../../support/syslog_sink.ts";
import { blamedLines } from "../blame.ts";
import type { TcpCase } from "./case.ts";
import {
  place,
  type PlacedTcpCase,
  READY_HOST,
  type TcpSurroundings,
  writeConfiguration,
} from "./configuration.ts";
import { TcpOrigins } from "./origins.ts";

const ORIGINS = 4;
/** Attempts at a start: each leaves out the cases that the one before was refused for. */
const STARTS_MAX = 60;

/** A gateway that serves all cases that it can load, with the origins behind it. */
export class TcpSide implements AsyncDisposable {
  /** What the gateway said of each case that it refuses, by id. */
  readonly refused = new Map<string, string>();
  readonly origins = new TcpOrigins();
  readonly syslog = new SyslogSink();
  around!: TcpSurroundings;
  #gateway: GatewayProcess | undefined;
  #deaf: DeafPort | undefined;
  #folder: string;

  private constructor(readonly name: "haproxy" | "sluice") {
    this.#folder = mkdtempSync(join(tmpdir(), `conformance-tcp-${name}-`));
  }

  static async start(name: "haproxy" | "sluice", cases: readonly TcpCase[]): Promise<TcpSide> {
    const side = new TcpSide(name);
    try {
      await side.#start(place(cases));
    } catch (error) {
      await side[Symbol.asyncDispose]();
      throw error;
    }
    return side;
  }

  /** What the gateway has written to its standard streams. */
  output(): string {
    return this.#gateway?.output() ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway?.stop();
    await this.origins.stop();
    this.syslog.stop();
    this.#deaf?.close();
    if (process.env.KEEP_CONFIGURATION === undefined) rmSync(this.#folder, { recursive: true });
  }

  async #start(cases: readonly PlacedTcpCase[]): Promise<void> {
    const [origins] = await Promise.all([this.origins.start(ORIGINS), this.syslog.start()]);
    this.#deaf = await DeafPort.open();
    const start = this.name === "haproxy" ? startHaproxy : startSluice;
    for (let attempt = 1;; attempt++) {
      const around = this.around = {
        port: await freePort(),
        otherPort: await freePort(),
        origins,
        refusedPort: await freePort(),
        deafPort: this.#deaf.port,
        syslogPort: this.syslog.port,
        folder: this.#folder,
      };
      const served = cases.filter(({ id }) => !this.refused.has(id));
      const { path, owners } = writeConfiguration(served, around);
      try {
        this.#gateway = await start(path, { host: READY_HOST, port: around.port });
        return;
      } catch (error) {
        if (!(error instanceof StartFailure) || attempt === STARTS_MAX) throw error;
        const found = blamedLines(error.output, path, (line) => owners[line], served);
        if (found.size === 0 && !/in use/i.test(error.output)) throw error;
        for (const [id, text] of found) this.refused.set(id, text);
      }
    }
  }
}
