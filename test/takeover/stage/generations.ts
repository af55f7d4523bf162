import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluiceCommand } from "../../support/sluice.ts";
import { isAlive } from "../../support/process_state.ts";

export interface Ended {
  readonly status: number;
  readonly output: string;
}

/** Milliseconds that anything is waited for. */
const patienceMs = 30_000;

/** One gateway through its generations: each process takes over from the one before. */
export class Generations implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "sluice-takeover-"));
  readonly file = join(this.folder, "haproxy.cfg");
  /** What all of them have said. */
  output = "";
  readonly #first: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #pids: number[] = [];
  /** Such as did not take over; they may serve whom they got to the end. */
  readonly #sentBack: number[] = [];
  readonly #wake = new Set<() => void>();

  /**
   * @param program what starts the first one
   * @param files others of its folder, by name
   */
  constructor(
    configuration: string,
    args: readonly string[] = [],
    program: readonly string[] = sluiceCommand(),
    files: Readonly<Record<string, string>> = {},
  ) {
    writeFileSync(this.file, configuration);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text);
    this.#first = Bun.spawn([...program, "run", "-f", this.file, ...args], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      cwd: this.folder,
      env: this.#environment,
    });
    this.#pids.push(this.#first.pid);
    void this.#collect(this.#first.stdout);
    void this.#collect(this.#first.stderr);
  }

  /** Sockets of the endpoint. */
  get endpoint(): { readonly control: string; readonly descriptors: string } {
    const folder = join(this.folder, "run", "test");
    return {
      control: join(folder, "takeover.sock"),
      descriptors: join(folder, "takeover.fd.sock"),
    };
  }

  get #environment(): Record<string, string | undefined> {
    return { ...process.env, RUNTIME_DIRECTORY: join(this.folder, "run") };
  }

  /** The process that serves. */
  get pid(): number {
    return this.#pids.at(-1)!;
  }

  get pids(): readonly number[] {
    return this.#pids;
  }

  async ready(): Promise<this> {
    await this.waitFor(() => existsSync(this.endpoint.control), "an endpoint");
    return this;
  }

  /** Waits until the text was said so many times. */
  said(text: string, times = 1): Promise<void> {
    return this.waitFor(() => this.output.split(text).length > times, `'${text}'`);
  }

  rewrite(configuration: string): void {
    writeFileSync(this.file, configuration);
  }

  /**
   * Runs `sluice upgrade`.
   *
   * @param hear is told what it says at once
   */
  async upgrade(
    args: readonly string[] = ["--probation", "50"],
    hear: (text: string) => void = () => {},
  ): Promise<Ended> {
    const command = ["upgrade", "-f", this.file, "--instance", "test", ...args];
    const ended = await this.run(command, hear);
    this.noteSuccessor(ended.output);
    return ended;
  }

  noteSuccessor(output: string): void {
    const started = /started process (\d+)/.exec(output);
    if (!started) return;
    const pid = Number(started[1]);
    if (/^upgraded/m.test(output)) this.succeededBy(pid);
    else this.#sentBack.push(pid);
  }

  /** From now on this process serves. */
  succeededBy(pid: number): void {
    this.#pids.push(pid);
  }

  /**
   * Runs a command of sluice.
   *
   * @param hear is told what it says at once
   * @param program what runs it
   */
  async run(
    args: readonly string[],
    hear: (text: string) => void = () => {},
    program: readonly string[] = sluiceCommand(),
  ): Promise<Ended> {
    const child = Bun.spawn([...program, ...args], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      cwd: this.folder,
      env: this.#environment,
    });
    const [out, err, status] = await Promise.all([
      textOf(child.stdout, hear),
      textOf(child.stderr, hear),
      child.exited,
    ]);
    return { status, output: out + err };
  }

  /** Resolves when a process is gone. */
  async gone(pid: number): Promise<void> {
    await this.waitFor(() => !isAlive(pid), `the end of ${pid}`);
  }

  async waitFor(done: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!done()) {
      if (Date.now() > deadline) {
        throw new Error(`Waited for ${what}, in vain; said so far:\n${this.output}`);
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.#wake.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, 20);
        this.#wake.add(wake);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whoever is left was started for this gateway: it stands in its folder.
    const left = [...this.#pids, ...this.#sentBack].filter((pid) => this.#standsHere(pid));
    for (const pid of left) process.kill(pid, "SIGTERM");
    for (const pid of left) await this.gone(pid).catch(() => process.kill(pid, "SIGKILL"));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Alive, and not another one that got its number since. */
  #standsHere(pid: number): boolean {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === this.folder;
    } catch {
      return false;
    }
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const piece of stream) {
      this.output += Buffer.from(piece).toString("latin1");
      for (const wake of [...this.#wake]) wake();
    }
  }
}

async function textOf(
  stream: ReadableStream<Uint8Array>,
  hear: (text: string) => void,
): Promise<string> {
  let text = "";
  for await (const piece of stream) {
    const some = Buffer.from(piece).toString("latin1");
    hear(some);
    text += some;
  }
  return text;
}

/** Descriptors that a process has. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
