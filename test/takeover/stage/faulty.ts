import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { libc } from "../../../ffi/mod.ts";
import { openControl } from "../../../src/takeover/control_connect.ts";
import { isTrusted } from "../../../src/takeover/fd_gate.ts";
import { freePort } from "../../support/free_port.ts";
import { sluiceCommand } from "../../support/sluice.ts";
import { Generations } from "./generations.ts";
import { KeepAliveClient, NewConnections } from "./traffic.ts";

/** Longer than any step may take. */
const patienceMs = 90_000;
const probationMs = 50;

/** What has become of an upgrade, in the words of the process that ran. */
export type Outcome = "handed over" | "kept" | "silence";

/** A gateway whose processes fail at the steps that they are told to. */
export class FaultyGateway implements AsyncDisposable {
  private constructor(readonly gateway: Generations, readonly port: number) {}

  /**
   * @param fault of the first process, as `SLUICE_FAULT` has it
   * @param more of its configuration
   */
  static async make(origin: number, fault: string, more = ""): Promise<FaultyGateway> {
    const port = await freePort();
    // No connection to a server outlives its exchange: descriptors can be counted.
    const file = `
defaults
  mode http
  option http-server-close
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend fe
  bind 127.0.0.1:${port}
  default_backend be
backend be
  server s 127.0.0.1:${origin}
${more}`;
    const program = ["env", `SLUICE_FAULT=${fault}`, ...sluiceCommand()];
    const gateway = new Generations(file, ["--instance", "test"], program);
    return new FaultyGateway(await gateway.ready(), port);
  }

  /** Asks the process that runs for an upgrade to one with a fault. */
  async upgrade(fault: string): Promise<Upgrade> {
    const { gateway } = this;
    const opening = await openControl(await libc(), gateway.endpoint.control, isTrusted);
    if (opening.kind !== "open") throw new Error(opening.kind);
    const { channel } = opening;
    channel.say("upgrade", { program: this.#program(fault), dryRun: false, probationMs });
    const started = await channel.hear("progress", patienceMs);
    const text = started.kind === "heard" ? started.says.text : started.failure.kind;
    const pid = Number(/^started process (\d+)$/.exec(text)?.[1]);
    const outcome = async (): Promise<Outcome> => {
      for (;;) {
        const said = await channel.next(patienceMs);
        if ("kind" in said) return "silence";
        if (said.name !== "result") continue;
        channel.close();
        return said.says.kind === "handed over" ? "handed over" : "kept";
      }
    };
    return { pid, outcome: outcome() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
  }

  #program(fault: string): string {
    const path = join(this.gateway.folder, fault.replaceAll(/\W/g, "-") || "sound");
    if (existsSync(path)) return path;
    const command = sluiceCommand().map((word) => `'${word}'`).join(" ");
    writeFileSync(path, `#!/bin/sh\nexport SLUICE_FAULT='${fault}'\nexec ${command} "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  }
}

/** One that is under way. */
export interface Upgrade {
  /** The new process. */
  readonly pid: number;
  readonly outcome: Promise<Outcome>;
}

/** Clients who stay and clients who come, from before a fault to after it. */
export class Clients {
  readonly #staying: KeepAliveClient[];
  readonly #coming: NewConnections;

  constructor(readonly port: number) {
    this.#staying = [7, 11, 13].map((thinkMs) => new KeepAliveClient(port, `c${thinkMs}`, thinkMs));
    this.#coming = new NewConnections(port, 5);
  }

  get served(): boolean {
    return this.#staying.every(({ answered }) => answered > 1) && this.#served > 0;
  }

  get #served(): number {
    return this.#coming.opened - this.#coming.failed - 1;
  }

  /** Resolves to a look that tells whether newcomers have been served since. */
  newcomersServed(): () => boolean {
    const before = this.#served;
    return () => this.#served > before + 1;
  }

  /** Ends them, and tells what they have lost. */
  async stop(): Promise<{ readonly staying: number; readonly coming: readonly string[] }> {
    await Promise.all([...this.#staying.map((one) => one.stop()), this.#coming.stop()]);
    const lost = this.#staying.map(({ lost, wrong, closes }) => lost + wrong + closes);
    return { staying: lost.reduce((a, b) => a + b, 0), coming: this.#coming.failures };
  }
}
