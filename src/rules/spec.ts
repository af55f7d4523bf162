import type { CompiledExpression } from "../lang/expression.ts";
import type { Resolver } from "../dns/resolver.ts";
import type { LangScope } from "../lang/scope.ts";
import type { Phase } from "../lang/spec.ts";
import type { BandwidthFilter } from "./bandwidth.ts";
import type { Outcome, Reply, Transaction } from "./transaction.ts";

/** Rule sets that actions belong to. */
export type RuleSetName =
  | "tcp-request connection"
  | "tcp-request session"
  | "tcp-request content"
  | "tcp-response content"
  | "http-request"
  | "http-response"
  | "http-after-response";

export const everyRuleSet: readonly RuleSetName[] = [
  "tcp-request connection",
  "tcp-request session",
  "tcp-request content",
  "tcp-response content",
  "http-request",
  "http-response",
  "http-after-response",
];

/** What an action's arguments are compiled in. */
export interface RuleScope extends LangScope {
  readonly ruleSet: RuleSetName;
  /**
   * What kind of section the rule stands in, for messages and for what needs a backend; without
   * it the phase tells (`fe_…` or `be_…`).
   */
  readonly proxyKind?: "frontend" | "backend" | "listen" | "defaults";
  /** Reserves a capture slot (`capture … len N`) and returns its number. */
  declareCapture(direction: "request" | "response", length: number): number;
  /** The slot of `capture … id N`; undefined when the frontend has none of that number. */
  captureSlot(direction: "request" | "response", id: number): { length: number } | undefined;
  /** The proxy's bandwidth filter of a name, which may be declared below the rule. */
  bandwidthFilter(name: string): () => BandwidthFilter;
  /** Told that a rule makes HTTP of a connection, so that the proxy's HTTP rules count. */
  readonly switchesToHttp?: () => void;
  /** The `resolvers` section of a name; undefined when there is none. */
  resolver?(name: string): Resolver | undefined;
  /** Reads a file named in the configuration, as latin1; throws with what is wrong. */
  readFile(path: string): string;
  /** The error page that this proxy gives for a status, after the whole file is read. */
  errorPage(status: number): Reply;
  /**
   * The answer of an `http-errors` section for a status; undefined when it has none for it, then
   * the proxy's own page is used. Throws LangError when there is no such section.
   */
  errorPageOf(section: string, status: number): Reply | undefined;
}

/** A compiled action. `run` may be called again after a `wait`. */
export interface Action {
  /** Ends the rule set whenever it runs: what follows without a condition is unreachable. */
  readonly final: boolean;
  /** As written, for `explain`. */
  readonly text: string;
  run(tx: Transaction): Outcome;
}

/**
 * A row of an action table. `name` may end in `(` when arguments in parentheses follow it directly,
 * as in `set-var(txn.x)`.
 */
export interface ActionSpec {
  readonly name: string;
  readonly ruleSets: readonly RuleSetName[];
  /** The manual's syntax line. */
  readonly syntax: string;
  /** One line for `sluice keywords` and the docs. */
  readonly doc: string;
  /**
   * Compiles the words after the action's name, up to (not including) `if`/`unless`: `words` is
   * cut by the caller with {@link ActionSpec.conditionAt} in mind. Throws LangError.
   */
  parse(words: ActionWords, scope: RuleScope): Action;
}

/** A cursor over the words of a rule; the action takes what is its own, the condition follows. */
export interface ActionWords {
  /** Text in parentheses directly behind the action's name, undefined without any. */
  readonly parenthesised: string | undefined;
  /** The word at the cursor; undefined at the end. */
  peek(): string | undefined;
  /** Takes a word; throws LangError with this text when there is none. */
  take(otherwise: string): string;
  /** Takes the next word if it is this one. */
  skip(word: string): boolean;
  /** Compiles a sample expression from here on (`hdr(x),lower`) and goes past its words. */
  expression(scope: RuleScope): CompiledExpression;
  /** The same; throws LangError when its fetch has no answer in a phase, by default the rule's. */
  usableExpression(scope: RuleScope, phase?: Phase): CompiledExpression;
  /** True when the next word starts the condition or there is none. */
  atCondition(): boolean;
}
