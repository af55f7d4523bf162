import type { ConditionTrace } from "../lang/condition_trace.ts";

/** Header fields in order, as they go out. */
export type FieldList = readonly (readonly [name: string, value: string])[];

/** A request as it would go to a server. */
export interface LeavingRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly headers: FieldList;
}

/** An answer that the gateway gives itself, after the after-response rules. */
export interface LeavingReply {
  readonly status: number;
  readonly reason: string;
  readonly headers: FieldList;
  /** latin1. */
  readonly body: string;
}

/** What became of a rule. */
export type RuleResult =
  /** It ran; the next one followed. */
  | "continue"
  /** It ended its rule set, and the next one went on. */
  | "accept"
  /** It answered. */
  | "reply"
  /** It closed the connection without an answer, or forgot it. */
  | "abort"
  | "drop"
  /** Its rewrite failed under strict mode. */
  | "error"
  /** Its condition did not let it run. */
  | "skipped"
  | "not reached";

/** One rule of a rule set, reached or not. */
export interface RuleStep {
  readonly kind: "rule";
  readonly proxy: string;
  readonly ruleSet:
    | "tcp-request connection"
    | "tcp-request session"
    | "tcp-request content"
    | "http-request"
    | "http-after-response";
  /** `file:line`. */
  readonly at: string;
  /** The rule as written, from the action on. */
  readonly text: string;
  readonly condition: ConditionTrace | undefined;
  /** True for `if`, false for `unless`. */
  readonly wanted: boolean;
  readonly result: RuleResult;
  /** What it would have waited for. */
  readonly waited: string | undefined;
}

/** A line that chooses: `use_backend`, `use-server`, `monitor fail`. */
export interface ChoiceStep {
  readonly kind: "use_backend" | "use-server" | "monitor fail";
  readonly proxy: string;
  /** `file:line`; "" for a line whose place is not kept. */
  readonly at: string;
  readonly text: string;
  readonly condition: ConditionTrace | undefined;
  readonly result: "chosen" | "skipped" | "passed on" | "not reached";
}

/** Something that happened beside the rules, in a sentence. */
export interface NoteStep {
  readonly kind: "note";
  readonly proxy: string;
  /** `file:line`; "" for what no line says. */
  readonly at: string;
  readonly text: string;
}

export type Step = RuleStep | ChoiceStep | NoteStep;

interface Decided {
  readonly frontend: string;
  /** Undefined when the frontend answered. */
  readonly backend: string | undefined;
  /** `file:line` of what decided; undefined when no line did. */
  readonly decidedBy: string | undefined;
  /** In the order of a live request. */
  readonly steps: readonly Step[];
  /** Fields of 103 answers that the client would get first. */
  readonly earlyHints: FieldList;
}

/** The request goes to a server. */
export interface Forwarded extends Decided {
  readonly outcome: "forward";
  readonly backend: string;
  readonly server: string;
  /** `host:port` or a path. */
  readonly address: string;
  readonly request: LeavingRequest;
}

/** All places at the servers are taken. */
export interface Queued extends Decided {
  readonly outcome: "queue";
  readonly backend: string;
  readonly request: LeavingRequest;
}

/** The gateway answers. */
export interface Replied extends Decided {
  readonly outcome: "reply";
  readonly reply: LeavingReply;
}

/** The connection closes without an answer; after `silent-drop` the client is not told. */
export interface Closed extends Decided {
  readonly outcome: "reject" | "silent-drop";
}

/** What the gateway would do with a request, and why. */
export type Decision = Forwarded | Queued | Replied | Closed;
