import { clearTimeout, setTimeout } from "node:timers";
import type { HandOverResult } from "./hand_over.ts";
import type { Says } from "./message.ts";
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

const whereItSpoke = "What it said is on the standard error of the process that runs";

/** Follows a successor from its start to what becomes of it. */
export class UpgradeWatch {
  #mayServe = false;
  #talks = false;
  #pid = 0;
  #findings: Says<"findings"> | undefined;
  #settle: (result: HandOverResult) => void = () => {};
  readonly #ended: Promise<HandOverResult>;
  #patience: NodeJS.Timeout | undefined;
  /** Nobody waits any more: a timer would only keep the process. */
  #over = false;

  /** @param program what is started, if it is another one than this */
  constructor(
    private readonly tell: (text: string) => void,
    private readonly program?: string | undefined,
  ) {
    this.#ended = new Promise((resolve) => this.#settle = resolve);
  }

  /** @param readyMs how long it may take to ask for the sockets */
  async run(successor: StartedSuccessor, readyMs: number): Promise<HandOverResult> {
    this.#pid = successor.pid;
    if (successor.pid !== 0) this.tell(`started process ${successor.pid}`);
    this.#patience = setTimeout(() => {
      this.#settle({ kind: "kept", why: "the new process did not ask for the sockets in time" });
    }, readyMs);
    void successor.exited.then((how) => {
      if (this.#over) return;
      const kept: HandOverResult = { kind: "kept", why: `the new process ${how}${this.#reason}` };
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

  /**
   * This process ends as it was told to: a successor that has asked for nothing yet would take that for a
   * death, and serve alone.
   */
  giveUp(why: string): void {
    if (!this.#talks) this.#settle({ kind: "kept", why });
  }

  reached(phase: TakeoverPhase, { note }: Progress): void {
    clearTimeout(this.#patience);
    this.#talks = true;
    if (note !== "") this.tell(note);
    this.tell(phase);
  }

  /** Why a successor ends that has not asked for anything; another process may say anything. */
  complains(findings: Says<"findings">): void {
    const { pid, errors, more } = findings;
    if (pid !== this.#pid) return;
    this.#findings = findings;
    for (const error of errors) this.tell(error);
    if (more > 0) this.tell(moreErrors(more));
  }

  get #reason(): string {
    if (this.#findings) {
      const { errors, more } = this.#findings;
      const others = errors.length - 1 + more;
      return `: ${errors[0]}${others === 0 ? "" : ` (${moreErrors(others)})`}`;
    }
    if (this.#talks || this.#pid === 0) return "";
    const question = this.program === undefined ? "" : `: is '${this.program}' a sluice?`;
    return ` before it asked to take over${question || "."} ${whereItSpoke}`;
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

function moreErrors(count: number): string {
  return `and ${count} more ${count === 1 ? "error" : "errors"}`;
}
