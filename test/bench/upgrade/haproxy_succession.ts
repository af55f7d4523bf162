import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { untilControl } from "../../support/control_client.ts";
import { haproxyAvailable } from "../../support/haproxy.ts";
import type { Succession } from "./kept_clients.ts";

/** haproxy, replaced by the next one as its manual says: `-x` for its sockets, `-sf` for its end. */
export class HaproxySuccession implements Succession {
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-bench-haproxy-"));
  readonly #control = join(this.#folder, "control.sock");
  readonly #file = join(this.#folder, "haproxy.cfg");
  readonly #path: string;
  #running: Bun.Subprocess | undefined;

  /** @param configuration with the lines that it is given in `global` */
  constructor(configuration: (globals: readonly string[]) => string) {
    const haproxy = haproxyAvailable();
    if (!haproxy.available) throw new Error(haproxy.reason);
    this.#path = haproxy.path;
    const socket = `stats socket ${this.#control} level admin expose-fd listeners`;
    writeFileSync(this.#file, configuration(["nbthread 1", socket]));
  }

  async start(): Promise<this> {
    await this.#next([]);
    return this;
  }

  async replace(): Promise<void> {
    const old = this.#running!;
    await this.#next(["-x", this.#control, "-sf", String(old.pid)]);
    await old.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running?.kill();
    await this.#running?.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #next(args: readonly string[]): Promise<void> {
    const child = Bun.spawn([this.#path, "-db", "-f", this.#file, ...args], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    this.#running = child;
    while (!(await untilControl(this.#control, "show info\n")).includes(`\nPid: ${child.pid}\n`)) {
      if (child.exitCode !== null) throw new Error(await new Response(child.stderr).text());
    }
  }
}
