import { clearInterval, setInterval } from "node:timers";
import { descriptorsOf, type MovedDescription } from "../proxy/move/description.ts";
import { type ChannelFailure, type ControlChannel, failureText } from "./control_channel.ts";
import type { FdCourier } from "./fd_courier.ts";
import type { Sharing, StatePart } from "./hand_over.ts";
import type { TakeoverLimits } from "./limits.ts";
import type { Says } from "./message.ts";
import type { GivenSocket } from "./socket_request.ts";
import type { Answers } from "./trial.ts";

/** A listening socket that came from the running process. */
export interface TakenListener extends GivenSocket {
  readonly id: number;
}

/** What went wrong in the new process, and why it gives up. */
export interface Refusal {
  readonly reason: string;
  readonly text: string;
}

/** The new process, as a takeover needs it. None of it throws. */
export interface Successor extends Sharing {
  /**
   * Matches the sockets to its configuration, closes what it has no use for, binds what is missing,
   * and goes on from the State; accepts nothing yet.
   */
  inherit(
    listeners: readonly TakenListener[],
    state: readonly StatePart[],
  ): Promise<{ readonly unused: readonly number[] } | { readonly failed: Refusal }>;
  /** What it has answered since its start. */
  answers(): Answers;
  /** Begins to accept; says why it can't. */
  accept(): Promise<Refusal | undefined>;
  /** Looks at connections and holds those it can go on with: reads and writes nothing yet. */
  prepare(
    moved: readonly MovedDescription[],
    fds: readonly number[],
    bytes: Uint8Array,
  ): Says<"prepared">["refused"];
  /** The prepared ones are its own now. */
  activate(): void;
  /** Everything is here: from now on it is this process that is found. */
  settle(): Promise<void>;
  /** The prepared ones stay with the other process: closes the descriptors, and nothing else. */
  forget(): void;
}

export type TakeOverResult =
  | { readonly kind: "taken over" }
  | { readonly kind: "dry run" }
  /** The other process is gone, and all it had given is here: the successor serves alone. */
  | { readonly kind: "left alone"; readonly why: string }
  /** Nothing was taken; the other process goes on. `refusal` where this process gave up itself. */
  | { readonly kind: "not taken over"; readonly why: string; readonly refusal?: Refusal }
  /** The other process goes on alone; clients that came here meanwhile have to be served yet. */
  | { readonly kind: "sent back"; readonly why: string };

export interface TakeOverTerms {
  readonly hello: Says<"hello">;
  /** Connects the channel of descriptors. */
  connect(session: string): FdCourier | { readonly why: string };
}

/** Takes sockets, State and connections over from the running process. */
export async function takeOver(
  channel: ControlChannel,
  terms: TakeOverTerms,
  successor: Successor,
  limits: TakeoverLimits,
): Promise<TakeOverResult> {
  const parts: StatePart[] = [];
  channel.aside = (message) => {
    if (message.name !== "state") return false;
    parts.push(message.says);
    return true;
  };
  channel.say("hello", terms.hello);
  const welcome = await channel.hear("welcome", limits.answerMs);
  if (welcome.kind === "failed") return notTakenOver(channel, welcome.failure);
  const courier = terms.connect(welcome.says.session);
  if ("why" in courier) return givenUp(channel, { reason: "descriptors", text: courier.why });
  try {
    channel.say("connected", { session: welcome.says.session });
    const listeners = await takeListeners(channel, courier, welcome.says.listeners, limits);
    if ("failure" in listeners) return notTakenOver(channel, listeners.failure);
    const told = await channel.hear("told", limits.stateMs);
    if (told.kind === "failed") return notTakenOver(channel, told.failure);
    const inherited = await successor.inherit(listeners.taken, parts);
    if ("failed" in inherited) return givenUp(channel, inherited.failed);
    channel.say("ready", { unused: [...inherited.unused] });
    if (terms.hello.mode === "dry-run") return { kind: "dry run" };
    const sharesOrders = welcome.says.capabilities.includes("operator/1");
    return await goOn(channel, courier, successor, limits, sharesOrders ? "tells" : "is silent");
  } finally {
    courier.close();
  }
}

function notTakenOver(channel: ControlChannel, failure: ChannelFailure): TakeOverResult {
  channel.giveUp(failure, failure.kind, failureText(failure));
  return { kind: "not taken over", why: failureText(failure) };
}

function givenUp(channel: ControlChannel, refusal: Refusal): TakeOverResult {
  channel.giveUp({ kind: "told off", ...refusal }, refusal.reason, refusal.text);
  return { kind: "not taken over", why: refusal.text, refusal };
}

async function takeListeners(
  channel: ControlChannel,
  courier: FdCourier,
  count: number,
  { answerMs }: TakeoverLimits,
): Promise<{ readonly taken: TakenListener[] } | { readonly failure: ChannelFailure }> {
  const taken: TakenListener[] = [];
  while (taken.length < count) {
    const heard = await channel.hear("listeners", answerMs);
    if (heard.kind === "failed") return { failure: heard.failure };
    const { batch, listeners } = heard.says;
    const delivery = courier.take(batch, listeners.length);
    if (delivery.kind === "failed" || listeners.length === 0) {
      const why = delivery.kind === "failed" ? delivery.why : "an empty batch of listeners";
      return { failure: { kind: "confused", why } };
    }
    listeners.forEach((listener, i) => taken.push({ ...listener, fd: delivery.fds[i]! }));
    channel.say("took", { batch });
  }
  return { taken };
}

async function goOn(
  channel: ControlChannel,
  courier: FdCourier,
  successor: Successor,
  limits: TakeoverLimits,
  ofState: "tells" | "is silent",
): Promise<TakeOverResult> {
  channel.aside = (message) => {
    if (message.name === "state") successor.learn(message.says);
    return message.name === "state";
  };
  const imported = new Import(channel, courier, successor);
  const go = await channel.hear("go", limits.answerMs);
  if (go.kind === "failed") return notTakenOver(channel, go.failure);
  const refusal = await successor.accept();
  if (refusal) return givenUp(channel, refusal);
  channel.say("accepting", {});
  const alive = () => {
    if (ofState === "tells") { for (const part of successor.news()) channel.say("state", part); }
    channel.say("alive", { connections: successor.connections(), answers: successor.answers() });
  };
  alive();
  const beat = setInterval(alive, limits.aliveEveryMs);
  try {
    return await imported.untilFinal();
  } finally {
    clearInterval(beat);
    successor.noteElsewhere([]);
  }
}

/** Takes batch after batch until the other process has nothing left, or is gone. */
class Import {
  #prepared = false;
  #settling = false;
  #end: (result: TakeOverResult) => void = () => {};

  constructor(
    private readonly channel: ControlChannel,
    private readonly courier: FdCourier,
    private readonly successor: Successor,
  ) {}

  untilFinal(): Promise<TakeOverResult> {
    const ended = new Promise<TakeOverResult>((resolve) => this.#end = resolve);
    this.channel.aside = (message) => {
      switch (message.name) {
        case "alive":
          this.successor.noteElsewhere(message.says.connections);
          return true;
        case "state":
          this.successor.learn(message.says);
          return true;
        case "offer":
          this.#prepare(message.says, message.bytes);
          return true;
        case "commit":
          this.#activate();
          return true;
        case "final":
          void this.#settle({ kind: "taken over" });
          return true;
        default:
          return false;
      }
    };
    void this.channel.over.then((failure) => this.#lost(failure));
    return ended;
  }

  #prepare({ batch, moved }: Says<"offer">, bytes: Uint8Array): void {
    const count = moved.reduce((sum, description) => sum + descriptorsOf(description), 0);
    const delivery = this.courier.take(batch, count);
    if (delivery.kind === "failed") {
      const refused = moved.map(({ id }) => ({ id, reason: delivery.why }));
      return this.channel.say("prepared", { batch, taken: [], refused });
    }
    const refused = this.successor.prepare(moved, delivery.fds, bytes);
    this.#prepared = true;
    const not = new Set(refused.map(({ id }) => id));
    const taken = moved.map(({ id }) => id).filter((id) => !not.has(id));
    this.channel.say("prepared", { batch, taken, refused });
  }

  /** The other process ends as soon as it is told: nobody may look for one in between. */
  async #settle(result: TakeOverResult): Promise<void> {
    if (this.#settling) return;
    this.#settling = true;
    await this.successor.settle();
    this.channel.say("finalized", {});
    this.#end(result);
  }

  #activate(): void {
    if (!this.#prepared) return;
    this.#prepared = false;
    this.successor.activate();
  }

  #forget(): void {
    if (!this.#prepared) return;
    this.#prepared = false;
    this.successor.forget();
  }

  /** Whoever is gone without a word reads nothing more: what it had offered goes on here. */
  #lost(failure: ChannelFailure): void {
    const why = failureText(failure);
    if (failure.kind === "gone") {
      this.#activate();
      void this.#settle({ kind: "left alone", why });
    } else {
      this.#forget();
      this.#end({ kind: "sent back", why });
    }
  }
}
