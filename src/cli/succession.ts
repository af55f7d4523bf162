import process from "node:process";
import { libc } from "../../ffi/mod.ts";
import type { Plan } from "../config/plan.ts";
import { isTaken } from "../net/taken_port.ts";
import { level } from "../observe/log_level.ts";
import type { Inheritance } from "../proxy/gateway.ts";
import type { EndpointSockets } from "../takeover/endpoint.ts";
import { WatchedProcess } from "../takeover/death.ts";
import type { Supervisor, TakeoverService } from "../takeover/takeover_service.ts";
import { isConfined } from "./confinement.ts";
import { followedBy, type Role } from "./process_role.ts";
import type { ServedGateway } from "./served_gateway.ts";
import { startSuccessor } from "./start_successor.ts";
import {
  isServed,
  join,
  type Joining,
  type JoiningResult,
  nobodyAt,
  takeoverEndpoint,
  takeoverService,
} from "./takeover.ts";
import type { TakeoverWish } from "./takeover.ts";

/** There is nobody to take over from. */
const unavailable = 69;
/** The process that runs goes on; another try may do. */
const notTakenOver = 75;

const takenRights =
  "'user', 'group' and 'chroot' have taken its rights away, and there is no parent that could start " +
  "the next process: start it with -W, or replace it by '-x … -sf' or 'sluice run --takeover'";

const another =
  "another process of this instance runs, and goes on beside this one: 'sluice upgrade' reaches " +
  "it no more ('--takeover' takes over from it, '--instance' tells them apart)";

const orphaned = "left alone: the process that has started this one died before it gave anything";

/** The process between the one before it and the one after it. */
export interface SuccessionHost {
  say(severity: number, text: string): void;
  /** Makes the configuration live with what is inherited; says why it can't. */
  apply(inheritance: Inheritance): Promise<string | undefined>;
  /** Clients are about to be served; false when the process can't give its rights up as it has to. */
  accepting(): Promise<boolean>;
  /** This process is the one that is found from now on; the one before it ends afterwards. */
  found?(): void;
  /** The takeover is over, and the one before has said its last word. */
  settled(): Promise<void>;
  /** Ends the process: nothing is left here, or what is left has to be served yet. */
  leave(status: number, what: "nothing left" | "clients left"): void;
}

export interface SuccessionOptions {
  readonly instance: string | undefined;
  /** How long a successor is watched before connections move to it, ms. */
  readonly probationMs: number | undefined;
  readonly role: Role;
  readonly supervisor: Supervisor;
}

/** What became of an attempt to take over. */
export type Joined =
  | { readonly kind: "serves" }
  /** There is nobody to take over from: none was required, or the one that was is dead. */
  | { readonly kind: "nobody" }
  | { readonly kind: "ends"; readonly status: number };

/** Takes over from the process that runs, and lets the next one take over, in either command line. */
export class Succession {
  #service: TakeoverService | undefined;
  /** Until this process has everything. */
  #joining: Joining | undefined;
  /** This process ends. */
  #gone = false;
  /** A process that has no more rights than its user gives up none. */
  readonly #startedAsRoot = process.geteuid?.() === 0;
  /** Why nobody can take over from here; undefined when somebody can. */
  #hindrance = "it does not serve yet";

  static async of(
    served: ServedGateway,
    options: SuccessionOptions,
    host: SuccessionHost,
  ): Promise<Succession> {
    const place = await takeoverEndpoint(served.sources.files, options.instance);
    return new Succession(served, options, host, place);
  }

  private constructor(
    private readonly served: ServedGateway,
    private readonly options: SuccessionOptions,
    private readonly host: SuccessionHost,
    private readonly place: Awaited<ReturnType<typeof takeoverEndpoint>>,
  ) {}

  /** Why the configuration can't be read anew now; `gone`: another process is to do it. */
  get hold(): "none" | "busy" | "gone" {
    if (this.#gone) return "gone";
    return this.#service?.busy ? "busy" : "none";
  }

  /** Starts with what a process that runs has. */
  async join(wish: TakeoverWish, plan: Plan): Promise<Joined> {
    const { place, host, served } = this;
    const isPlaced = !("why" in place);
    if (!isPlaced && wish.mode === "auto") return await this.#nobody(plan);
    if (!isPlaced) return this.#failed(place.why, unavailable);
    const { accepting, result } = this.#joining = join(place, wish, served.process, plan, {
      apply: (inheritance) => host.apply(inheritance),
      accepting: () => host.accepting(),
      settle: async (sockets) => {
        if (this.#gone) return;
        await this.open(sockets);
        host.found?.();
      },
      say: (severity, text) => this.#say(severity, text),
    });
    const first = await Promise.race([accepting, result]);
    if (first === "accepting") {
      this.#hindrance = "the takeover from the process before this one is not over yet";
      void result.then((ended) => this.#joined(ended));
      return { kind: "serves" };
    }
    switch (first.kind) {
      case "nobody":
        if (wish.mode === "auto") return await this.#nobody(plan);
        if (wish.mode === "require" && await this.#isOrphan()) {
          this.#say(level.warning, orphaned);
          return first;
        }
        return this.#failed(nobodyAt(place.endpoint), unavailable);
      case "dry run":
        host.say(level.notice, "a takeover would work");
        return { kind: "ends", status: 0 };
      default: {
        const isOwn = "refusal" in first && first.refusal?.reason === "configuration";
        return this.#failed("why" in first ? first.why : first.kind, isOwn ? 1 : notTakenOver);
      }
    }
  }

  /** Somebody may run all the same, as another instance or another user's. */
  async #nobody(plan: Plan): Promise<Joined> {
    const native = await libc().catch(() => undefined);
    // What a service manager passes listens already, and is no other process's.
    const isPassed = this.served.sockets.all.length > 0;
    if (native && !isPassed) {
      for (const bind of plan.frontends.flatMap(({ disabled, binds }) => disabled ? [] : binds)) {
        if (!(await isTaken(native, bind))) continue;
        this.host.say(
          level.warning,
          `another process listens on ${bind.text}, and none was found to take over from: ` +
            "both will get clients",
        );
      }
    }
    return { kind: "nobody" };
  }

  /** Who has asked for this process died before it could be asked for anything itself. */
  async #isOrphan(): Promise<boolean> {
    const pid = followedBy(this.options.role);
    if (pid === undefined) return false;
    const asker = new WatchedProcess(pid);
    const isDead = await asker.hasDied();
    asker.close();
    return isDead;
  }

  /** Warns of a process that this one would hide: upgrades reach only the one that came last. */
  async warnOfAnother(): Promise<void> {
    if ("why" in this.place || !(await isServed(this.place))) return;
    this.host.say(level.warning, another);
  }

  /** Nobody may look at the terminal, or there is none. */
  #say(severity: number, text: string): void {
    this.host.say(severity, text);
    this.served.process.events.record(severity, text, undefined);
  }

  /** What became of the takeover by which this process came to its sockets. */
  #sayOutcome(severity: number, text: string): void {
    const { pid, progress } = this.served.process.control.arrival!;
    this.#say(severity, `takeover from process ${pid}: ${text}; ${progress.summary}`);
  }

  #failed(why: string, status: number): Joined {
    this.host.say(level.alert, `no takeover: ${why}`);
    return { kind: "ends", status };
  }

  /** The takeover is over, one way or the other; clients are served here already. */
  async #joined(result: JoiningResult): Promise<void> {
    this.#joining = undefined;
    if (result.kind === "taken over" || result.kind === "left alone") {
      const alone = result.kind === "left alone" ? `: ${result.why}` : "";
      this.#sayOutcome(level.notice, `${result.kind}${alone}`);
      return this.#gone ? undefined : await this.host.settled();
    }
    this.#leaveEndpoint("sent back");
    const why = "why" in result ? result.why : result.kind;
    this.#sayOutcome(level.err, `sent back: ${why}`);
    // A signal says already how it ends.
    if (!this.#gone) this.host.leave(notTakenOver, "clients left");
  }

  /**
   * From now on a successor can find this process, also to hear why it can't take over. It serves all the
   * same when that can't be. A process that is to give up its rights has to be found before it does, or
   * gets the endpoint from the one before it.
   */
  async open(sockets?: EndpointSockets): Promise<void> {
    const confined = this.#givesUpRights;
    // A parent has the rights that this process gives up.
    const canStartAnother = !confined || this.options.role.kind === "worker";
    const hindrance = canStartAnother ? undefined : takenRights;
    const isFound = () => void (this.#hindrance = hindrance ?? "");
    try {
      if ("why" in this.place) throw new Error(this.place.why);
      const { supervisor, role } = this.options;
      const native = await libc();
      const service = takeoverService(this.place, {
        process: this.served.process,
        supervisor,
        hindrance,
        confined,
        isFound,
        start: (request) => startSuccessor(native, role, request),
        say: (severity, text) => this.#say(severity, text),
        handedOver: () => this.#handedOver(),
      });
      this.#service = service;
      await service.open(sockets);
      if (this.#gone) return service.close("removed");
      isFound();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#hindrance = hindrance ?? why;
    }
  }

  /** Tries again to be found, where that has failed; another process that is found by now goes on being. */
  async reopen(): Promise<void> {
    await this.#service?.look();
  }

  get #givesUpRights(): boolean {
    return this.#startedAsRoot && isConfined(this.served.process.gateway.plan.global.process);
  }

  /** Why nobody can take over from here; "" when somebody can. */
  get hindrance(): string {
    return this.#hindrance;
  }

  /** The process ends: nobody is to find it. */
  close(): void {
    this.#gone = true;
    this.#joining?.giveUp();
    this.#leaveEndpoint("removed");
    this.#hindrance = "it ends";
  }

  #leaveEndpoint(left: Parameters<TakeoverService["close"]>[0]): void {
    this.#service?.close(left);
    this.#service = undefined;
  }

  /** Replaces this process by one that is started from the same file. */
  async upgrade(): Promise<"handed over" | "kept"> {
    await this.reopen();
    const service = this.#service;
    if (!service || this.#hindrance !== "") {
      this.#say(level.warning, `no upgrade: ${this.#hindrance}`);
      return "kept";
    }
    const { probationMs } = this.options;
    const result = await service.upgrade({ dryRun: false, probationMs }, () => {});
    if (result.kind !== "handed over") return "kept";
    this.#handedOver();
    return "handed over";
  }

  #handedOver(): void {
    if (!this.#service) return;
    this.#gone = true;
    this.#leaveEndpoint("kept");
    this.host.leave(0, "nothing left");
  }
}
