import process from "node:process";
import { libc } from "../../ffi/mod.ts";
import { startDaemon } from "./daemon.ts";
import { endpointOf } from "../takeover/endpoint.ts";
import { useGrant } from "../takeover/granted_program.ts";
import type { HaproxyMessages } from "./haproxy_messages.ts";
import { Orphans } from "./orphans.ts";
import type { ParentRequest, StartRequest } from "./parent_request.ts";
import { type Role, type StartedProcess, startSelf, tell, type Word } from "./process_role.ts";
import { ServiceManager } from "./service_manager.ts";
import { leaveStandardStreams } from "./standard_streams.ts";
import { takeoverEnvironment } from "./takeover.ts";

/** Of a process that a signal has ended; the signal's number is added. */
const signalled = 128;

/** The statuses of a worker that ended because it was told to. */
const orderly: ReadonlySet<number> = new Set([0, 143]);

/** How a master works, and what for. */
export interface MasterOptions {
  /** The words of the command line, to start workers with. */
  readonly args: readonly string[];
  /** What the workers are found by. */
  readonly files: readonly string[];
  readonly instance: string | undefined;
  readonly messages: Pick<HaproxyMessages, "notice" | "warning" | "alert" | "hush">;
  readonly role: Role;
  /** Tells the service manager. */
  readonly notifies: boolean;
  /** What SIGUSR2 means: HAProxy's master reloads. */
  readonly usr2: "reload" | "upgrade";
}

/** A worker and how it takes a new configuration. */
interface Worker {
  readonly process: StartedProcess;
  /** It gave up what it would need to read and bind once more: another one takes over. */
  confined: boolean;
  ready: boolean;
  /** It was started to bring a new configuration. */
  readonly isReload: boolean;
  /** Takes over from this one, as long as both run. */
  successor?: Worker;
  /** The one that has asked for it, and hears of its end. */
  readonly predecessor?: Worker | undefined;
}

/**
 * Keeps a worker that serves, and passes signals on to it. Resolves to the exit status when the
 * last worker has ended: the worker's own, 0 when it was terminated.
 */
export async function runMaster(options: MasterOptions): Promise<number> {
  const manager = options.notifies ? await ServiceManager.of(process.env) : undefined;
  const orphans = process.pid === 1 ? new Orphans(await libc()) : undefined;
  return await new Promise((resolve) => new Master(options, manager, orphans, resolve).start());
}

/** Why a worker is started. */
interface WorkerStart {
  /** The one that is to end once this one serves. */
  readonly replaces?: number;
  readonly predecessor?: Worker;
  readonly request?: StartRequest;
}

/** Successors of one worker that do not serve yet, or serve only whom they got before they were sent back. */
const successorsMax = 8;

class Master {
  readonly #workers = new Set<Worker>();
  #current: Worker | undefined;
  #reloading = false;
  #ending = false;
  #status = 0;
  #background = false;
  /** Whoever started this process knows that it serves. */
  #told = false;

  constructor(
    private readonly options: MasterOptions,
    private readonly manager: ServiceManager | undefined,
    private readonly orphans: Orphans | undefined,
    private readonly end: (status: number) => void,
  ) {}

  start(): void {
    this.#startWorker({});
    this.orphans?.watch();
    process.on("SIGINT", () => this.#leave("SIGINT"));
    process.on("SIGTERM", () => this.#leave("SIGTERM"));
    process.on("SIGUSR1", () => this.#leave("SIGUSR1"));
    process.on("SIGUSR2", () => {
      if (this.options.usr2 === "reload") this.#reload();
      else this.#current?.process.kill("SIGUSR2");
    });
    process.on("SIGHUP", () => this.#reload());
    process.on("SIGTTOU", () => this.#tellAll("SIGTTOU"));
    process.on("SIGTTIN", () => this.#tellAll("SIGTTIN"));
  }

  #startWorker({ replaces, predecessor, request }: WorkerStart): Worker {
    const detached = this.options.role.kind === "daemon";
    const follows = predecessor?.process.pid;
    const child = startSelf({
      args: this.options.args,
      program: request?.program,
      environment: request && takeoverEnvironment(request),
      roleAt: (channel) => ({ kind: "worker", channel, replaces, follows, detached }),
      said: (word) => this.#said(worker, word),
      asked: (asked) => this.#obey(worker, asked),
    });
    // Whoever has asked for a successor may have done so to reload.
    const isReload = replaces !== undefined || (this.#reloading && predecessor !== undefined);
    const worker: Worker = { process: child, confined: false, ready: false, isReload, predecessor };
    this.#workers.add(worker);
    this.orphans?.spare(child.pid);
    this.#current ??= worker;
    void child.exited.then((status) => this.#ended(worker, status));
    this.#messages.notice(`New worker (${child.pid}) forked`);
    return worker;
  }

  #obey(worker: Worker, asked: ParentRequest): void {
    switch (asked.kind) {
      case "start": {
        const why = this.#whyNotStart(worker, asked);
        if (why === undefined) this.#startSuccessor(worker, asked);
        else worker.process.answer({ kind: "refused", why });
        return;
      }
      case "kill": {
        const isItsOwn = (one: Worker) => one.predecessor === worker && !one.ready;
        const all = [...this.#workers].filter(isItsOwn);
        all.find(({ process }) => process.pid === asked.pid)?.process.kill("SIGKILL");
        return;
      }
      default:
        asked satisfies never;
    }
  }

  /** A worker may be anybody's: it gets what it is there for, and no more. */
  #whyNotStart(worker: Worker, { program }: StartRequest): string | undefined {
    if (worker !== this.#current || this.#ending) return "it is not the worker that serves";
    const { successor } = worker;
    const isReplaced = successor && !successor.predecessor && this.#workers.has(successor);
    if (isReplaced) return "a reload is under way";
    const waiting = [...this.#workers].filter(({ predecessor, ready }) =>
      predecessor === worker && !ready
    );
    if (waiting.length >= successorsMax) return "too many have been started already";
    if (program === undefined || this.#isGranted(program)) return undefined;
    return `the parent starts '${program}' only for 'sluice upgrade --to'`;
  }

  #isGranted(program: string): boolean {
    const { files, instance } = this.options;
    const uid = process.geteuid!();
    const endpoint = endpointOf({ files, instance, environment: process.env, uid });
    return !("why" in endpoint) && useGrant(endpoint, program, uid);
  }

  /** A child of its predecessor would end with that one, be nobody's here, and have no more rights. */
  #startSuccessor(predecessor: Worker, request: StartRequest): void {
    const successor = this.#startWorker({ predecessor, request });
    predecessor.successor = successor;
    predecessor.process.answer({ kind: "started", pid: successor.process.pid });
  }

  get #messages(): MasterOptions["messages"] {
    return this.options.messages;
  }

  #said(worker: Worker, word: Word): void {
    switch (word) {
      case "ready":
      case "ready-confined":
        return this.#ready(worker, word === "ready-confined");
      case "reloaded":
        return this.#reloaded(true);
      case "refused":
        return this.#reloaded(false);
      case "anew":
        return this.#reloadAnew(worker);
      case "daemon":
        // It is the first word of a worker, or none of its.
        this.#background ||= !worker.ready;
        return;
      default:
        return word satisfies never;
    }
  }

  #ready(worker: Worker, confined: boolean): void {
    worker.ready = true;
    worker.confined = confined;
    this.#current = worker;
    this.#messages.notice("Loading success.");
    if (this.#reloading && worker.isReload) return this.#reloaded(true);
    void this.manager?.ready();
    if (!this.#told && this.options.role.kind === "daemon") void this.#detach();
    this.#told = true;
    // It was asked of a worker that did not serve yet, or had nothing left and did not hear it any more.
    if (this.#reloading) this.#tellToReload(worker);
  }

  async #detach(): Promise<void> {
    leaveStandardStreams(await libc());
    this.#messages.hush();
    tell(this.options.role, "ready");
  }

  /** In the worker, unless it gave up too much for that. */
  #reload(): void {
    const worker = this.#current;
    if (!worker || this.#ending || this.#reloading) return;
    this.#reloading = true;
    this.#messages.notice("Reloading HAProxy");
    void this.manager?.reloading();
    // It is asked once it has everything.
    if (worker.ready) this.#tellToReload(worker);
  }

  #tellToReload(worker: Worker): void {
    const { confined, successor } = worker;
    // It knows how far it is with the one that takes over.
    const isTakenOver = successor?.predecessor !== undefined && this.#workers.has(successor);
    if (confined && !isTakenOver) this.#reloadAnew(worker);
    else worker.process.kill("SIGHUP");
  }

  #reloadAnew(worker: Worker): void {
    if (!this.#reloading || this.#ending || worker !== this.#current) return;
    worker.successor = this.#startWorker({ replaces: worker.process.pid });
  }

  #reloaded(well: boolean): void {
    this.#reloading = false;
    if (well) return void this.manager?.ready();
    this.#messages.warning("Reload failed: the running configuration stays.");
    void this.manager?.reloadFailed();
  }

  #leave(signal: NodeJS.Signals): void {
    if (!this.#ending) this.#messages.warning("Exiting Master process...");
    this.#ending = true;
    void this.manager?.stopping();
    this.#tellAll(signal);
  }

  #tellAll(signal: NodeJS.Signals): void {
    for (const worker of this.#workers) worker.process.kill(signal);
  }

  #ended(worker: Worker, status: number): void {
    this.#workers.delete(worker);
    this.orphans?.ended(worker.process.pid);
    worker.predecessor?.process.answer({
      kind: "ended",
      pid: worker.process.pid,
      how: status > signalled ? `signal ${status - signalled}` : `status ${status}`,
    });
    if (this.#background) return void startDaemon(this.options.args).then(this.end);
    const { successor } = worker;
    // That one has all of it, or goes on alone with what it has got.
    if (worker === this.#current && successor && this.#workers.has(successor)) {
      this.#current = successor;
    }
    const isCurrent = worker === this.#current;
    if (worker.ready) this.#report(worker, status, isCurrent);
    const fails = !isCurrent && this.#reloading && !worker.ready && !worker.predecessor;
    if (fails) this.#reloaded(false);
    if (isCurrent) {
      this.#current = undefined;
      this.#status = orderly.has(status) ? 0 : status;
      // As HAProxy's exit-on-failure: those who finish their work have no one to take new clients.
      if (!this.#ending && this.#status !== 0) this.#tellAll("SIGTERM");
    }
    if (this.#workers.size > 0) return;
    if (worker.ready) this.#messages.warning(`All workers exited. Exiting... (${this.#status})`);
    this.end(this.#status);
  }

  #report(worker: Worker, status: number, isCurrent: boolean): void {
    const { pid } = worker.process;
    const text = `${isCurrent ? "Current" : "Former"} worker (${pid}) exited with code ${status}`;
    if (isCurrent && status !== 0) this.#messages.alert(text);
    else this.#messages.warning(text);
  }
}
