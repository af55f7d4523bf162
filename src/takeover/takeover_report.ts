import type { HandOverResult } from "./hand_over.ts";
import type { Progress, TakeoverPhase } from "./progress.ts";
import type { TakeOverResult } from "./take_over.ts";

export type ReportedPhase =
  | "starting"
  | "beginning"
  | TakeoverPhase
  | HandOverResult["kind"]
  | TakeOverResult["kind"];

/** Connections that the process which gives has yet. */
export interface Remainder {
  readonly left: number;
  /** By why they stay, where that is known. */
  readonly staying: ReadonlyMap<string, number>;
}

/** One takeover under way, or what became of it, for whoever asks about it. */
export class TakeoverReport {
  #phase: ReportedPhase;
  #since = new Date();
  #why = "";

  /**
   * @param role what the process that is asked does in it
   * @param pid of the other process; 0 where none could be started
   */
  constructor(
    readonly role: "gives" | "takes",
    readonly pid: number,
    readonly progress: Progress,
    phase: ReportedPhase,
    readonly remainder: () => Remainder,
  ) {
    this.#phase = phase;
  }

  get phase(): ReportedPhase {
    return this.#phase;
  }

  /** When this phase was reached. */
  get since(): Date {
    return this.#since;
  }

  /** Why it ended in another way than it should; "" otherwise. */
  get why(): string {
    return this.#why;
  }

  reached(phase: ReportedPhase, why = ""): void {
    this.#phase = phase;
    this.#why = why;
    this.#since = new Date();
  }
}
