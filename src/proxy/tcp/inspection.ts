import { clock } from "../../net/clock.ts";
import { flushOutbox } from "../../net/outbox.ts";
import { Timer, timers } from "../../net/timers.ts";
import type { RuleCursor, RuleSet } from "../../rules/rule_set.ts";
import type { Outcome } from "../../rules/transaction.ts";
import type { ReceivedBytes } from "./received_bytes.ts";
import type { TcpTransaction } from "./tcp_transaction.ts";

/** What rules over the content of a stream came to; waiting is the inspection's own. */
export type Verdict = Exclude<Outcome, "wait">;

/**
 * Runs `tcp-request content` or `tcp-response content` rules over what a side has sent, again with
 * every piece that comes, until they are through. Before the delay is over, a rule whose sample is
 * not complete waits; then, or when no more can come, what is there decides (acl-semantics §2).
 */
export class Inspection {
  #cursor: RuleCursor = { next: 0, resuming: false };
  #delay: Timer | undefined;
  #isLate: boolean;

  constructor(
    private readonly tx: TcpTransaction,
    private readonly rules: RuleSet,
    private readonly bytes: ReceivedBytes,
    delayMs: number | undefined,
    private readonly done: (verdict: Verdict) => void,
  ) {
    this.#isLate = delayMs === undefined;
    if (delayMs === undefined) return;
    this.#delay = new Timer(() => {
      clock.tick();
      this.decide();
      flushOutbox();
    });
    timers.set(this.#delay, delayMs);
  }

  /** Looks at what there is now. */
  look(): void {
    const { tx } = this;
    tx.final = this.#isLate || this.bytes.closed;
    tx.mayChange = false;
    let outcome = this.rules.run(tx, this.#cursor);
    while (outcome === "wait" && tx.wait?.kind === "name" && this.#isLate) {
      tx.wait.lookup.abandon();
      outcome = this.rules.run(tx, this.#cursor);
    }
    tx.final = true;
    if (outcome !== "wait") return this.#finish(outcome);
    if (tx.wait?.kind === "name") tx.wait.lookup.onSettled = this.#answered;
  }

  /** Name servers have said what a rule wants to know, or that they can't. */
  readonly #answered = (): void => {
    clock.tick();
    this.look();
    flushOutbox();
  };

  /** Decides on what there is: no more is waited for. */
  decide(): void {
    this.#isLate = true;
    this.look();
  }

  /** The stream is over. */
  stop(): void {
    if (this.#delay) timers.forget(this.#delay);
    if (this.tx.wait?.kind === "name") this.tx.wait.lookup.abandon();
  }

  #finish(verdict: Verdict): void {
    this.stop();
    this.done(verdict);
  }
}
