import { clearInterval, setInterval } from "node:timers";
import type { MovedDescription } from "../proxy/move/description.ts";
import {
  type ChannelFailure,
  type ControlChannel,
  defect,
  failureText,
} from "./control_channel.ts";
import { brokenDescriptors, type FdCourier } from "./fd_courier.ts";
import type { EndpointSocket, Sharing, StatePart } from "./hand_over.ts";
import { Importing } from "./importing.ts";
import type { TakeoverLimits } from "./limits.ts";
import type { Message, Says } from "./message.ts";
import type { Progress } from "./progress.ts";
import type { GivenSocket } from "./socket_request.ts";
import type { Answers } from "./trial.ts";

/** A listening socket that came from the running process. */
export interface TakenListener extends GivenSocket {
  readonly id: number;
  /** It is one of the endpoint's. */
  readonly endpoint?: EndpointSocket | undefined;
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
  /** Whether the other process is dead, once it has closed the channel without a word. */
  isDead(): Promise<boolean>;
}

/**
 * Takes sockets, State and connections over from the running process. One that dies meanwhile leaves
 * what has come: somebody has to serve, and it is this process.
 */
export async function takeOver(
  channel: ControlChannel,
  terms: TakeOverTerms,
  successor: Successor,
  limits: TakeoverLimits,
  progress: Progress,
): Promise<TakeOverResult> {
  try {
    return await new Taking(channel, terms, successor, limits, progress).run();
  } catch (error) {
    return notTakenOver(channel, defect(error));
  }
}

class Taking {
  readonly #parts: StatePart[] = [];
  readonly #taken: TakenListener[] = [];
  #letters = 0;
  #messages = 0;

  constructor(
    private readonly channel: ControlChannel,
    private readonly terms: TakeOverTerms,
    private readonly successor: Successor,
    private readonly limits: TakeoverLimits,
    private readonly progress: Progress,
  ) {}

  async run(): Promise<TakeOverResult> {
    const { channel, terms, limits } = this;
    channel.aside = (message) => this.#learn(message, (part) => this.#parts.push(part));
    channel.say("hello", terms.hello);
    const welcome = await channel.hear("welcome", limits.answerMs);
    if (welcome.kind === "failed") return await this.#without(welcome.failure);
    const { session, listeners, capabilities } = welcome.says;
    const courier = terms.connect(session);
    if ("why" in courier) {
      // The news of a death may come later than what it leaves behind.
      const failure = channel.failure ?? (await terms.isDead() ? gone : undefined);
      return failure
        ? await this.#without(failure)
        : givenUp(channel, { reason: "descriptors", text: courier.why });
    }
    try {
      channel.say("connected", { session });
      this.progress.phase("listeners");
      const failure = await this.#take(courier, listeners);
      return failure ? await this.#without(failure) : await this.#goOn(courier, capabilities);
    } finally {
      courier.close();
    }
  }

  /** Sockets and State. */
  async #take(courier: FdCourier, listeners: number): Promise<ChannelFailure | undefined> {
    const { channel, limits } = this;
    const failure = await takeListeners(channel, courier, listeners, this.#taken, limits);
    if (failure) return failure;
    const told = await channel.hear("told", limits.stateMs);
    return told.kind === "failed" ? told.failure : undefined;
  }

  async #goOn(courier: FdCourier, shared: readonly string[]): Promise<TakeOverResult> {
    const { channel, terms, successor, limits } = this;
    const inherited = await this.#inherit(shared);
    if ("failed" in inherited) return givenUp(channel, inherited.failed);
    channel.say("ready", { unused: [...inherited.unused] });
    if (terms.hello.mode === "dry-run") return { kind: "dry run" };
    channel.aside = (message) => this.#learn(message, (part) => successor.learn(part));
    const go = await channel.hear("go", limits.answerMs);
    if (go.kind === "failed") {
      return await this.#isLeftAlone(go.failure)
        ? await this.#serveAlone(go.failure)
        : notTakenOver(channel, go.failure);
    }
    const refusal = await successor.accept();
    if (refusal) return givenUp(channel, refusal);
    const importing = new Importing(channel, courier, successor, terms, this.progress);
    return await importing.untilFinal(
      limits.aliveEveryMs,
      shared.includes("operator/1") ? "tells" : "is silent",
    );
  }

  /** Takes State, as much as anybody may have: what the other process can do must not fill this one. */
  #learn(message: Message, take: (part: StatePart) => void): boolean {
    if (message.name !== "state") return false;
    const { stateLettersMax, statePartsMax } = this.limits;
    this.#letters += message.letters;
    this.#messages++;
    if (this.#letters > stateLettersMax || this.#messages > statePartsMax) {
      const text = "the old process sends too much State";
      this.channel.giveUp({ kind: "told off", reason: "excess", text }, "excess", text);
    } else take(message.says);
    return true;
  }

  /** Says all the time that it is alive: whoever says nothing is in the way of others. */
  async #inherit(shared: readonly string[]): ReturnType<Successor["inherit"]> {
    const { channel, successor, limits } = this;
    const tell = () => channel.attempt(() => channel.say("alive", { connections: [] }));
    const beat = setInterval(tell, limits.aliveEveryMs);
    if (!shared.includes("preparing/1")) clearInterval(beat);
    try {
      return await successor.inherit(this.#taken, this.#parts);
    } finally {
      clearInterval(beat);
    }
  }

  /** Nothing more comes of the other process: goes on with what is here if it is dead. */
  async #without(failure: ChannelFailure): Promise<TakeOverResult> {
    const { channel, successor } = this;
    if (!(await this.#isLeftAlone(failure))) return notTakenOver(channel, failure);
    const inherited = await successor.inherit(this.#taken, this.#parts);
    return "failed" in inherited
      ? givenUp(channel, inherited.failed)
      : await this.#serveAlone(failure);
  }

  async #isLeftAlone(failure: ChannelFailure): Promise<boolean> {
    const { hello, isDead } = this.terms;
    return failure.kind === "gone" && hello.mode === "takeover" && await isDead();
  }

  /** It is found first: whoever accepts may have given up the rights that this takes. */
  async #serveAlone(failure: ChannelFailure): Promise<TakeOverResult> {
    await this.successor.settle();
    const refusal = await this.successor.accept();
    this.successor.endNews();
    if (refusal) return givenUp(this.channel, refusal);
    return { kind: "left alone", why: failureText(failure) };
  }
}

const gone = { kind: "gone" } as const;

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
  taken: TakenListener[],
  { answerMs }: TakeoverLimits,
): Promise<ChannelFailure | undefined> {
  while (taken.length < count) {
    const heard = await channel.hear("listeners", answerMs);
    if (heard.kind === "failed") return heard.failure;
    const { batch, listeners } = heard.says;
    const delivery = courier.take(batch, listeners.length);
    if (delivery.kind !== "delivered" || listeners.length === 0) {
      return delivery.kind === "delivered"
        ? { kind: "confused", why: "an empty batch of listeners" }
        : brokenDescriptors(delivery.why);
    }
    listeners.forEach((listener, i) => taken.push({ ...listener, fd: delivery.fds[i]! }));
    channel.say("took", { batch });
  }
  return undefined;
}
