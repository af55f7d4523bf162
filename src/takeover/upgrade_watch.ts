import { clearTimeout, setTimeout } from "node:timers";
import type { HandOverResult } from "./hand_over.ts";
import type { Progress, TakeoverPhase } from "./progress.ts";

/** The successor that was started, as whoever started it sees it. */
export interface StartedSuccessor {
  /** 0 when it could not be started; `exited` says why. */
  readonly pid: number;
  kill(): void;
  /** Resolves to how it ended, in words. */
  readonly exited: Promise<string>;
  /** This process may end before it. */
  release(): void;
}

/** For what a successor said before it ended. */
const lastWordsMs = 1000;

/** Follows a successor from its start to what becomes of it. */
export class UpgradeWatch {
  #mayServe = false;
  #talks = false;
  #settle: (result: HandOverResult) => void = () => {};
  readonly #ended: Promise<HandOverResult>;
  #patience: NodeJS.Timeout | undefined;
  /** Nobody waits any more: a timer would only keep the process. */
  #over = false;

  constructor(private readonly tell: (text: string) => void) {
    this.#ended = new Promise((resolve) => this.#settle = resolve);
  }

  /** @param readyMs how long it may take to ask for the sockets */
  async run(successor: StartedSuccessor, readyMs: number): Promise<HandOverResult> {
    if (successor.pid !== 0) this.tell(`started process ${successor.pid}`);
    this.#patience = setTimeout(() => {
      this.#settle({ kind: "kept", why: "the new process did not ask for the sockets in time" });
    }, readyMs);
    void successor.exited.then((how) => {
      if (this.#over) return;
      const kept: HandOverResult = { kind: "kept", why: `the new process ${how}` };
      if (!this.#talks) return this.#settle(kept);
      // Its last words come by another channel, and may come later than the news of its end.
      this.#patience = setTimeout(() => this.#settle(kept), lastWordsMs);
    });
    const result = await this.#ended;
    this.#over = true;
    clearTimeout(this.#patience);
    // Once it may have accepted clients it serves them to their end, and ends by itself.
    if (result.kind === "kept" && !this.#mayServe) successor.kill();
    successor.release();
    return result;
  }

  reached(phase: TakeoverPhase, { note }: Progress): void {
    clearTimeout(this.#patience);
    this.#talks = true;
    if (note !== "") this.tell(note);
    this.tell(phase);
  }

  waits(text: string): void {
    this.tell(text);
  }

  ended(result: HandOverResult, progress: Progress): void {
    this.#mayServe = progress.mayServe;
    this.tell(progress.summary);
    this.#settle(result);
  }
}
