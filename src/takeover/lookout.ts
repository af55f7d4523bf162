import { clearInterval, setInterval } from "node:timers";
import { level } from "../observe/log_level.ts";
import type { OpenEndpoint } from "./open_endpoint.ts";

/** Whoever has the endpoint. */
export interface LookoutHost {
  say(severity: number, text: string): void;
  /** The endpoint could not be made, or led to another process, and is this one's from now on. */
  isFound(): void;
}

/** How often it is looked whether this process is found. */
export const lookEveryMs = 3000;

export const hiddenText =
  "another process of this instance has taken the place of this one: 'sluice upgrade' reaches this one " +
  "no more, until that one ends";

/**
 * Looks now and then whether a process can be found: a second one that was started beside it has hidden it,
 * and leaves nothing behind; or its folder could not be made at its start.
 */
export class Lookout {
  #timer: NodeJS.Timeout | undefined;
  #where: "here" | "another's" | "nowhere" = "here";
  #turn: Promise<void> | undefined;

  /** @param busy nothing is to be touched now */
  constructor(
    private readonly door: OpenEndpoint,
    private readonly host: LookoutHost,
    private readonly busy: () => boolean,
  ) {}

  /** @param where the endpoint is */
  start(where: "here" | "nowhere"): void {
    this.#where = where;
    this.#timer = setInterval(() => void this.look(), lookEveryMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Looks at once, unless nobody is to look any more. */
  async look(): Promise<void> {
    if (!this.#timer || this.busy()) return;
    await (this.#turn ??= this.#look().finally(() => this.#turn = undefined));
  }

  async #look(): Promise<void> {
    const before = this.#where;
    try {
      this.#where = await this.door.find();
    } catch (error) {
      this.#where = "nowhere";
      if (before !== "nowhere") {
        this.host.say(level.err, `this process can't be upgraded any more: ${error}`);
      }
      return;
    }
    if (this.#where === before) return;
    if (this.#where === "another's") return this.host.say(level.warning, hiddenText);
    this.host.isFound();
    this.host.say(level.notice, "this process can be upgraded from now on");
  }
}
