import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environmentIn, sluiceCommand } from "../support/sluice.ts";

/** What a command line left behind. */
export interface Outcome {
  readonly status: number;
  readonly out: string;
  /** With `(pid)` in place of the process's number. */
  readonly err: string;
}

/** A folder of configurations, and command lines run in it. */
export class CommandStage {
  readonly folder = mkdtempSync(join(tmpdir(), "sluice-command-"));

  constructor(private readonly program: readonly string[] = sluiceCommand()) {}

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Runs to the end, which has to come by itself. */
  run(...args: string[]): Outcome {
    const run = Bun.spawnSync([...this.program, ...args], {
      cwd: this.folder,
      env: environmentIn(this.folder),
      stdin: "ignore",
    });
    return {
      status: run.exitCode,
      out: run.stdout.toString(),
      err: run.stderr.toString().replace(/\([0-9]+\) :/g, "(pid) :"),
    };
  }

  /** Starts and goes on. */
  start(args: readonly string[], options: StartOptions = {}): Started {
    return new Started([...this.program, ...args], this.folder, options);
  }

  end(): void {
    rmSync(this.folder, { recursive: true });
  }
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Descriptors that the process inherits as 3 and following. */
  readonly descriptors?: readonly number[];
}

/** A process that runs, and what it says on standard error. */
export class Started {
  readonly #child: Bun.Subprocess<"ignore", "ignore", "pipe">;
  readonly #read: Promise<void>;
  #said = "";
  #wake: (() => void)[] = [];

  constructor(command: string[], cwd: string, { env, descriptors = [] }: StartOptions) {
    this.#child = Bun.spawn(command, {
      cwd,
      env: { ...environmentIn(cwd), ...env },
      stdio: ["ignore", "ignore", "pipe", ...descriptors],
    }) as Bun.Subprocess<"ignore", "ignore", "pipe">;
    this.#read = this.#gather();
  }

  get pid(): number {
    return this.#child.pid;
  }

  get said(): string {
    return this.#said;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it has said this, `times` times; throws when it ends before. */
  async says(text: string, times = 1): Promise<void> {
    for (;;) {
      if (this.#said.split(text).length > times) return;
      if (this.#child.exitCode !== null) {
        await this.#read;
        if (this.#said.split(text).length > times) return;
        throw new Error(`it ended without saying '${text}':\n${this.#said}`);
      }
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** Resolves to the exit status, 128 and more for a signal. */
  async ended(): Promise<number> {
    await this.#child.exited;
    await this.#read;
    return this.#child.exitCode ?? 128 + (signalNumbers[String(this.#child.signalCode)] ?? 0);
  }

  async #gather(): Promise<void> {
    for await (const bytes of this.#child.stderr) {
      this.#said += new TextDecoder().decode(bytes);
      for (const wake of this.#wake.splice(0)) wake();
    }
    for (const wake of this.#wake.splice(0)) wake();
  }
}

const signalNumbers: Readonly<Record<string, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** A frontend that answers by itself. */
export function answering(port: number, global = ""): string {
  return `global
${global}
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 1s
frontend www
  bind 127.0.0.1:${port}
  http-request return status 200 content-type text/plain string hello
`;
}

/** The body that a request to a port gets; undefined when nobody listens. */
export async function ask(port: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
    return await answer.text();
  } catch {
    return undefined;
  }
}
