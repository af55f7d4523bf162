import type { Context } from "../../src/lang/context.ts";
import type { Bandwidth } from "../../src/rules/bandwidth.ts";
import type { ErrorPages } from "../../src/config/plan.ts";
import { ErrorPageSet, errorReply } from "../../src/rules/error_page.ts";
import type {
  ConnectionDemand,
  Reply,
  TimerName,
  Transaction,
  Wait,
} from "../../src/rules/transaction.ts";

/** What actions asked of a transaction beside the messages. */
export interface Recorded {
  reply: Reply | undefined;
  wait: Wait | undefined;
  logLevel: string | undefined;
  strict: boolean;
  l7RetryDisabled: boolean;
  resetHops: number | undefined;
  decidedBy: string | undefined;
  flags: string;
  readonly limits: [filter: string, to: Bandwidth][];
  linesLogged: number;
  failedRewrites: number;
  readonly hints: [name: string, value: string][];
  readonly timeouts: Partial<Record<TimerName, number>>;
  readonly demands: ConnectionDemand[];
  captureLengths: number[];
  pages: ErrorPages;
}

/**
 * Gives an offline context what actions need. The context itself is kept: actions and fetches see
 * the same object, as in the gateway.
 */
export function recordedTransaction(cx: Context): Transaction & Recorded {
  const more: Recorded & Omit<Transaction, keyof Context> = {
    reply: undefined,
    wait: undefined,
    logLevel: undefined,
    strict: true,
    l7RetryDisabled: false,
    resetHops: undefined,
    decidedBy: undefined,
    flags: "--",
    limits: [],
    linesLogged: 0,
    failedRewrites: 0,
    hints: [],
    timeouts: {},
    demands: [],
    captureLengths: [],
    pages: new ErrorPageSet(),
    limitBandwidth(filter, to) {
      tx.limits.push([filter.name, to]);
    },
    logNow() {
      tx.linesLogged++;
    },
    failedRewrite() {
      tx.failedRewrites++;
    },
    demand(what) {
      tx.demands.push(what);
    },
    earlyHint(name, value) {
      tx.hints.push([name, value]);
    },
    setTimeout(timer, ms) {
      tx.timeouts[timer] = ms;
    },
    errorPage: (status) => errorReply(status, tx, undefined, tx.pages),
    captureLength: (_direction, slot) => tx.captureLengths[slot],
    terminate(flags) {
      if (tx.flags === "--") tx.flags = flags;
    },
  };
  const tx = Object.assign(cx, more);
  return tx;
}
