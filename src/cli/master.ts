import process from "node:process";
import { libc } from "../../ffi/mod.ts";
import { startDaemon } from "./daemon.ts";
import type { HaproxyMessages } from "./haproxy_messages.ts";
import type { Serving } from "./haproxy_serving.ts";
import { type Role, type StartedProcess, startSelf, tell, type Word } from "./process_role.ts";
import { ServiceManager } from "./service_manager.ts";
import { leaveStandardStreams } from "./standard_streams.ts";

/** The statuses of a worker that ended because it was told to. */
const orderly: ReadonlySet<number> = new Set([0, 143]);

/** A worker and how it takes a new configuration. */
interface Worker {
  readonly process: StartedProcess;
  /** It gave up what it would need to read and bind once more: another one takes over. */
  confined: boolean;
  ready: boolean;
}

/**
 * Keeps a worker that serves, and passes signals on to it. Resolves to the exit status when the
 * last worker has ended: the worker's own, 0 when it was terminated.
 */
export async function runMaster(serving: Serving): Promise<number> {
  const { notifies } = serving.settings;
  const manager = notifies ? await ServiceManager.of(process.env) : undefined;
  return await new Promise((resolve) => new Master(serving, manager, resolve).start());
}

class Master {
  readonly #workers = new Set<Worker>();
  #current: Worker | undefined;
  #reloading = false;
  #ending = false;
  #status = 0;
  #background = false;

  constructor(
    private readonly serving: Serving,
    private readonly manager: ServiceManager | undefined,
    private readonly end: (status: number) => void,
  ) {}

  start(): void {
    this.#startWorker();
    process.on("SIGINT", () => this.#leave("SIGINT"));
    process.on("SIGTERM", () => this.#leave("SIGTERM"));
    process.on("SIGUSR1", () => this.#leave("SIGUSR1"));
    process.on("SIGUSR2", () => this.#reload());
    process.on("SIGHUP", () => this.#reload());
    process.on("SIGTTOU", () => this.#tellAll("SIGTTOU"));
    process.on("SIGTTIN", () => this.#tellAll("SIGTTIN"));
  }

  #startWorker(replaces?: number): void {
    const detached = this.serving.role.kind === "daemon";
    const role = (channel: number): Role => ({ kind: "worker", channel, replaces, detached });
    const child = startSelf(this.serving.args, false, role, (word) => this.#said(worker, word));
    const worker: Worker = { process: child, confined: false, ready: false };
    this.#workers.add(worker);
    this.#current ??= worker;
    void child.exited.then((status) => this.#ended(worker, status));
    this.#messages.notice(`New worker (${child.pid}) forked`);
  }

  get #messages(): HaproxyMessages {
    return this.serving.messages;
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
      case "daemon":
        this.#background = true;
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
    if (this.#reloading) return this.#reloaded(true);
    void this.manager?.ready();
    if (this.serving.role.kind === "daemon") void this.#detach();
  }

  async #detach(): Promise<void> {
    leaveStandardStreams(await libc());
    this.#messages.hush();
    tell(this.serving.role, "ready");
  }

  /** In the worker, unless it gave up too much for that. */
  #reload(): void {
    const worker = this.#current;
    if (!worker?.ready || this.#ending || this.#reloading) return;
    this.#reloading = true;
    this.#messages.notice("Reloading HAProxy");
    void this.manager?.reloading();
    if (worker.confined) this.#startWorker(worker.process.pid);
    else worker.process.kill("SIGHUP");
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
    if (this.#background) return void startDaemon(this.serving.args).then(this.end);
    const isCurrent = worker === this.#current;
    if (worker.ready) this.#report(worker, status, isCurrent);
    if (!isCurrent && this.#reloading && !worker.ready) this.#reloaded(false);
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
