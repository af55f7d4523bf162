import { processFacts } from "../proxy/process_facts.ts";
import type { TakeoverLimits } from "./limits.ts";

/** Answers of a process to its clients. */
export interface Answers {
  readonly all: number;
  /** Those with a status of 5xx that neither a server nor a rule has made. */
  readonly ownErrors: number;
}

/** All that this process has given. */
export function ownAnswers(): Answers {
  const { answers, ownErrors } = processFacts;
  return { all: answers, ownErrors };
}

function answersSince(now: Answers, before: Answers): Answers {
  return { all: now.all - before.all, ownErrors: now.ownErrors - before.ownErrors };
}

/** Watches what a successor in its probation answers. */
export class Trial {
  readonly #before: Answers;
  /** What the successor has answered, as it said last. */
  #seen: Answers | undefined;
  #over = false;

  /** @param own what this process has answered so far */
  constructor(private readonly own: () => Answers, private readonly limits: TakeoverLimits) {
    this.#before = own();
  }

  /**
   * Why the successor is not to go on: it answers with errors of its own far more often than this
   * process does. A server that is down makes both do so.
   */
  verdict(successor: Answers | undefined): string | undefined {
    const { trialAnswersMin, trialErrorShareMax } = this.limits;
    this.#seen = successor;
    if (this.#over || !successor || successor.all < trialAnswersMin) return undefined;
    const lately = answersSince(this.own(), this.#before);
    const usual = Math.max(
      shareOf(this.#before),
      lately.all < trialAnswersMin ? 0 : shareOf(lately),
    );
    const share = shareOf(successor);
    if (share <= usual + trialErrorShareMax) return undefined;
    const errors = `${percent(share)} of ${successor.all} answers were errors of its own`;
    return `the new process failed its probation: ${errors}, ${percent(usual)} before`;
  }

  /** The probation is over. Says so if the successor could not be judged; "" when it was. */
  end(): string {
    this.#over = true;
    const { trialAnswersMin } = this.limits;
    const all = this.#seen?.all;
    if (all === undefined || all >= trialAnswersMin) return "";
    const few = all === 0 ? "no answer" : all === 1 ? "1 answer" : `${all} answers`;
    return `the new process gave ${few} in its probation, too few to judge it by (${trialAnswersMin})`;
  }
}

function shareOf({ all, ownErrors }: Answers): number {
  return all === 0 ? 0 : Math.min(1, ownErrors / all);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
