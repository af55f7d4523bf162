import type { Diagnostic } from "./diagnostic.ts";
import type { Section } from "./directive.ts";
import type { ConfigurationEnvironment } from "./environment.ts";

/** What a reader of either spelling is given. */
export interface ReadOptions {
  /** Variables; lines of `global` change it for the lines after them. */
  readonly environment: ConfigurationEnvironment;
  /** `.diag` lines say what they have to say. */
  readonly diagnosticMode?: boolean;
  /** Whether the words so far are a keyword that takes one text as its only argument. */
  takesText(section: string, words: readonly string[]): boolean;
}

export interface ReadResult {
  readonly sections: readonly Section[];
  /** False when something ended the reading early, so that sections may be missing. */
  readonly complete: boolean;
  readonly diagnostics: readonly Diagnostic[];
}
