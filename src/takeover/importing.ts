import { clearInterval, setInterval } from "node:timers";
import { descriptorsOf } from "../proxy/move/description.ts";
import {
  type ChannelFailure,
  type ControlChannel,
  defect,
  failureText,
} from "./control_channel.ts";
import { brokenDescriptors, type FdCourier } from "./fd_courier.ts";
import type { Message, Says } from "./message.ts";
import type { Progress } from "./progress.ts";
import type { Successor, TakeOverResult, TakeOverTerms } from "./take_over.ts";

/** Takes batch after batch until the other process has nothing left, or is gone. */
export class Importing {
  #prepared:
    | { readonly moved: Says<"offer">["moved"]; readonly said: Says<"prepared"> }
    | undefined;
  #moves = false;
  /** This process is the one that is found, or is about to be. */
  #settled: Promise<void> | undefined;
  #end: (result: TakeOverResult) => void = () => {};

  constructor(
    private readonly channel: ControlChannel,
    private readonly courier: FdCourier,
    private readonly successor: Successor,
    private readonly terms: TakeOverTerms,
    private readonly progress: Progress,
  ) {}

  async untilFinal(
    aliveEveryMs: number,
    ofState: "tells" | "is silent",
  ): Promise<TakeOverResult> {
    const { channel, successor } = this;
    const ended = new Promise<TakeOverResult>((resolve) => this.#end = resolve);
    channel.aside = (message) => this.#take(message);
    void channel.over.then((failure) => this.#over(failure)).catch((error) => {
      this.#end({ kind: "sent back", why: failureText(defect(error)) });
    });
    this.progress.phase("probation");
    const alive = () => {
      if (ofState === "tells") { for (const part of successor.news()) channel.say("state", part); }
      channel.say("alive", { connections: successor.connections(), answers: successor.answers() });
    };
    channel.attempt(() => {
      channel.say("accepting", {});
      alive();
    });
    const beat = setInterval(() => channel.attempt(alive), aliveEveryMs);
    const result = await ended;
    clearInterval(beat);
    successor.noteElsewhere([]);
    successor.endNews();
    return result;
  }

  #take(message: Message): boolean {
    switch (message.name) {
      case "alive":
        this.#hear(message.says);
        return true;
      case "state":
        this.successor.learn(message.says);
        return true;
      case "offer":
        this.#prepare(message.says, message.bytes);
        return true;
      case "commit":
        this.#activate(message.says.frozenMs);
        return true;
      case "final":
        this.progress.left = 0;
        this.progress.staying = new Map();
        void this.#settle().catch((error) => {
          this.channel.attempt(() => {
            throw error;
          });
        });
        return true;
      case "leaving":
        this.#end({ kind: "taken over" });
        return true;
      default:
        return false;
    }
  }

  #hear({ connections, left = 0, staying = [], phase, note }: Says<"alive">): void {
    const { progress } = this;
    this.successor.noteElsewhere(connections);
    progress.left = left;
    progress.staying = new Map(staying);
    if (phase === "moving") this.#move(note);
  }

  /** An older process tells only by what it offers. */
  #move(note?: string): void {
    if (!this.#moves) this.progress.phase("moving", note);
    this.#moves = true;
  }

  #prepare({ batch, moved }: Says<"offer">, bytes: Uint8Array): void {
    this.#move();
    const count = moved.reduce((sum, description) => sum + descriptorsOf(description), 0);
    const delivery = this.courier.take(batch, count);
    if (delivery.kind === "crowded") {
      const refused = moved.map(({ id }) => ({ id, reason: delivery.why }));
      return this.channel.say("prepared", { batch, taken: [], refused, crowded: true });
    }
    if (delivery.kind === "failed") {
      const failure = brokenDescriptors(delivery.why);
      return this.channel.giveUp(failure, failure.kind, failureText(failure));
    }
    // A defect may leave the successor with some of it in hand.
    this.#prepared = { moved, said: { batch, taken: [], refused: [] } };
    const refused = this.successor.prepare(moved, delivery.fds, bytes);
    const not = new Set(refused.map(({ id }) => id));
    const taken = moved.map(({ id }) => id).filter((id) => !not.has(id));
    const said = { batch, taken, refused };
    this.#prepared = { moved, said };
    this.channel.say("prepared", said);
  }

  /**
   * Nobody may look for a process in between one and the next. The other one has the last word: it may
   * have given this one up meanwhile.
   */
  async #settle(): Promise<void> {
    await (this.#settled ??= this.successor.settle());
    this.channel.say("finalized", {});
  }

  #activate(frozenMs = 0): void {
    const prepared = this.#prepared;
    if (!prepared) return;
    this.#prepared = undefined;
    this.successor.activate();
    this.progress.moved(prepared.moved, prepared.said, frozenMs);
  }

  #forget(): void {
    if (!this.#prepared) return;
    this.#prepared = undefined;
    this.successor.forget();
  }

  /** Whoever has died reads nothing more: what it had offered goes on here. */
  async #over(failure: ChannelFailure): Promise<void> {
    const why = failureText(failure);
    // Once it was told that all is here, nothing but its own word means that it goes on.
    const mayBeDead = failure.kind === "gone" || this.#settled && failure.kind !== "told off";
    if (mayBeDead && await this.terms.isDead()) {
      this.#activate();
      await (this.#settled ??= this.successor.settle());
      this.#end({ kind: "left alone", why });
    } else {
      this.#forget();
      await this.#settled;
      this.#end({ kind: "sent back", why });
    }
  }
}
