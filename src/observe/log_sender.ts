import type { LogTarget } from "../config/plan.ts";
import type { LogDestination } from "./log_destination.ts";
import { LogHeader, type LogIdentity } from "./log_header.ts";
import { Sampling } from "./sampling.ts";

/** One log target at work: filters by level, samples, puts the header in front and cuts. */
export class LogSender {
  #header: LogHeader;
  #sampling: Sampling | undefined;

  constructor(
    readonly target: LogTarget,
    identity: LogIdentity,
    private readonly destination: LogDestination,
  ) {
    this.#header = new LogHeader(target, identity);
    this.#sampling = target.sample && new Sampling(target.sample);
  }

  /** A log of this level goes out here at all. */
  accepts(level: number): boolean {
    return level <= this.target.level;
  }

  /**
   * Sends one text, latin1 without a line end. A line is no longer than the target's length, its
   * line end included; `now` in milliseconds since the epoch.
   */
  send(level: number, text: string, now: number): void {
    if (level > this.target.level || this.#sampling?.next() === "skip") return;
    const line = this.#header.text(Math.max(level, this.target.minLevel), now) + text;
    const { length, format } = this.target;
    // Half a JSON object is none: those are made to fit by whoever makes them.
    const cut = format !== "json" && line.length >= length ? line.substring(0, length - 1) : line;
    this.destination.write(cut + "\n");
  }
}
