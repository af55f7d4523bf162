import type { ControlLevel } from "../config/control_plan.ts";
import type { ControlHost } from "./control_host.ts";

/** A runtime command as it was given. */
export interface CommandCall {
  /** Words behind the command's own. */
  readonly args: readonly string[];
  /** What stood between `<<` and the line that ends it. */
  readonly payload: string | undefined;
  readonly session: SessionFacts;
  readonly host: ControlHost;
}

/** Of the client's session, what a command may look at. */
export interface SessionFacts {
  readonly level: ControlLevel;
}

/** What a command does to the session in which it was given. */
export type SessionStep =
  | { readonly kind: "quit" }
  | { readonly kind: "toggle-prompt" }
  | { readonly kind: "level"; readonly level: ControlLevel }
  | { readonly kind: "timeout"; readonly ms: number }
  /** The listening sockets are asked for (`_getsocks`). */
  | { readonly kind: "hand-over" };

/** Text ends with a newline, unless it is empty: nothing to say is success. */
export type Answer = string | SessionStep;

/** A row of the command table. */
export interface CommandSpec {
  /** Its words, a blank between them. */
  readonly name: string;
  /** As `help` shows it. */
  readonly syntax: string;
  /** A clause without a full stop, in small letters, as `help` shows it. */
  readonly doc: string;
  /** The least level that may use it. */
  readonly level: ControlLevel;
  /** Left out of `help`: a program's command, not a person's. */
  readonly hidden?: true;
  run(call: CommandCall): Answer | Promise<Answer>;
}
