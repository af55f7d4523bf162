import process from "node:process";
import { type Libc, libc } from "../../ffi/mod.ts";
import type { Plan } from "../config/plan.ts";
import { level } from "../observe/log_level.ts";
import {
  confine,
  ConfinementError,
  endWithParent,
  isConfined,
  limitDescriptors,
} from "./confinement.ts";
import { judge } from "./haproxy_checks.ts";
import type { HaproxyMessages } from "./haproxy_messages.ts";
import type { HaproxySettings } from "./haproxy_settings.ts";
import { OldProcesses } from "./old_processes.ts";
import { writePidFile } from "./pid_file.ts";
import { followedBy, isDetached, type Role, tell } from "./process_role.ts";
import { serverDump, stoppedLines } from "./server_dump.ts";
import type { Candidate, ServedGateway } from "./served_gateway.ts";
import type { Inheritance } from "../proxy/gateway.ts";
import { leavingWithAnswer } from "../proxy/close_spread.ts";
import { unsupervised } from "./service_unit.ts";
import { type Joined, Succession, type SuccessionHost } from "./succession.ts";
import { inheritedWish } from "./takeover.ts";
import { GivenSockets } from "../takeover/given_sockets.ts";
import { requestSockets, SocketRequestError } from "../takeover/socket_request.ts";
import { leaveStandardStreams } from "./standard_streams.ts";

/** Exit statuses of a worker that was told to end, which its master passes on. */
const interrupted = 130;
const terminated = 143;

const aliveMs = 3_600_000;

/** The process that serves, in HAProxy's manners: messages, signals, exit statuses. */
export class HaproxyWorker implements SuccessionHost {
  #succession: Succession | undefined;
  /** What it serves, or is about to. */
  #started:
    | { readonly plan: Plan; readonly candidate: Candidate; readonly native: Libc | undefined }
    | undefined;
  #end: (status: number) => void = () => {};
  #paused = false;

  constructor(
    private readonly gateway: ServedGateway,
    private readonly settings: HaproxySettings,
    private readonly messages: HaproxyMessages,
    private readonly role: Role,
  ) {}

  /** Serves until a signal ends it; resolves to the exit status. */
  async run(plan: Plan, candidate: Candidate): Promise<number> {
    const native = await libc().catch(() => undefined);
    if (native && this.role.kind === "worker") endWithParent(native);
    // A runtime without a listening socket ends by itself: there is none while it is paused.
    const alive = setInterval(() => {}, aliveMs);
    const ended = new Promise<number>((resolve) => {
      this.#end = (status) => {
        clearInterval(alive);
        resolve(status);
      };
    });
    this.#started = { plan: this.#withOverrides(plan), candidate, native };
    const status = await this.#begin();
    if (status === undefined) return await ended;
    await this.gateway.process.gateway.stop();
    clearInterval(alive);
    return status;
  }

  /** Resolves to undefined when it serves, else to the exit status. */
  async #begin(): Promise<number | undefined> {
    const { plan, candidate, native } = this.#started!;
    const wish = inheritedWish();
    const options = {
      instance: undefined,
      probationMs: undefined,
      role: this.role,
      supervisor: unsupervised,
    };
    const succession = this.#succession = await Succession.of(this.gateway, options, this);
    const joined: Joined = wish ? await succession.join(wish, plan) : { kind: "nobody" };
    if (joined.kind === "ends") return joined.status;
    if (joined.kind === "serves") return undefined;
    if (!(await this.#start(plan, candidate, native))) return 1;
    await succession.open();
    if (!this.#withdraw(plan, native)) return 1;
    this.#listenToSignals();
    this.#tellReady();
    return undefined;
  }

  #tellReady(): void {
    tell(this.role, isConfined(this.#started!.plan.global.process) ? "ready-confined" : "ready");
  }

  say(severity: number, text: string): void {
    if (severity <= level.warning) this.messages.event(severity, text);
    else this.messages.notice(text);
  }

  async apply(inheritance: Inheritance): Promise<string | undefined> {
    const { plan, candidate } = this.#started!;
    this.#limitDescriptors(plan, this.#started!.native);
    const fault = await this.gateway.apply(plan, candidate, inheritance);
    if (fault) this.messages.alert(fault.diagnostic.message);
    return fault?.diagnostic.message;
  }

  accepting(): Promise<boolean> {
    const { plan, native } = this.#started!;
    this.#listenToSignals();
    return Promise.resolve(this.#withdraw(plan, native));
  }

  /** Until then the pid file names the process before; a master stays what it is. */
  found(): void {
    if (this.role.kind !== "worker") this.#writePid(this.#started!.plan);
  }

  settled(): Promise<void> {
    this.#tellReady();
    return Promise.resolve();
  }

  leave(status: number, what: "nothing left" | "clients left"): void {
    const { gateway } = this.gateway.process;
    const { hardStopAfterMs } = gateway.plan.global;
    const ending = what === "nothing left"
      ? gateway.stop()
      : gateway.drain(hardStopAfterMs, leavingWithAnswer);
    void ending.then(() => this.#end(status));
  }

  async #start(plan: Plan, candidate: Candidate, native: Libc | undefined): Promise<boolean> {
    const old = this.#oldProcesses();
    this.#limitDescriptors(plan, native);
    const taking = await this.#takeSockets(plan, native);
    if (taking === "failed") return false;
    const fault = await old.makeWay(async () => {
      const failed = await this.gateway.apply(plan, candidate, taking);
      // An old process that pauses would do so on the sockets that it shares.
      return failed && { ...failed, retry: failed.addressInUse && !taking };
    });
    taking?.closeUnused();
    if (fault) {
      this.messages.alert(fault.diagnostic.message);
      this.messages.alert(
        "[haproxy.main()] Some protocols failed to start their listeners! Exiting.",
      );
      return false;
    }
    if (!this.#writePid(plan)) return false;
    if (taking) await this.gateway.process.accept();
    old.dismiss();
    return true;
  }

  #limitDescriptors({ global }: Plan, native: Libc | undefined): void {
    const { descriptorsMax } = global.process;
    if (descriptorsMax === undefined) return;
    if (native && limitDescriptors(native, descriptorsMax)) return;
    this.messages.warning(`[haproxy.main()] Cannot raise FD limit to ${descriptorsMax}.`);
  }

  /** `-x`: asks another process for its sockets. A master's worker can do without. */
  async #takeSockets(
    plan: Plan,
    native: Libc | undefined,
  ): Promise<GivenSockets | "failed" | undefined> {
    const { takeoverSocket } = this.settings;
    const asked = takeoverSocket !== undefined && takeoverSocket !== "/dev/null";
    if (!asked || this.#oldOf() !== "command line") return undefined;
    try {
      if (!native) throw new SocketRequestError("it needs Linux");
      const given = await requestSockets(native, takeoverSocket);
      return await GivenSockets.create(native, given, plan);
    } catch (error) {
      if (!(error instanceof SocketRequestError)) throw error;
      this.messages.warning(error.message);
      this.messages.alert("Failed to get the sockets from the old process!");
      return this.role.kind === "worker" ? undefined : "failed";
    }
  }

  #oldProcesses(): OldProcesses {
    const { pids, signal } = this.settings.oldProcesses;
    const of = this.#oldOf();
    switch (of) {
      case "command line":
        return new OldProcesses(pids, signal);
      case "nobody":
        return new OldProcesses([], signal);
      default:
        return new OldProcesses([of], "SIGUSR1");
    }
  }

  /**
   * Whom this process makes give way. Those of the command line were the first process's to replace: their
   * numbers may be anybody's by the time when another one is started with the same words.
   */
  #oldOf(): "command line" | "nobody" | number {
    const { role } = this;
    if (role.kind === "worker" && role.replaces !== undefined) return role.replaces;
    return followedBy(role) === undefined ? "command line" : "nobody";
  }

  /** `-n` wins over the configuration. */
  #withOverrides(plan: Plan): Plan {
    const { maxconn } = this.settings;
    return maxconn ? { ...plan, global: { ...plan.global, maxconn } } : plan;
  }

  /** Only a process that goes on without its starter needs to be found by its number. */
  #writePid(plan: Plan): boolean {
    const file = this.settings.pidFile ?? plan.global.process.pidFile;
    if (file === undefined) return true;
    if (this.role.kind !== "worker" && !isDetached(this.role)) return true;
    const pid = this.role.kind === "worker" ? process.ppid : process.pid;
    try {
      writePidFile(file, pid);
      return true;
    } catch {
      this.messages.alert(`[haproxy.main()] Cannot create pidfile ${file}`);
      return false;
    }
  }

  /** Gives up rights and the terminal, as far as it is asked to. */
  #withdraw(plan: Plan, native: Libc | undefined): boolean {
    const { process: own } = plan.global;
    const detaches = isDetached(this.role);
    try {
      if (isConfined(own)) {
        if (!native) throw new ConfinementError("'chroot', 'user' and 'group' need Linux");
        // The new root has no /dev/null.
        if (detaches) this.#detach(native);
        confine(native, own);
      } else if (detaches && native) this.#detach(native);
    } catch (error) {
      if (!(error instanceof ConfinementError)) throw error;
      this.messages.alert(error.message);
      return false;
    }
    // Another user is another parent's child, to the kernel.
    if (native && this.role.kind === "worker") endWithParent(native);
    return true;
  }

  #detach(native: Libc): void {
    leaveStandardStreams(native);
    this.messages.hush();
  }

  #listenToSignals(): void {
    const byMaster = this.role.kind === "worker";
    process.on("SIGINT", () => this.#stop(byMaster ? interrupted : 0));
    process.on("SIGTERM", () => this.#stop(byMaster ? terminated : 0));
    process.on("SIGUSR1", () => this.#drain());
    process.on("SIGHUP", () => byMaster ? void this.#reload() : this.#dump());
    process.on("SIGTTOU", () => this.#pause());
    process.on("SIGTTIN", () => void this.#resume());
    // A master reloads instead.
    process.on("SIGUSR2", () => void this.#succession?.upgrade());
  }

  #stop(status: number): void {
    this.#succession?.close();
    void this.gateway.process.gateway.stop().then(() => this.#end(status));
  }

  #drain(): void {
    this.#succession?.close();
    const { gateway } = this.gateway.process;
    const { plan } = gateway;
    for (const line of stoppedLines(plan)) this.#log(level.warning, line);
    void gateway.drain(plan.global.hardStopAfterMs).then(() => this.#end(0));
  }

  /** As HAProxy without a master: the servers' state goes to the log. */
  #dump(): void {
    for (const line of serverDump(this.gateway.process.gateway.plan)) {
      this.#log(level.warning, line);
    }
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.gateway.process.gateway.pause();
    this.#tellFrontends("Paused");
  }

  async #resume(): Promise<void> {
    if (!this.#paused) return;
    this.#paused = false;
    try {
      await this.gateway.process.gateway.accept();
      this.#tellFrontends("Resumed");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log(level.err, `Some proxies refused to resume : ${reason}`);
    }
  }

  #tellFrontends(what: string): void {
    const { plan } = this.gateway.process.gateway;
    for (const { name, disabled } of plan.frontends) {
      if (!disabled) this.#log(level.warning, `${what} frontend ${name}.`);
    }
  }

  #reload(): Promise<void> {
    const hold = this.#succession?.hold;
    if (hold === "gone") return Promise.resolve();
    if (hold === "busy") {
      this.messages.warning("Reload refused: an upgrade is under way.");
      return Promise.resolve(tell(this.role, "refused"));
    }
    if (isConfined(this.#started!.plan.global.process)) {
      return Promise.resolve(tell(this.role, "anew"));
    }
    return this.gateway.inTurn(async () => {
      this.gateway.process.reopenLogs();
      const candidate = await this.gateway.read();
      const verdict = judge(candidate, this.settings, this.messages);
      if (verdict.kind === "bad") return tell(this.role, "refused");
      const fault = await this.gateway.apply(
        this.#withOverrides(verdict.plan),
        candidate,
      );
      if (fault) this.messages.alert(fault.diagnostic.message);
      tell(this.role, fault ? "refused" : "reloaded");
    });
  }

  #log(severity: number, text: string): void {
    this.gateway.process.events.event(severity, text, undefined);
  }
}
