import process from "node:process";
import { type Diagnostic, formatDiagnostic } from "../config/diagnostic.ts";
import { loadConfiguration } from "../config/load.ts";
import type { ConfigurationFormat } from "../config/source_file.ts";
import type { Plan } from "../config/plan.ts";
import { level } from "../observe/log_level.ts";
import { LogTargetError } from "../observe/log_destination.ts";
import { BindError } from "../proxy/gateway.ts";
import { prepareServers } from "../proxy/prepare_servers.ts";
import { ModuleError } from "../proxy/user_modules.ts";
import { FileWatch } from "./file_watch.ts";
import { GatewayProcess } from "./gateway_process.ts";

export interface RunOptions {
  /** Configuration files, read as if they were one. */
  readonly files: readonly string[];
  /** Reload when one of them changes. */
  readonly watch: boolean;
  readonly format?: ConfigurationFormat;
}

/** Serves until a signal ends it. Resolves to the exit code: 0, or 1 when it could not start. */
export async function runCommand(options: RunOptions): Promise<number> {
  const gateway = await GatewayProcess.create(say);
  const runner = new Runner(gateway, options);
  // A signal may come as soon as a line says that the gateway listens.
  const stopped = runner.untilStopped();
  if (!(await runner.start())) {
    await gateway.gateway.stop();
    return 1;
  }
  runner.watch();
  return await stopped;
}

/** Events on the terminal; access logs have targets of their own. */
function say(severity: number, text: string): void {
  const word = severity <= level.err ? "alert" : severity === level.warning ? "warning" : "notice";
  process.stderr.write(`[${word}] ${text}\n`);
}

class Runner {
  #watch: FileWatch | undefined;
  #serving = false;
  /** Reloads follow each other; a signal during one asks for one more. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly process_: GatewayProcess, private readonly options: RunOptions) {}

  start(): Promise<boolean> {
    const loaded = this.#load("start");
    this.#queue = loaded;
    return loaded;
  }

  /** Compiles the files and makes the Plan live; false when they were not good enough. */
  async #load(kind: "start" | "reload"): Promise<boolean> {
    const { files, format } = this.options;
    const staged = this.process_.state.stage();
    const { plan, diagnostics } = loadConfiguration(files, { staged, format });
    const prepared = plan && await prepareServers(plan);
    const all = [...diagnostics, ...prepared?.diagnostics ?? []];
    for (const diagnostic of all) process.stderr.write(formatDiagnostic(diagnostic) + "\n");
    if (!plan || all.some(({ severity }) => severity === "error")) return this.#refused(kind);
    try {
      await this.process_.apply(plan, staged, prepared!.addresses);
    } catch (error) {
      const diagnostic = asDiagnostic(error, files[0]!);
      process.stderr.write(formatDiagnostic(diagnostic) + "\n");
      return this.#refused(kind);
    }
    this.#serving = true;
    this.#watch?.set(filesOf(plan));
    this.#announce(kind);
    return true;
  }

  /** Reloads when a file changes, if that is wanted. */
  watch(): void {
    if (!this.options.watch) return;
    this.#watch = new FileWatch(() => this.#reload());
    this.#watch.set(filesOf(this.process_.gateway.plan));
  }

  /** Waits for a signal that ends the process; before it serves, there is nothing to end. */
  untilStopped(): Promise<number> {
    return new Promise((resolve) => {
      const stop = () => {
        if (!this.#serving) process.exit(0);
        this.#watch?.close();
        void this.process_.gateway.stop().then(() => resolve(0));
      };
      const drain = () => {
        if (!this.#serving) process.exit(0);
        this.#watch?.close();
        const { hardStopAfterMs } = this.process_.gateway.plan.global;
        void this.process_.gateway.drain(hardStopAfterMs).then(() => resolve(0));
      };
      process.on("SIGTERM", stop);
      process.on("SIGINT", stop);
      process.on("SIGUSR1", drain);
      process.on("SIGHUP", () => this.#reload());
    });
  }

  #reload(): void {
    this.#queue = this.#queue.then(() => {
      this.process_.reopenLogs();
      return this.#load("reload");
    }).catch((error) => say(level.err, `reload failed: ${error}`));
  }

  #refused(kind: "start" | "reload"): false {
    if (kind === "reload") say(level.warning, "reload refused: the running configuration stays");
    return false;
  }

  #announce(kind: "start" | "reload"): void {
    if (kind === "reload") return say(level.notice, "configuration reloaded");
    for (const listener of this.process_.gateway.listeners) {
      const { frontend, bind } = listener;
      say(level.notice, `frontend ${frontend.name} listens on ${bind.text}`);
    }
  }
}

/** Configuration and modules. */
function filesOf(plan: Plan): string[] {
  const modules = plan.frontends.flatMap((frontend) => frontend.modules.map(({ path }) => path));
  return [...plan.files, ...modules];
}

/** What went wrong while a good configuration was put to work, with the line that asked for it. */
function asDiagnostic(error: unknown, file: string): Diagnostic {
  const common = { severity: "error" as const };
  if (error instanceof BindError) {
    return { ...common, code: "bind-failed", at: error.bind.at, message: error.message };
  }
  if (error instanceof ModuleError) {
    return { ...common, code: "module-failed", at: error.plan.at, message: error.message };
  }
  const at = { file, line: 1, column: 1 };
  if (error instanceof LogTargetError) {
    return { ...common, code: "log-failed", at, message: error.message };
  }
  throw error;
}
