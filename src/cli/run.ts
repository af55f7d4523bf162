import process from "node:process";
import { libc } from "../../ffi/mod.ts";
import { formatDiagnostic } from "../config/diagnostic.ts";
import type { ConfigurationFormat } from "../config/source_file.ts";
import type { Plan, ProcessPlan } from "../config/plan.ts";
import { level } from "../observe/log_level.ts";
import { confine, ConfinementError, isConfined, limitDescriptors } from "./confinement.ts";
import { FileWatch } from "./file_watch.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { listens } from "./haproxy_checks.ts";
import { ServedGateway } from "./served_gateway.ts";
import { ServiceManager } from "./service_manager.ts";

export interface RunOptions {
  /** Configuration files, read as if they were one. */
  readonly files: readonly string[];
  /** Reload when one of them changes. */
  readonly watch: boolean;
  readonly format?: ConfigurationFormat;
}

/** Serves until a signal ends it. Resolves to the exit code: 0, or 1 when it could not start. */
export async function runCommand(options: RunOptions): Promise<number> {
  const { files, format } = options;
  const runner = new Runner(
    new ServedGateway(await GatewayProcess.create(say), { files, format }),
    options,
  );
  // A signal may come as soon as a line says that the gateway listens.
  const stopped = runner.untilStopped();
  if (!(await runner.start())) {
    await runner.stopNow();
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
  #manager = ServiceManager.of(process.env);

  constructor(private readonly served: ServedGateway, private readonly options: RunOptions) {}

  start(): Promise<boolean> {
    return this.served.inTurn(async () => {
      const loaded = await this.#load();
      if (!loaded) return false;
      this.#serving = true;
      for (const { frontend, bind } of this.#gateway.listeners) {
        say(level.notice, `frontend ${frontend.name} listens on ${bind.text}`);
      }
      for (const { bind } of this.served.process.control.listeners) {
        say(level.notice, `runtime commands: listens on ${bind.text}`);
      }
      if (!(await withdraw(loaded.global.process))) return false;
      await this.#manager?.ready();
      return true;
    });
  }

  stopNow(): Promise<void> {
    return this.#gateway.stop();
  }

  get #gateway() {
    return this.served.process.gateway;
  }

  /** Compiles the files and makes the Plan live; undefined when they were not good enough. */
  async #load(): Promise<Plan | undefined> {
    const candidate = await this.served.read();
    const { plan, diagnostics } = candidate;
    for (const diagnostic of diagnostics) process.stderr.write(formatDiagnostic(diagnostic) + "\n");
    if (!plan) return undefined;
    if (!listens(plan)) {
      say(level.alert, "No enabled listener found (check for 'bind' directives)");
      return undefined;
    }
    const fault = await this.served.apply(plan, candidate);
    if (fault) process.stderr.write(formatDiagnostic(fault.diagnostic) + "\n");
    return fault ? undefined : plan;
  }

  /** Reloads when a file changes, if that is wanted. */
  watch(): void {
    if (!this.options.watch) return;
    this.#watch = new FileWatch(() => this.#reload());
    this.#watch.set(filesOf(this.#gateway.plan));
  }

  /** Waits for a signal that ends the process; before it serves, there is nothing to end. */
  untilStopped(): Promise<number> {
    return new Promise((resolve) => {
      const ending = (end: () => Promise<void>) => () => {
        if (!this.#serving) process.exit(0);
        this.#watch?.close();
        void this.#manager?.stopping();
        void end().then(() => resolve(0));
      };
      const stop = ending(() => this.#gateway.stop());
      process.on("SIGTERM", stop);
      process.on("SIGINT", stop);
      const drain = () => this.#gateway.drain(this.#gateway.plan.global.hardStopAfterMs);
      process.on("SIGUSR1", ending(drain));
      process.on("SIGHUP", () => this.#reload());
    });
  }

  #reload(): void {
    void this.served.inTurn(async () => {
      await this.#manager?.reloading();
      this.served.process.reopenLogs();
      const plan = await this.#load();
      if (plan) {
        this.#watch?.set(filesOf(plan));
        say(level.notice, "configuration reloaded");
        await this.#manager?.ready();
      } else {
        say(level.warning, "reload refused: the running configuration stays");
        await this.#manager?.reloadFailed();
      }
    }).catch((error) => say(level.err, `reload failed: ${error}`));
  }
}

/** What `global` says of the process; its starter decides whether it is a daemon. */
async function withdraw(own: ProcessPlan): Promise<boolean> {
  if (own.daemon || own.masterWorker) {
    say(level.notice, "'daemon' and 'master-worker' have no effect on 'sluice run'");
  }
  if (!isConfined(own) && own.descriptorsMax === undefined) return true;
  try {
    const native = await libc();
    if (own.descriptorsMax !== undefined && !limitDescriptors(native, own.descriptorsMax)) {
      say(level.warning, `cannot raise FD limit to ${own.descriptorsMax}`);
    }
    confine(native, own);
    return true;
  } catch (error) {
    if (!(error instanceof ConfinementError)) throw error;
    say(level.alert, error.message);
    return false;
  }
}

/** The configuration, what it names, and modules. */
function filesOf(plan: Plan): string[] {
  const modules = plan.frontends.flatMap((frontend) => frontend.modules.map(({ path }) => path));
  return [...plan.files, ...plan.namedFiles, ...modules];
}
