import process from "node:process";
import { libc } from "../../ffi/mod.ts";
import { formatDiagnostic } from "../config/diagnostic.ts";
import type { ConfigurationFormat } from "../config/source_file.ts";
import type { Plan, ProcessPlan } from "../config/plan.ts";
import { level } from "../observe/log_level.ts";
import { armFaults } from "../takeover/fault.ts";
import {
  confine,
  ConfinementError,
  endWithParent,
  isConfined,
  limitDescriptors,
} from "./confinement.ts";
import { FileWatch } from "./file_watch.ts";
import { type Leaving, leavingWithAnswer } from "../proxy/close_spread.ts";
import type { Inheritance } from "../proxy/gateway.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { listens } from "./haproxy_checks.ts";
import { sayLastWords } from "./last_words.ts";
import { type Role, takeRole } from "./process_role.ts";
import { leavesRightsToParent, runParent } from "./run_parent.ts";
import { type Candidate, ServedGateway } from "./served_gateway.ts";
import { ServiceSockets } from "./service_sockets.ts";
import { ServiceUnit } from "./service_unit.ts";
import { type Joined, Succession, type SuccessionHost } from "./succession.ts";
import { inheritedWish, type TakeoverWish } from "./takeover.ts";
import { say } from "./terminal_events.ts";

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
 * Serves until a signal ends it, or a successor has taken everything over. As process 1, and where a
 * process is to give up its rights, it lets a child serve. Resolves to the exit status: 0, or why it could not
 * start.
 */
export async function runCommand(options: RunOptions): Promise<number> {
  const { role, serviceSockets } = takeRole();
  if (role.kind === "first" && process.pid === 1) return await runParent(options);
  if (role.kind === "worker") endWithParent(await libc());
  const { files, format } = options;
  const warning = armFaults(process.env.SLUICE_FAULT);
  if (warning) say(level.warning, warning);
  const sockets = await ServiceSockets.of(serviceSockets);
  const own = await GatewayProcess.create(say);
  const unit = await ServiceUnit.of(process.env, own, sockets, role);
  const served = new ServedGateway(own, { files, format }, sockets);
  const runner = new Runner(served, options, unit, role);
  // A signal may come as soon as a line says that the gateway listens.
  const stopped = runner.untilStopped();
  const status = await runner.start();
  if (status === "parent") return await runParent(options);
  if (status !== undefined) {
    await runner.stopNow();
    return status;
  }
  runner.watch();
  return await stopped;
}

class Runner implements SuccessionHost {
  #watch: FileWatch | undefined;
  #serving = false;
  #succession: Succession | undefined;
  #candidate!: Candidate;
  readonly #handlers = new Map<NodeJS.Signals, () => void>();
  #isWithoutRights = false;
  /** Ends the process with a status, once `end` is done. */
  #leave: (status: number, end: () => Promise<void>) => void = () => {};

  constructor(
    private readonly served: ServedGateway,
    private readonly options: RunOptions,
    private readonly unit: ServiceUnit,
    private readonly role: Role,
  ) {}

  /**
   * Resolves to undefined when it serves, else to the exit status; `parent` when another process is to
   * serve, with this one as its parent.
   */
  start(): Promise<number | undefined | "parent"> {
    return this.served.inTurn(async () => {
      const wish = inheritedWish();
      const read = await this.served.read();
      if (this.role.kind === "first" && leavesRightsToParent(read)) {
        this.#forgetSignals();
        return "parent";
      }
      const candidate = this.#candidate = this.#judged(read);
      const { instance, probationMs, takeover } = this.options;
      if (!candidate.plan) {
        const others = read.plan ? [noListener] : [];
        if (wish) await sayLastWords(this.served.sources.files, instance, read, others);
        return 1;
      }
      const options = { instance, probationMs, role: this.role, supervisor: this.unit };
      const succession = this.#succession = await Succession.of(this.served, options, this);
      const wished = wish ?? (takeover && { mode: takeover, probationMs });
      return await this.#start(succession, candidate.plan, wished);
    });
  }

  async #start(
    succession: Succession,
    plan: Plan,
    wish: TakeoverWish | undefined,
  ): Promise<number | undefined> {
    const joined: Joined = wish ? await succession.join(wish, plan) : { kind: "nobody" };
    switch (joined.kind) {
      case "serves":
        return undefined;
      case "ends":
        return joined.status;
      case "nobody":
        return await this.#begin(succession, plan);
    }
  }

  /** Starts with nothing but its configuration. */
  async #begin(succession: Succession, plan: Plan): Promise<number | undefined> {
    if (!(await this.#apply(plan, this.#candidate))) return 1;
    await succession.warnOfAnother();
    await succession.open();
    if (!(await this.#withdraw(plan))) return 1;
    this.#sayHindrance();
    this.#announce();
    for (const { fd, name } of this.served.sockets.unused) {
      say(level.warning, `no bind uses socket ${fd} ('${name}') of the service manager`);
    }
    await this.unit.ready();
    return undefined;
  }

  #sayHindrance(): void {
    const hindrance = this.#succession?.hindrance;
    if (hindrance) say(level.notice, `this process can't be upgraded: ${hindrance}`);
  }

  say(severity: number, text: string): void {
    say(severity, text);
  }

  async apply(inheritance: Inheritance): Promise<string | undefined> {
    const { plan } = this.#candidate;
    const fault = await this.served.apply(plan!, this.#candidate, inheritance);
    if (fault) process.stderr.write(formatDiagnostic(fault.diagnostic) + "\n");
    return fault?.diagnostic.message;
  }

  accepting(): Promise<boolean> {
    this.#announce();
    return this.#withdraw(this.#candidate.plan!);
  }

  async #withdraw({ global }: Plan): Promise<boolean> {
    const done = await withdraw(global.process);
    this.#isWithoutRights = isConfined(global.process);
    // Another user is another parent's child, to the kernel.
    if (this.role.kind === "worker") endWithParent(await libc());
    return done;
  }

  async settled(): Promise<void> {
    this.#sayHindrance();
    await this.unit.ready();
  }

  leave(status: number, what: "nothing left" | "clients left"): void {
    this.#leave(
      status,
      () => what === "nothing left" ? this.#gateway.stop() : this.#drain(leavingWithAnswer),
    );
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

  stopNow(): Promise<void> {
    return this.#gateway.stop();
  }

  get #gateway() {
    return this.served.process.gateway;
  }

  /** Says what was found. */
  #judged(candidate: Candidate): Candidate {
    for (const diagnostic of candidate.diagnostics) {
      process.stderr.write(formatDiagnostic(diagnostic) + "\n");
    }
    if (!candidate.plan || listens(candidate.plan)) return candidate;
    say(level.alert, noListener);
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
        this.#succession?.close();
        void this.unit.stopping();
        this.#leave(0, end);
      };
      const stop = ending(() => this.#gateway.stop());
      this.#handlers.set("SIGTERM", stop);
      this.#handlers.set("SIGINT", stop);
      this.#handlers.set("SIGUSR1", ending(() => this.#drain()));
      this.#handlers.set("SIGUSR2", () => void this.#succession?.upgrade());
      this.#handlers.set("SIGHUP", () => this.#reload());
      for (const [signal, handler] of this.#handlers) process.on(signal, handler);
    });
  }

  #forgetSignals(): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    this.#handlers.clear();
  }

  #drain(leaving?: Leaving): Promise<void> {
    return this.#gateway.drain(this.#gateway.plan.global.hardStopAfterMs, leaving);
  }

  #reload(): void {
    const hold = this.#succession?.hold;
    if (hold === "gone") return;
    if (hold === "busy") {
      say(level.warning, "reload refused: a takeover is under way");
      return void this.unit.reloading().then(() => this.unit.reloadFailed());
    }
    void this.served.inTurn(async () => {
      // Another process serves by now, and reads what is new by itself.
      if (this.#handlers.size === 0) return;
      if (this.#isWithoutRights && this.role.kind === "worker") return await this.#reloadAnew();
      await this.unit.reloading();
      this.served.process.reopenLogs();
      const candidate = this.#judged(await this.served.read());
      const { plan } = candidate;
      if (plan && await this.#apply(plan, candidate)) {
        this.#watch?.set(filesOf(plan));
        say(level.notice, "configuration reloaded");
        await this.#succession?.reopen();
        await this.unit.ready();
      } else {
        say(level.warning, "reload refused: the running configuration stays");
        await this.unit.reloadFailed();
      }
    }).catch((error) => say(level.err, `reload failed: ${error}`));
  }

  /** What it has given up is with the parent: the next process reads the configuration, and goes on. */
  async #reloadAnew(): Promise<void> {
    const result = await this.#succession?.upgrade();
    if (result === "handed over") return say(level.notice, "configuration reloaded");
    say(level.warning, "reload refused: the running configuration stays");
    await this.unit.reloadFailed();
  }
}

const noListener = "No enabled listener found (check for 'bind' directives)";

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
