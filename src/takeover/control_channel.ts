import { clearTimeout, setTimeout } from "node:timers";
import type { Connection, ConnectionHandler } from "../net/connection.ts";
import { flushOutbox, Outbox } from "../net/outbox.ts";
import { failAt } from "./fault.ts";
import { FrameReader, writeFrame } from "./frame.ts";
import { type Message, type MessageName, messages, readMessage, type Says } from "./message.ts";

/** Why a channel gives nothing more. */
export type ChannelFailure =
  /** Nothing came in time. */
  | { readonly kind: "late" }
  /** The other process closed it, or is gone. */
  | { readonly kind: "gone" }
  /** The other process said that it stops, and why. */
  | { readonly kind: "told off"; readonly reason: string; readonly text: string }
  /** It said something that cannot be understood, or that is not its turn to say. */
  | { readonly kind: "confused"; readonly why: string };

export type Heard<N extends MessageName> =
  | { readonly kind: "heard"; readonly says: Says<N> }
  | { readonly kind: "failed"; readonly failure: ChannelFailure };

const nothing = new Uint8Array(0);
/** How long a conversation that is over waits for the other process to close it. */
const lingerMs = 2000;
/** Messages that wait to be heard: the conversation is question and answer. */
const inboxMessagesMax = 64;
/**
 * Where it was this process that stood still, what the other one has said meanwhile is there, and is
 * read before this is over.
 */
const secondLookMs = 20;

/** Messages with another process over a unix socket, one conversation long. Nothing here throws. */
export class ControlChannel implements ConnectionHandler {
  readonly #out = new Outbox();
  readonly #reader = new FrameReader();
  readonly #inbox: Message[] = [];
  #number = 0;
  #failure: ChannelFailure | undefined;
  #wake: (() => void) | undefined;
  /** Takes messages that may come at any time; answers whether it did. */
  aside: (message: Message) => boolean = () => false;
  /** Resolves when the channel has failed, or was closed. */
  readonly over: Promise<ChannelFailure>;
  #end: (failure: ChannelFailure) => void = () => {};
  #silenceMs: number | undefined;
  #silence: NodeJS.Timeout | undefined;
  /** Ends when what was said is out. */
  #closing = false;
  #linger: NodeJS.Timeout | undefined;

  constructor(readonly connection: Connection) {
    this.over = new Promise((resolve) => this.#end = resolve);
    this.#out.connection = connection;
    connection.handler = this;
  }

  /** From now on the other process must say something at least this often. */
  expectLife(silenceMs: number): void {
    this.#silenceMs = silenceMs;
    this.#listen();
  }

  get failure(): ChannelFailure | undefined {
    return this.#failure;
  }

  say<N extends MessageName>(
    name: N,
    says: Says<N>,
    bytes: Uint8Array = nothing,
    descriptors = 0,
  ): void {
    if (this.#failure) return;
    failAt(name, this.connection);
    const frame = writeFrame({
      type: messages[name].number,
      optional: messages[name].optional,
      descriptors,
      number: ++this.#number,
      text: JSON.stringify(says),
      bytes,
    });
    if (!frame) {
      return this.giveUp({ kind: "confused", why: `'${name}' is too long` }, "length", name);
    }
    this.#out.bytes(frame, 0, frame.length);
    flushOutbox();
  }

  /** Something that was said has not left this process: the other one does not take it. */
  get unsaid(): boolean {
    return this.#out.pending > 0;
  }

  /** Ends the conversation; what has not left this process never will. */
  cut(failure: ChannelFailure): void {
    this.#out.discard();
    this.#fail(failure);
  }

  /** Does something of this conversation: a defect in it ends that, and not the process. */
  attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      const failure = defect(error);
      this.giveUp(failure, failure.kind, failureText(failure));
    }
  }

  /** Waits for this message; another one, an end or too long a silence is a failure. */
  async hear<N extends MessageName>(name: N, withinMs: number): Promise<Heard<N>> {
    const next = await this.next(withinMs);
    if ("kind" in next) return { kind: "failed", failure: next };
    if (next.name === name) return { kind: "heard", says: next.says as Says<N> };
    const why = `'${next.name}' instead of '${name}'`;
    return { kind: "failed", failure: { kind: "confused", why } };
  }

  /** Waits for any message. */
  async next(withinMs: number): Promise<Message | ChannelFailure> {
    if (this.#inbox.length === 0 && !this.#failure) await this.#wait(withinMs);
    return this.#inbox.shift() ?? this.#failure ?? { kind: "late" };
  }

  /** Waits for so long, or until the channel has failed. */
  async overOr(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
    await Promise.race([this.over, passed]);
    clearTimeout(timer);
  }

  onData(bytes: Uint8Array): void {
    if (this.#failure) return;
    this.#listen();
    this.#reader.add(bytes);
    while (!this.#failure) {
      const reading = this.#reader.next();
      if (reading.kind === "incomplete") return;
      if (reading.kind === "invalid") return this.#confused(reading.why);
      const read = readMessage(reading.frame);
      if (read.kind === "invalid") return this.#confused(read.why);
      if (read.kind === "message") this.attempt(() => this.#take(read.message));
    }
  }

  #take(message: Message): void {
    if (message.name === "abort" || message.name === "refuse") {
      const { reason, text } = message.says;
      return this.#fail({ kind: "told off", reason, text });
    }
    if (this.aside(message)) return;
    if (this.#inbox.length >= inboxMessagesMax) return this.#confused("more than it was asked for");
    this.#inbox.push(message);
    this.#wake?.();
  }

  #confused(why: string): void {
    const failure = { kind: "confused", why } as const;
    this.giveUp(failure, failure.kind, failureText(failure));
  }

  onDrain(): void {
    if (this.#out.drain() && this.#closing) this.#leave();
  }

  onEnd(): void {
    if (this.#failure) return this.connection.close();
    this.#fail({ kind: "gone" });
  }

  onClose(): void {
    clearTimeout(this.#linger);
    this.#fail({ kind: "gone" });
  }

  /** The conversation is over; what was said is still delivered. */
  close(): void {
    this.#fail({ kind: "told off", reason: "over", text: "the conversation is over" });
  }

  #listen(): void {
    if (this.#silenceMs === undefined || this.#failure) return;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lookAgain(), this.#silenceMs);
  }

  /** This process may have been held up itself: what came meanwhile is read before anybody is blamed. */
  #lookAgain(): void {
    this.#silence = setTimeout(() => {
      this.giveUp({ kind: "late" }, "silence", "the other process was silent for too long");
    }, this.#silenceMs! / 4);
  }

  /**
   * Ends the conversation, and says so: an end without a word means that this process is dead, and
   * that what it had offered is the other's.
   */
  giveUp(failure: ChannelFailure, reason: string, text: string): void {
    this.say("abort", { reason, text });
    this.#fail(failure);
  }

  #fail(failure: ChannelFailure): void {
    if (this.#failure) return;
    this.#failure = failure;
    clearTimeout(this.#silence);
    this.#out.flush();
    // What waits yet is sent before the connection ends; there is little of it.
    if (failure.kind === "gone") this.connection.close();
    else if (this.#out.pending > 0) this.#closing = true;
    else this.#leave();
    this.#wake?.();
    this.#end(failure);
  }

  /**
   * Lets the other process close first: with nobody to take what it says it would get an error, and
   * a runtime that gets one reads no more, not even the last word that waits for it.
   */
  #leave(): void {
    this.connection.shutdown();
    this.#linger = setTimeout(() => this.connection.close(), lingerMs);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      let timer = setTimeout(() => timer = setTimeout(wake, secondLookMs), ms);
      this.#wake = wake;
    });
  }
}

/** A defect of this process, as the reason why it gives up. */
export function defect(error: unknown): ChannelFailure {
  return { kind: "told off", reason: "defect", text: `internal error: ${error}` };
}

/** A failure in words. */
export function failureText(failure: ChannelFailure): string {
  switch (failure.kind) {
    case "late":
      return "the other process did not answer in time";
    case "gone":
      return "the other process is gone";
    case "told off":
      return failure.text;
    case "confused":
      return `the other process said ${failure.why}`;
  }
}
