import type { Socket } from "node:net";
import { readByPeer, sendPieces } from "../../support/delivery.ts";
import type { Script, Step } from "./case.ts";
import type { Words } from "./words.ts";

/** How a connection ended, seen from one of its ends. */
export type Ending =
  /** The other side sent all it had and ended. */
  | "ended"
  | "reset"
  /** Somebody waited for an end in vain, or nobody waited. */
  | "open"
  | "not accepted";

/** Longest wait for anything; above every timeout of the cases. */
export const PATIENCE_MS = 8_000;
const QUIET_MS = 150;

/** One end of a connection that follows a script and writes down what it saw. */
export class Actor {
  received = "";
  ending: Ending = "open";
  /** What it waited for in vain. */
  missed: string | undefined;
  #wake: (() => void) | undefined;
  #stopped = false;

  constructor(
    readonly socket: Socket,
    private readonly name: string,
    private readonly words: Words,
  ) {
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.received += chunk.toString("latin1");
      this.#wake?.();
    });
    socket.on("end", () => this.#ended("ended"));
    socket.on("close", () => this.#ended("ended"));
    socket.on("error", () => this.#ended("reset"));
  }

  /** Resolves when the script is through, or something in it was waited for in vain. */
  async follow(script: Script): Promise<void> {
    for (const step of script) {
      await this.#take(step);
      if (this.missed !== undefined) break;
    }
    this.#stopped = true;
    // Whoever waits for this one's words would wait for ever.
    for (const step of script) if (step.does === "tell") this.words.tell(step.word);
  }

  async #take(step: Step): Promise<void> {
    const { socket } = this;
    switch (step.does) {
      case "send":
        return await sendPieces(
          socket,
          step.pieces.map((piece) =>
            piece.replaceAll("NAME", this.name).replaceAll("PEER", socket.remoteAddress ?? "")
          ),
        );
      case "until":
        return await this.#wait(() => this.received.includes(step.text), step.text);
      case "bytes":
        return await this.#wait(() => this.received.length >= step.count, `${step.count} bytes`);
      case "delivered":
        return await readByPeer(socket);
      case "half-close":
        socket.end();
        return;
      case "close":
        this.#stopped = true;
        socket.destroy();
        return;
      case "reset":
        this.#stopped = true;
        socket.resetAndDestroy();
        return;
      case "end":
        return await this.#wait(() => this.ending !== "open", "the end", true);
      case "quiet":
        return await this.#quiet();
      case "stop-reading":
        socket.pause();
        return;
      case "tell":
        return this.words.tell(step.word);
      case "hear":
        return await this.words.hear(step.word, PATIENCE_MS);
    }
  }

  #ended(how: Ending): void {
    if (this.ending === "open" && !this.#stopped) this.ending = how;
    this.#wake?.();
  }

  /** Waits until `done`; an end of the connection ends the wait as well. */
  async #wait(done: () => boolean, what: string, isForEnd = false): Promise<void> {
    const deadlineAt = Date.now() + PATIENCE_MS;
    while (!done() && this.ending === "open") {
      const left = deadlineAt - Date.now();
      if (left <= 0) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (!done() && !isForEnd) this.missed = what;
    if (!done() && isForEnd) this.missed = "the end";
  }

  async #quiet(): Promise<void> {
    const before = this.received.length;
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    if (this.received.length > before || this.ending !== "open") this.missed = "silence";
  }
}
