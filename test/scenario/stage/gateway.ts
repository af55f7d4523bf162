import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { environmentIn, sluiceCommand } from "../../support/sluice.ts";
import { patienceMs } from "./peer.ts";

export interface LaunchOptions {
  /** Program and its first arguments; Sluice when absent. */
  readonly command?: readonly string[];
  /** Behind `-f FILE`. */
  readonly args?: readonly string[];
  /** `run` is said, or left to be understood. */
  readonly spelling?: "run" | "bare";
  /** Name of the configuration's file. */
  readonly file?: string;
  /** Further files beside it, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A gateway that runs as a process of its own, in a folder of its own. */
export class StoryGateway {
  readonly folder: string;
  readonly file: string;
  output = "";
  /** Its own folder holds what the story puts there, and nothing else. */
  #shared = mkdtempSync(join(tmpdir(), "sluice-story-run-"));
  #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  #ended: Promise<number>;
  #wake = new Set<() => void>();

  constructor(configuration: string, options: LaunchOptions) {
    this.folder = mkdtempSync(join(tmpdir(), "sluice-story-"));
    this.file = join(this.folder, options.file ?? "sluice.yaml");
    writeFileSync(this.file, configuration);
    for (const [name, text] of Object.entries(options.files ?? {})) {
      writeFileSync(join(this.folder, name), text);
    }
    const run = options.spelling === "bare" ? [] : ["run"];
    this.#child = Bun.spawn([
      ...(options.command ?? sluiceCommand()),
      ...run,
      "-f",
      this.file,
      ...(options.args ?? []),
    ], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      cwd: this.folder,
      env: environmentIn(this.#shared),
    });
    const child = this.#child;
    process.once("exit", this.#abandon);
    const streams = Promise.all([this.#collect(child.stdout), this.#collect(child.stderr)]);
    this.#ended = streams.then(() => child.exited);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until every bind listens; fails with what it said when it ends instead. */
  async ready(): Promise<this> {
    await this.said(" listens on ");
    return this;
  }

  /** Waits until standard output or error holds `text` for the `times`th time; returns that line. */
  async said(text: string, times = 1): Promise<string> {
    const at = (): number => {
      let found = -1;
      for (let i = 0; i < times; i++) {
        found = this.output.indexOf(text, found + 1);
        if (found < 0) return -1;
      }
      return found;
    };
    const whole = (): boolean => at() >= 0 && this.output.includes("\n", at());
    await this.#wait(whole, `'${text}'`);
    const from = this.output.lastIndexOf("\n", at()) + 1;
    return this.output.slice(from, this.output.indexOf("\n", at()));
  }

  signal(name: "SIGHUP" | "SIGUSR1" | "SIGTERM" | "SIGINT"): void {
    this.#child.kill(name);
  }

  /** Writes its configuration anew. */
  rewrite(configuration: string): void {
    writeFileSync(this.file, configuration);
  }

  /** Resolves to its exit code. */
  exited(): Promise<number> {
    return this.#ended;
  }

  /** Resident memory in bytes. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  }

  /** Open descriptors. */
  descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  async stop(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    if (this.#child.exitCode === null) this.#child.kill("SIGTERM");
    await this.#child.exited;
    clearTimeout(timer);
    process.off("exit", this.#abandon);
    for (const folder of [this.folder, this.#shared]) {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  readonly #abandon = (): void => this.#child.kill("SIGKILL");

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const piece of stream) {
      this.output += Buffer.from(piece).toString("latin1");
      for (const wake of this.#wake) wake();
    }
    for (const wake of this.#wake) wake();
  }

  #wait(done: () => boolean, what: string): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        this.#wake.delete(look);
        if (error) reject(error);
        else resolve();
      };
      const fail = (why: string): void =>
        settle(new Error(`Waited for ${what}, ${why}; the gateway said:\n${this.output}`));
      const look = (): void => {
        if (done()) settle();
      };
      const timer = setTimeout(() => fail("in vain"), patienceMs);
      this.#wake.add(look);
      void this.#ended.then(() => done() ? settle() : fail("but it ended"));
    });
  }
}
