import type { Lookup } from "../dns/lookup.ts";
import type { Context } from "../lang/context.ts";
import type { Bandwidth, BandwidthFilter } from "./bandwidth.ts";

/** An answer that Sluice gives itself: error page, redirect, `return`. */
export interface Reply {
  status: number;
  /** "" for the usual phrase. */
  reason: string;
  /** In order; the sender puts Content-Length in front where there is none. */
  headers: [name: string, value: string][];
  /** latin1. */
  body: string;
  /**
   * A whole message as the operator wrote it (`errorfile`), sent as it stands; the fields above
   * are then what was parsed from it.
   */
  raw?: string;
  /** The client's connection closes after it. */
  close: boolean;
  /** It came from an error page: `http-after-response` rules still apply. */
}

/** What an action asks the transaction to wait for before the rule set goes on. */
export type Wait =
  | {
    readonly kind: "request-body" | "response-body";
    readonly atLeast: number;
    readonly untilMs: number;
  }
  | { readonly kind: "tarpit"; readonly reply: Reply }
  | { readonly kind: "pause"; readonly untilMs: number }
  /**
   * What a name stands for: the lookup tells when it is known, or never will be. Content inspection
   * waits no longer than its delay.
   */
  | { readonly kind: "name"; readonly lookup: Lookup; readonly inspects: boolean }
  /** Content inspection: a condition could be decided by more bytes of the connection. */
  | { readonly kind: "more-data" };

/** Timers that `set-timeout` changes. */
export type TimerName = "client" | "connect" | "queue" | "server" | "tarpit" | "tunnel";

/** What a rule of content inspection wants done to the connection itself. */
export type ConnectionDemand =
  /** A PROXY protocol header comes first (`expect-proxy layer4`). */
  | "expect-proxy"
  /** From its first byte on it is HTTP (`switch-mode http`); the rule set is over. */
  | "switch-http"
  /** The server's side closes; what it has sent still goes to the client (`close`). The rule set is over. */
  | "close-server";

/** A transaction as actions see it: they read a {@link Context} and change what is below. */
export interface Transaction extends Context {
  /** Set by an action whose outcome is `reply`. */
  reply: Reply | undefined;
  /**
   * Set by an action whose outcome is `wait`. It stays set until the action runs again and clears
   * it: that is how the action knows that it was resumed.
   */
  wait: Wait | undefined;
  /** `set-log-level`: undefined logs as usual, "silent" not at all. */
  logLevel: string | undefined;
  /** `strict-mode`: whether a failing rewrite ends the transaction (500/502) or only counts. */
  strict: boolean;
  /** Logs what is known so far (`do-log`). */
  logNow(): void;
  /** Puts one direction of the stream under a filter's limit, or changes it (`set-bandwidth-limit`). */
  limitBandwidth(filter: BandwidthFilter, to: Bandwidth): void;
  /** Counts a rewrite that could not be done (`wrew`). */
  failedRewrite(): void;
  /** Notes what a TCP rule wants of the connection; messages of HTTP have no such rules. */
  demand(what: ConnectionDemand): void;
  /** Sends a 103 with these fields, as `early-hint` does; several in a row make one answer. */
  earlyHint(name: string, value: string): void;
  /** `set-timeout`, by timer name. */
  setTimeout(timer: TimerName, ms: number): void;
  /**
   * The error page for a status as this transaction gives it: the backend's own, else the
   * frontend's own, else the default (see `errorReply` of error_page.ts). Replies are shared: not
   * to be changed.
   */
  errorPage(status: number): Reply;
  /** Bytes that a capture slot of the frontend holds; undefined when it has no such slot. */
  captureLength(direction: "request" | "response", slot: number): number | undefined;
  /** `disable-l7-retry`: the request is not sent again once the server has received it. */
  l7RetryDisabled: boolean;
  /** `silent-drop rst-ttl`: how far the reset may go; undefined sends none if that can be. */
  resetHops: number | undefined;
  /** Two letters for the log when an action ends the transaction; see the manual §8.5. */
  terminate(flags: string): void;
  /** Which rule decided, for `explain` and the log; a text like `site.yaml:12`. */
  decidedBy: string | undefined;
}

/** What became of a rule set after one action. */
export type Outcome =
  /** The next rule. */
  | "continue"
  /** This rule set is over; the next one goes on (`allow`). */
  | "accept"
  /** `tx.reply` is the answer. */
  | "reply"
  /** `tx.wait` says for what; the same action runs again afterwards. */
  | "wait"
  /** Close the connection without an answer (`reject`). */
  | "abort"
  /** Forget the connection without a word to the client (`silent-drop`). */
  | "drop"
  /** A rewrite failed under strict mode: answered with 500. */
  | "error";
