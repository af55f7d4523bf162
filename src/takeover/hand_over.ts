import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from "node:timers";
import { clock } from "../net/clock.ts";
import type { FreezeLimits, FrozenConnections } from "../proxy/move/mover.ts";
import {
  type ChannelFailure,
  type ControlChannel,
  defect,
  failureText,
} from "./control_channel.ts";
import { BatchSize } from "./batch_size.ts";
import { brokenDescriptors, type FdCourier } from "./fd_courier.ts";
import { giveListeners, giveState } from "./give_sockets.ts";
import type { TakeoverLimits } from "./limits.ts";
import type { Says } from "./message.ts";
import type { Progress } from "./progress.ts";
import type { ConnectionCounts } from "./shared_connections.ts";
import type { OfferedSocket } from "./socket_offer.ts";
import { type Answers, Trial } from "./trial.ts";
import { WaitingLines } from "./waiting_lines.ts";

/** A listening socket of the running process. */
export interface GivenListener extends OfferedSocket {
  readonly id: number;
  /** The number it had when this process inherited it (`fd@N`). */
  readonly inherited: number | undefined;
  /** It is one of the endpoint's. */
  readonly endpoint?: EndpointSocket;
}

/** The sockets of an endpoint: for messages, and for descriptors. */
export type EndpointSocket = "control" | "descriptors";

/**
 * The endpoint's own sockets, for a process that goes on with them. A process that has given its rights
 * up could not make others in their place.
 */
export interface GivenEndpoint {
  readonly sockets: readonly GivenListener[];
  /** Accepts nothing more there: whoever asks waits for the process that is to be found. */
  rest(): void;
}

/** A part of State, by name and version of its form. */
export interface StatePart {
  readonly part: string;
  readonly version: number;
  readonly data: unknown;
}

/** Two processes serve: limits hold over both. */
export interface Sharing {
  /** What this process has to each server. */
  connections(): ConnectionCounts;
  /** What the other one has; nothing once it is gone. */
  noteElsewhere(counts: ConnectionCounts): void;
  /** What has changed here since it was asked last, for the other one. */
  news(): Iterable<StatePart>;
  /** What has changed there. */
  learn(part: StatePart): void;
  /** Nothing is told any more, nor asked for. */
  endNews(): void;
}

/** The running process, as a takeover needs it. None of it throws. */
export interface Predecessor extends Sharing {
  listeners(): readonly GivenListener[];
  /** All there is to tell; a piece is made when it is asked for. */
  state(): Iterable<StatePart>;
  /** What has changed since {@link state}, at the moment when the other process begins to serve. */
  stateSince(): Iterable<StatePart>;
  /** The other process accepts; nobody does on those that it has no use for, until connections move. */
  stopAccepting(unused: readonly number[]): void;
  acceptAgain(): void;
  /** What it has answered since its start. */
  answers(): Answers;
  /**
   * Connections move from now on, but for those of listeners that the other process has no use for:
   * whoever comes to them is refused, and who has come by then is a client of this process when it
   * resolves.
   */
  startMoving(unused: readonly number[]): Promise<void>;
  /** Freezes some of what can move now; undefined when there is nothing. */
  freeze(limits: FreezeLimits): FrozenConnections | undefined;
  /** They are the other process's: closes its own descriptors of them, and nothing else. */
  letGo(ids: readonly number[]): void;
  /** Goes on with them as if nothing had been; `refused` ones are not offered again. */
  thaw(ids: readonly number[], why: "taken back" | "refused"): void;
  /** Client connections that are here yet. */
  left(): number;
  /** The same by why they are. */
  staying(): ReadonlyMap<string, number>;
  /** The time for leaving is over (`hard-stop-after`): ends what is here. */
  endAll(): void;
}

/** How handing over ended. `kept` says why everything stays with this process. */
export type HandOverResult =
  | { readonly kind: "handed over" }
  | { readonly kind: "dry run" }
  | { readonly kind: "kept"; readonly why: string };

/** Who asks, and what both can do. */
export interface HandOverTerms {
  readonly welcome: Says<"welcome">;
  readonly dryRun: boolean;
  /** The channel of descriptors, once the other process has connected it. */
  connect(): FdCourier | undefined;
  /** `hard-stop-after`, ms; undefined never. */
  readonly hardStopAfterMs: number | undefined;
  /** Undefined where the other process makes an endpoint of its own. */
  readonly endpoint?: GivenEndpoint | undefined;
}

/**
 * Gives sockets, State and connections to a successor, step by step; every step but the last can be
 * taken back, and whatever fails leaves this process as it was before, with all that has not been
 * taken yet.
 */
export async function handOver(
  channel: ControlChannel,
  terms: HandOverTerms,
  old: Predecessor,
  limits: TakeoverLimits,
  progress: Progress,
): Promise<HandOverResult> {
  const trial = new Trial(() => old.answers(), limits);
  channel.aside = (message) => {
    switch (message.name) {
      case "state":
        old.learn(message.says);
        return true;
      case "alive": {
        const { connections, answers } = message.says;
        old.noteElsewhere(connections);
        const text = trial.verdict(answers);
        const reason = "probation";
        if (text) channel.giveUp({ kind: "told off", reason, text }, reason, text);
        return true;
      }
      default:
        return false;
    }
  };
  channel.say("welcome", terms.welcome);
  const connected = await channel.hear("connected", limits.answerMs);
  if (connected.kind === "failed") return kept(channel, connected.failure);
  const courier = terms.connect();
  if (!courier || connected.says.session !== terms.welcome.session) {
    return kept(channel, { kind: "confused", why: "nothing on the channel of descriptors" });
  }
  try {
    progress.phase("listeners");
    const sockets = [...old.listeners(), ...terms.endpoint?.sockets ?? []];
    const failure = await giveListeners(channel, courier, sockets, limits);
    if (failure) return kept(channel, failure);
    const tells = terms.welcome.capabilities.includes("preparing/1");
    const ready = await giveState(channel, old, limits, tells ? "tells" : "is silent");
    if (ready.kind === "failed") return kept(channel, ready.failure);
    if (terms.dryRun) return { kind: "dry run" };
    const handing = new Handing(channel, courier, old, terms, limits, progress, trial);
    return await handing.run(ready.says.unused);
  } finally {
    old.endNews();
    courier.close();
  }
}

/**
 * Everything stays here. It is said before the channel is closed: an end without a word would mean
 * that this process is dead, and what it had offered the other's.
 */
function kept(channel: ControlChannel, failure: ChannelFailure): HandOverResult {
  const why = failureText(failure);
  channel.giveUp(failure, failure.kind, why);
  return { kind: "kept", why };
}

/** From here on two processes accept, and a failure means to accept alone again. */
class Handing {
  /** Batches of connections are numbered beyond those of listeners. */
  #batch = 1 << 16;
  readonly #size: BatchSize;
  #phase: "probation" | "moving" = "probation";
  /** While nothing can move. */
  #waiting: WaitingLines | undefined;

  constructor(
    private readonly channel: ControlChannel,
    private readonly courier: FdCourier,
    private readonly old: Predecessor,
    private readonly terms: HandOverTerms,
    private readonly limits: TakeoverLimits,
    private readonly progress: Progress,
    private readonly trial: Trial,
  ) {
    this.#size = new BatchSize(limits);
  }

  async run(unused: readonly number[]): Promise<HandOverResult> {
    const { channel, old, limits } = this;
    for (const part of old.stateSince()) channel.say("state", part);
    this.progress.mayServe = true;
    channel.say("go", {});
    const accepting = await channel.hear("accepting", limits.answerMs);
    if (accepting.kind === "failed") return kept(channel, accepting.failure);
    channel.expectLife(limits.silenceMs);
    old.stopAccepting(unused);
    const beat = setInterval(() => channel.attempt(() => this.#tell()), limits.aliveEveryMs);
    const failure = await this.#give(unused).catch(defect);
    clearInterval(beat);
    old.noteElsewhere([]);
    if (!failure) return { kind: "handed over" };
    old.acceptAgain();
    return kept(channel, failure);
  }

  async #give(unused: readonly number[]): Promise<ChannelFailure | undefined> {
    this.#tell();
    return await this.#probation() ?? await this.#move(unused) ?? await this.#finish();
  }

  #tell(): void {
    const { old, channel, progress } = this;
    for (const part of old.news()) channel.say("state", part);
    const [left, staying] = [old.left(), old.staying()];
    channel.say("alive", {
      connections: old.connections(),
      left,
      staying: [...staying],
      phase: this.#phase,
      note: progress.note,
    });
    const line = this.#waiting?.next(clock.now, { left, staying });
    if (line !== undefined) progress.waits(line);
  }

  /** The successor serves new clients, and proves that it can before it gets the old ones. */
  async #probation(): Promise<ChannelFailure | undefined> {
    this.progress.phase("probation");
    await this.channel.overOr(this.limits.probationMs);
    return this.channel.failure;
  }

  async #move(unused: readonly number[]): Promise<ChannelFailure | undefined> {
    const { channel, old, limits, progress } = this;
    const { hardStopAfterMs } = this.terms;
    await old.startMoving(unused);
    this.#phase = "moving";
    progress.phase("moving", this.trial.end());
    this.#tell();
    clock.tick();
    const waiting = new WaitingLines(clock.now, limits);
    let stopped = false;
    const stop = setTimeout(() => stopped = true, Math.min(hardStopAfterMs ?? 0, timerMsMax));
    if (hardStopAfterMs === undefined) clearTimeout(stop);
    while (!channel.failure) {
      clock.tick();
      const since = clock.now;
      const frozen = old.freeze({ ...limits, ...this.#size.limits });
      this.#waiting = frozen ? undefined : waiting;
      if (frozen) {
        const failure = await this.#offer(frozen, since);
        if (failure) return failure;
        // Others get their turn: the next batch may be as large.
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      if (old.left() === 0) break;
      if (stopped) old.endAll();
      await channel.overOr(limits.retryMs);
    }
    clearTimeout(stop);
    return channel.failure;
  }

  /**
   * One batch: frozen, offered, and gone once the successor has said that it holds it. As long as it
   * has not, everything can go on here: the successor reads nothing before `commit`.
   *
   * @param since when the first of them began to stand still, ms
   */
  async #offer(frozen: FrozenConnections, since: number): Promise<ChannelFailure | undefined> {
    const { old } = this;
    const all = frozen.moved.map(({ id }) => id);
    const agreed = await this.#agree(frozen, since).catch(defect);
    if ("kind" in agreed) return this.#takeBack(all, agreed);
    clock.tick();
    const crowded = agreed.crowded && agreed.taken.length === 0;
    if (crowded && this.#size.crowded(frozen, clock.now) === "again") {
      old.thaw(all, "taken back");
      await this.channel.overOr(this.limits.retryMs);
      return undefined;
    }
    const taken = new Set(agreed.taken);
    old.letGo(all.filter((id) => taken.has(id)));
    old.thaw(all.filter((id) => !taken.has(id)), "refused");
    clock.tick();
    const frozenMs = clock.now - since;
    this.progress.moved(frozen.moved, agreed, frozenMs);
    if (!crowded) this.#size.wentOn(frozenMs);
    return undefined;
  }

  /** Offers a batch, and commits what the successor is prepared for. */
  async #agree(
    { moved, fds, bytes }: FrozenConnections,
    since: number,
  ): Promise<Says<"prepared"> | ChannelFailure> {
    const { channel, courier, limits } = this;
    const batch = ++this.#batch;
    const sent = courier.send("offer", batch, fds);
    if (sent.kind === "crowded") {
      const refused = moved.map(({ id }) => ({ id, reason: sent.why }));
      return { batch, taken: [], refused, crowded: true };
    }
    if (sent.kind === "failed") return brokenDescriptors(sent.why);
    channel.say("offer", { batch, moved: [...moved] }, bytes, fds.length);
    const prepared = await channel.hear("prepared", limits.batchMs);
    if (prepared.kind === "failed") return prepared.failure;
    if (prepared.says.batch !== batch) {
      return { kind: "confused", why: "that another batch is prepared" };
    }
    clock.tick();
    channel.say("commit", { batch, frozenMs: clock.now - since });
    // Whoever is dead takes no word any more, and one that stays here must never come after all.
    if (channel.unsaid) channel.cut({ kind: "gone" });
    return channel.failure ?? prepared.says;
  }

  /** `abort` goes first: from then on the successor forgets what it was offered. */
  #takeBack(ids: readonly number[], failure: ChannelFailure): ChannelFailure {
    this.channel.giveUp(failure, failure.kind, failureText(failure));
    this.old.thaw(ids, "taken back");
    return failure;
  }

  async #finish(): Promise<ChannelFailure | undefined> {
    const { channel, old, limits } = this;
    for (const part of old.news()) channel.say("state", part);
    this.terms.endpoint?.rest();
    channel.say("final", {});
    const finalized = await channel.hear("finalized", limits.finalMs);
    if (finalized.kind === "failed") return finalized.failure;
    channel.say("leaving", {});
    if (channel.unsaid) channel.cut({ kind: "gone" });
    return channel.failure;
  }
}

/** The longest time that a timer of the runtime can wait. */
const timerMsMax = 2 ** 31 - 1;
