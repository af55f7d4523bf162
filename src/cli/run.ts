import process from "node:process";
import { libc } from "../../ffi/mod.ts";
import { formatDiagnostic } from "../config/diagnostic.ts";
import type { ConfigurationFormat } from "../config/source_file.ts";
import type { Plan, ProcessPlan } from "../config/plan.ts";
import { level } from "../observe/log_level.ts";
import type { TakeoverService } from "../takeover/takeover_service.ts";
import { confine, ConfinementError, isConfined, limitDescriptors } from "./confinement.ts";
import { FileWatch } from "./file_watch.ts";
import { type Leaving, leavingWithAnswer } from "../proxy/close_spread.ts";
import type { Inheritance } from "../proxy/gateway.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { listens } from "./haproxy_checks.ts";
import { takeRole } from "./process_role.ts";
import { type Candidate, ServedGateway } from "./served_gateway.ts";
import { ServiceSockets } from "./service_sockets.ts";
import { ServiceUnit } from "./service_unit.ts";
import {
  inheritedWish,
  join,
  type JoiningResult,
  takeoverEndpoint,
  takeoverService,
  type TakeoverWish,
} from "./takeover.ts";

export interface RunOptions {
  /** Configuration files, read as if they were one. */
  readonly files: readonly string[];
  /** Reload when one of them changes. */
  readonly watch: boolean;
  readonly format?: ConfigurationFormat;
  /** Takes over from a process that runs. */
  readonly takeover?: "auto" | "require";
  /** Name under which the process is found, instead of its files'. */
  readonly instance?: string;
  /** How long a successor is watched before connections move to it, ms. */
  readonly probationMs?: number;
}

/**
 * Serves until a signal ends it, or a successor has taken everything over. Resolves to the exit
 * status: 0, or why it could not start.
 */
export async function runCommand(options: RunOptions): Promise<number> {
  const { files, format } = options;
  const sockets = await ServiceSockets.of(takeRole().serviceSockets);
  const own = await GatewayProcess.create(say);
  const unit = await ServiceUnit.of(process.env, own, sockets);
  const runner = new Runner(new ServedGateway(own, { files, format }, sockets), options, unit);
  // A signal may come as soon as a line says that the gateway listens.
  const stopped = runner.untilStopped();
  const status = await runner.start();
  if (status !== undefined) {
    await runner.stopNow();
    return status;
  }
  runner.watch();
  return await stopped;
}

/** There is nobody to take over from. */
const unavailable = 69;
/** The process that runs goes on; another try may do. */
const notTakenOver = 75;

/** Events on the terminal; access logs have targets of their own. */
function say(severity: number, text: string): void {
  const word = severity <= level.err ? "alert" : severity === level.warning ? "warning" : "notice";
  process.stderr.write(`[${word}] ${text}\n`);
}

class Runner {
  #watch: FileWatch | undefined;
  #serving = false;
  #place: Awaited<ReturnType<typeof takeoverEndpoint>> | undefined;
  #service: TakeoverService | undefined;
  /** Ends the process with a status, once `end` is done. */
  #leave: (status: number, end: () => Promise<void>) => void = () => {};

  constructor(
    private readonly served: ServedGateway,
    private readonly options: RunOptions,
    private readonly unit: ServiceUnit,
  ) {}

  /** Resolves to undefined when it serves, else to the exit status. */
  start(): Promise<number | undefined> {
    return this.served.inTurn(async () => {
      const candidate = await this.#read();
      if (!candidate.plan) return 1;
      const { files, instance, probationMs } = this.options;
      this.#place = await takeoverEndpoint(files, instance);
      const asked = this.options.takeover;
      const wish = inheritedWish() ?? (asked && { mode: asked, probationMs });
      if (!wish) return await this.#begin(candidate.plan, candidate);
      return await this.#join(wish, candidate.plan, candidate);
    });
  }

  /** Starts with nothing but its configuration. */
  async #begin(plan: Plan, candidate: Candidate): Promise<number | undefined> {
    if (!(await this.#apply(plan, candidate))) return 1;
    if (!(await withdraw(plan.global.process))) return 1;
    await this.#openService();
    this.#announce();
    for (const { fd, name } of this.served.sockets.unused) {
      say(level.warning, `no bind uses socket ${fd} ('${name}') of the service manager`);
    }
    await this.unit.ready();
    return undefined;
  }

  /** Starts with what a process that runs has. */
  async #join(wish: TakeoverWish, plan: Plan, candidate: Candidate): Promise<number | undefined> {
    const place = this.#place!;
    if ("why" in place) {
      say(level.alert, `no takeover: ${place.why}`);
      return unavailable;
    }
    const apply = async (inheritance: Inheritance) => {
      const fault = await this.served.apply(plan, candidate, inheritance);
      if (fault) process.stderr.write(formatDiagnostic(fault.diagnostic) + "\n");
      return fault?.diagnostic.message;
    };
    const settle = () => this.#openService();
    const steps = { apply, settle };
    const { accepting, result } = join(place, wish, this.served.process, plan, steps);
    const first = await Promise.race([accepting, result]);
    if (first === "accepting") {
      this.#announce();
      if (!(await withdraw(plan.global.process))) return 1;
      void result.then((ended) => this.#joined(ended));
      return undefined;
    }
    switch (first.kind) {
      case "nobody":
        if (wish.mode === "auto") return await this.#begin(plan, candidate);
        say(level.alert, "no takeover: no process of this instance runs");
        return unavailable;
      case "dry run":
        say(level.notice, "a takeover would work");
        return 0;
      default:
        say(level.alert, `no takeover: ${"why" in first ? first.why : first.kind}`);
        return "refusal" in first && first.refusal?.reason === "configuration" ? 1 : notTakenOver;
    }
  }

  /** The takeover is over, one way or the other; clients are served here already. */
  async #joined(result: JoiningResult): Promise<void> {
    if (result.kind === "taken over" || result.kind === "left alone") {
      const alone = result.kind === "left alone" ? `: ${result.why}` : "";
      say(level.notice, `${result.kind}${alone}`);
      await this.unit.ready();
      return;
    }
    say(level.err, `sent back: ${"why" in result ? result.why : result.kind}`);
    this.#leave(notTakenOver, () => this.#drain(leavingWithAnswer));
  }

  #announce(): void {
    this.#serving = true;
    for (const { frontend, bind } of this.#gateway.listeners) {
      say(level.notice, `frontend ${frontend.name} listens on ${bind.text}`);
    }
    for (const { bind } of this.served.process.control.listeners) {
      say(level.notice, `runtime commands: listens on ${bind.text}`);
    }
  }

  /** From now on a successor can find this process. It serves all the same when that can't be. */
  async #openService(): Promise<void> {
    const place = this.#place!;
    try {
      if ("why" in place) throw new Error(place.why);
      if (isConfined(this.#gateway.plan.global.process)) {
        throw new Error("'user', 'group' and 'chroot' have taken its rights away");
      }
      const service = takeoverService(place, {
        process: this.served.process,
        supervisor: this.unit,
        say,
        handedOver: () => this.#handedOver(),
      });
      await service.open();
      this.#service = service;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(level.notice, `this process can't be taken over: ${why}`);
    }
  }

  #handedOver(): void {
    this.#service?.close("kept");
    this.#service = undefined;
    this.#leave(0, () => this.#gateway.stop());
  }

  stopNow(): Promise<void> {
    return this.#gateway.stop();
  }

  get #gateway() {
    return this.served.process.gateway;
  }

  async #read(): Promise<Candidate> {
    const candidate = await this.served.read();
    for (const diagnostic of candidate.diagnostics) {
      process.stderr.write(formatDiagnostic(diagnostic) + "\n");
    }
    if (!candidate.plan || listens(candidate.plan)) return candidate;
    say(level.alert, "No enabled listener found (check for 'bind' directives)");
    return { ...candidate, plan: undefined };
  }

  async #apply(plan: Plan, candidate: Candidate): Promise<boolean> {
    const fault = await this.served.apply(plan, candidate);
    if (fault) process.stderr.write(formatDiagnostic(fault.diagnostic) + "\n");
    return fault === undefined;
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
      this.#leave = (status, end) => {
        this.#watch?.close();
        void end().then(() => resolve(status));
      };
      const ending = (end: () => Promise<void>) => () => {
        if (!this.#serving) process.exit(0);
        this.#service?.close("removed");
        this.#service = undefined;
        void this.unit.stopping();
        this.#leave(0, end);
      };
      const stop = ending(() => this.#gateway.stop());
      process.on("SIGTERM", stop);
      process.on("SIGINT", stop);
      process.on("SIGUSR1", ending(() => this.#drain()));
      process.on("SIGUSR2", () => void this.#upgrade());
      process.on("SIGHUP", () => this.#reload());
    });
  }

  #drain(leaving?: Leaving): Promise<void> {
    return this.#gateway.drain(this.#gateway.plan.global.hardStopAfterMs, leaving);
  }

  /** Replaces this process by one that is started from the same file. */
  async #upgrade(): Promise<void> {
    const service = this.#service;
    if (!service) return say(level.warning, "no upgrade: this process can't be taken over");
    const { probationMs } = this.options;
    const result = await service.upgrade({ dryRun: false, probationMs }, () => {});
    if (result.kind === "kept") say(level.warning, `no upgrade: ${result.why}`);
    if (result.kind === "handed over") this.#handedOver();
  }

  #reload(): void {
    if (this.#service?.busy) {
      return say(level.warning, "reload refused: a takeover is under way");
    }
    void this.served.inTurn(async () => {
      await this.unit.reloading();
      this.served.process.reopenLogs();
      const candidate = await this.#read();
      const { plan } = candidate;
      if (plan && await this.#apply(plan, candidate)) {
        this.#watch?.set(filesOf(plan));
        say(level.notice, "configuration reloaded");
        await this.unit.ready();
      } else {
        say(level.warning, "reload refused: the running configuration stays");
        await this.unit.reloadFailed();
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
