import { randomBytes } from "node:crypto";
import process from "node:process";
import type { Libc } from "../../ffi/mod.ts";
import type { Connection, ConnectionHandler } from "../net/connection.ts";
import { level } from "../observe/log_level.ts";
import { processFacts } from "../proxy/process_facts.ts";
import { type ChannelFailure, ControlChannel, defect, failureText } from "./control_channel.ts";
import type { Endpoint, EndpointSockets } from "./endpoint.ts";
import { acceptCourier, dismissWaiting, isTrusted } from "./fd_gate.ts";
import {
  handOver,
  type HandOverResult,
  type HandOverTerms,
  type Predecessor,
} from "./hand_over.ts";
import { defaultLimits } from "./limits.ts";
import { hiddenText, Lookout, type LookoutHost } from "./lookout.ts";
import { OpenEndpoint } from "./open_endpoint.ts";
import { capabilities, type Message, protocolVersions, type Says } from "./message.ts";
import { Progress, type TakeoverPhase } from "./progress.ts";
import { type Remainder, TakeoverReport } from "./takeover_report.ts";
import { type StartedSuccessor, UpgradeWatch } from "./upgrade_watch.ts";

/** Whoever watches over the process is told of takeovers. Nothing here throws. */
export interface Supervisor {
  takeoverBegins(): Promise<void>;
  /** Everything stays with this process. */
  takeoverFailed(why: string): Promise<void>;
  /** This process is the service no more; the successor, which is told afterwards, is. */
  handedOver(pid: number): Promise<void>;
}

/** What the process that can be taken over does beside it. */
export interface TakeoverHost extends LookoutHost {
  readonly build: string;
  readonly supervisor: Supervisor;
  /** Why no successor can be started from here; undefined when one can. Others may take over all the same. */
  readonly hindrance: string | undefined;
  /**
   * The process as it is now; each takeover asks anew.
   *
   * @param shared what both processes can do
   */
  predecessor(shared: readonly string[]): Predecessor;
  /** `hard-stop-after`, ms; undefined never. */
  hardStopAfterMs(): number | undefined;
  /** Gives up what it would need to make its endpoint once more. */
  readonly confined: boolean;
  /** Starts this program again to take over, or another one. */
  start(request: Says<"upgrade">): Promise<StartedSuccessor>;
  /** Everything has gone to the successor: this process has nothing left to do. */
  handedOver(): void;
}

/** Of a successor that has asked for nothing yet. */
const nothing = new Progress(() => {});
const allStays = (): Remainder => ({ left: processFacts.openConnections, staying: new Map() });
/** Connections to the endpoint that have not said yet what they want. */
const strangersMax = 8;
const stoppingText = "the running process was told to stop";
/** How often a stranger may be complained of. */
const complaintEveryMs = 1000;

/** Lets a successor find this process, and an operator ask for one. Nothing that comes in can end it. */
export class TakeoverService {
  readonly #door: OpenEndpoint;
  readonly #lookout: Lookout;
  #strangers = 0;
  #complainedAt = -Infinity;
  #closed = false;
  /** A successor that was started from here. */
  #watch: UpgradeWatch | undefined;
  /** With the process that takes over. */
  #handing: ControlChannel | undefined;
  #predecessor: Predecessor | undefined;
  /** It was said that connections are waited for. */
  #waits = false;
  /** Of the takeover under way, or of the last one. */
  #report: TakeoverReport | undefined;

  constructor(
    private readonly libc: Libc,
    endpoint: Endpoint,
    private readonly host: TakeoverHost,
  ) {
    this.#door = new OpenEndpoint(libc, endpoint, (connection) => this.#accept(connection));
    this.#lookout = new Lookout(this.#door, host, () => this.busy);
  }

  /**
   * Makes the endpoint, in place of that of a process before, or goes on with its sockets. Throws when it
   * can't be made, and tries again from then on.
   */
  async open(given?: EndpointSockets): Promise<void> {
    let where: "here" | "nowhere" = "nowhere";
    try {
      await this.#door.open(given);
      where = "here";
    } finally {
      if (!this.host.confined) this.#lookout.start(where);
    }
  }

  /** Looks whether this process is found, and sees to it as far as it can. */
  async look(): Promise<void> {
    await this.#lookout.look();
  }

  /** A takeover is under way, or its successor is starting. */
  get busy(): boolean {
    return this.#watch !== undefined || this.#handing !== undefined;
  }

  /** How the takeover under way is doing, or what became of the last one; undefined before the first. */
  get report(): TakeoverReport | undefined {
    return this.#report;
  }

  /**
   * @param left what becomes of the endpoint: a successor takes it over, or this process ends, and one
   * that was about to take over with it: it must not take that for a death. `sent back`: the process before
   * goes on
   */
  close(left: "removed" | "kept" | "sent back"): void {
    this.#closed = true;
    if (left === "removed") {
      const failure = { kind: "told off", reason: "stopping", text: stoppingText } as const;
      this.#handing?.giveUp(failure, failure.reason, failure.text);
      this.#watch?.giveUp(stoppingText);
    }
    this.#lookout.stop();
    this.#door.close(left);
  }

  /** Starts a successor and watches it; `tell` is told of each step. */
  async upgrade(request: Says<"upgrade">, tell: (text: string) => void): Promise<HandOverResult> {
    if (this.busy) return this.#keep(this.#busyText);
    // A successor would take over from the process that it finds.
    if (this.#door.isHidden) return this.#keep(hiddenText);
    const watch = this.#watch = new UpgradeWatch(tell, request.program);
    if (request.dryRun) return await this.#start(watch, request);
    await this.host.supervisor.takeoverBegins();
    const result = await this.#start(watch, request);
    if (result.kind === "kept") await this.host.supervisor.takeoverFailed(result.why);
    return result;
  }

  async #start(watch: UpgradeWatch, request: Says<"upgrade">): Promise<HandOverResult> {
    try {
      const successor = await this.host.start(request);
      const { pid } = successor;
      if (pid !== 0) this.host.say(level.notice, `upgrade: started process ${pid}`);
      const report = this.#report = new TakeoverReport("gives", pid, nothing, "starting", allStays);
      const result = await watch.run(successor, defaultLimits.readyMs);
      // What became of one that has asked for the sockets was said when it was known.
      if (result.kind !== "kept" || this.#report !== report) return result;
      report.reached("kept", result.why);
      return this.#keep(result.why);
    } catch (error) {
      const why = `the new process could not be started: ${error}`;
      this.#report = new TakeoverReport("gives", 0, nothing, "starting", allStays);
      this.#report.reached("kept", why);
      return this.#keep(why);
    } finally {
      this.#watch = undefined;
    }
  }

  #keep(why: string): HandOverResult {
    this.host.say(level.warning, `no upgrade: ${why}`);
    return { kind: "kept", why };
  }

  /** Whatever a successor has done to the endpoint, this process is found again. */
  async #reclaim(): Promise<void> {
    if (this.#closed) return;
    await this.#door.reclaim().catch((error) => {
      this.host.say(level.err, `this process can't be taken over any more: ${error}`);
    });
  }

  get #busyText(): string {
    return "another takeover is under way";
  }

  #accept(connection: Connection): ConnectionHandler | undefined {
    if (!isTrusted(this.libc, connection.fd) || this.#strangers >= strangersMax) {
      this.#complain("a connection to the takeover socket was refused");
      return undefined;
    }
    this.#strangers++;
    const channel = new ControlChannel(connection);
    void this.#receive(channel).catch((error) => {
      this.host.say(level.err, `takeover: ${error}`);
    });
    return channel;
  }

  async #receive(channel: ControlChannel): Promise<void> {
    const asked = await channel.next(defaultLimits.answerMs);
    this.#strangers--;
    if ("kind" in asked) return this.#dismiss(channel, asked);
    switch (asked.name) {
      case "hello":
        return await this.#handOver(channel, asked.says);
      case "upgrade":
        return await this.#obey(channel, asked.says);
      case "findings":
        this.#watch?.complains(asked.says);
        return channel.close();
      default:
        return this.#dismiss(channel, confusion(asked));
    }
  }

  #dismiss(channel: ControlChannel, failure: ChannelFailure): void {
    channel.giveUp(failure, failure.kind, failureText(failure));
    if (failure.kind !== "gone") this.#complain(`the takeover socket: ${failureText(failure)}`);
  }

  #complain(text: string): void {
    const now = performance.now();
    if (now - this.#complainedAt < complaintEveryMs) return;
    this.#complainedAt = now;
    this.host.say(level.warning, text);
  }

  async #obey(channel: ControlChannel, request: Says<"upgrade">): Promise<void> {
    // Whoever asked while this process could not listen was told that nothing comes of it.
    if (channel.failure) return;
    const { hindrance } = this.host;
    if (hindrance !== undefined) return refuse(channel, { reason: "unable", text: hindrance });
    const result = await this.upgrade(request, (text) => channel.say("progress", { text }));
    const text = result.kind === "kept" ? result.why : "";
    channel.say("result", { kind: result.kind, text });
    channel.close();
    if (result.kind === "handed over") this.host.handedOver();
  }

  async #handOver(channel: ControlChannel, hello: Says<"hello">): Promise<void> {
    const refusal = this.#whyNot(hello);
    if (refusal) return refuse(channel, refusal);
    this.#handing = channel;
    const progress: Progress = new Progress((phase) => {
      report.reached(phase);
      this.#tell(phase, hello, progress);
    }, (text) => this.#tellWaiting(text, hello));
    const { pid } = hello;
    const report = new TakeoverReport("gives", pid, progress, "beginning", () => ({
      left: processFacts.openConnections,
      staying: this.#predecessor?.staying() ?? new Map(),
    }));
    this.#report = report;
    this.#waits = false;
    const tells = !this.#watch && hello.mode !== "dry-run";
    if (tells) await this.host.supervisor.takeoverBegins();
    const result = await this.#giveAway(channel, hello, progress);
    this.#handing = undefined;
    this.#predecessor = undefined;
    if (result.kind === "kept") await this.#reclaim();
    const why = result.kind === "kept" ? result.why : "";
    report.reached(result.kind, why);
    const text = result.kind === "kept" ? `not taken over: ${result.why}` : result.kind;
    this.host.say(
      result.kind === "kept" ? level.warning : level.notice,
      `takeover by process ${hello.pid}: ${text}; ${progress.summary}`,
    );
    if (result.kind === "handed over") await this.host.supervisor.handedOver(hello.pid);
    else if (tells && result.kind === "kept") await this.host.supervisor.takeoverFailed(result.why);
    // The successor waits for this end: from now on it may speak for the service.
    channel.close();
    if (this.#watch) this.#watch.ended(result, progress);
    else if (result.kind === "handed over") this.host.handedOver();
  }

  #whyNot(hello: Says<"hello">): Says<"refuse"> | undefined {
    const [first, last] = protocolVersions;
    if (hello.protocol[0] > last || hello.protocol[1] < first) {
      return { reason: "version", text: `this process speaks versions ${first} to ${last}` };
    }
    if (this.#closed) return { reason: "stopping", text: stoppingText };
    return this.#handing ? { reason: "busy", text: this.#busyText } : undefined;
  }

  async #giveAway(
    channel: ControlChannel,
    hello: Says<"hello">,
    progress: Progress,
  ): Promise<HandOverResult> {
    try {
      const shared = capabilities.filter((known) => hello.capabilities.includes(known));
      const old = this.#predecessor = this.host.predecessor(shared);
      const terms = this.#terms(hello, shared, old);
      // None of them can know the session, which has not been told yet.
      dismissWaiting(this.libc, this.#door.descriptors);
      const probationMs = hello.probationMs ?? defaultLimits.probationMs;
      return await handOver(channel, terms, old, { ...defaultLimits, probationMs }, progress);
    } catch (error) {
      const failure = defect(error);
      const why = failureText(failure);
      channel.giveUp(failure, failure.kind, why);
      return { kind: "kept", why };
    }
  }

  #terms(
    hello: Says<"hello">,
    shared: Says<"welcome">["capabilities"],
    old: Predecessor,
  ): HandOverTerms {
    const listeners = old.listeners();
    const lastId = listeners.reduce((last, { id }) => Math.max(last, id), 0);
    const endpoint = shared.includes("endpoint/1") ? this.#door.give(lastId) : undefined;
    const session = randomBytes(16).toString("hex");
    return {
      welcome: {
        protocol: Math.min(hello.protocol[1], protocolVersions[1]),
        capabilities: shared,
        build: this.host.build,
        pid: process.pid,
        session,
        listeners: listeners.length + (endpoint?.sockets.length ?? 0),
        connections: old.left(),
      },
      dryRun: hello.mode === "dry-run",
      connect: () => acceptCourier(this.libc, this.#door.descriptors, session),
      hardStopAfterMs: this.host.hardStopAfterMs(),
      endpoint,
    };
  }

  /** The log is told once: it may go on for hours, and change all the time. */
  #tellWaiting(text: string, { pid, build }: Says<"hello">): void {
    this.#watch?.waits(text);
    if (!this.#waits) this.host.say(level.notice, `takeover by process ${pid} (${build}): ${text}`);
    this.#waits = true;
  }

  #tell(phase: TakeoverPhase, { pid, build }: Says<"hello">, progress: Progress): void {
    this.#watch?.reached(phase, progress);
    const note = progress.note === "" ? "" : `; ${progress.note}`;
    this.host.say(level.notice, `takeover by process ${pid} (${build}): ${phase}${note}`);
  }
}

function refuse(channel: ControlChannel, refusal: Says<"refuse">): void {
  channel.say("refuse", refusal);
  channel.close();
}

function confusion({ name }: Message): ChannelFailure {
  return { kind: "confused", why: `'${name}' first` };
}
