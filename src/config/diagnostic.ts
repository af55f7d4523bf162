import { displayText } from "./display_text.ts";

/** A place in a configuration file; line and column count from 1, columns in characters. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type Severity = "error" | "warning" | "notice";

/** One finding about a configuration. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Stable identifier, listed in docs/diagnostics.md, like `unknown-keyword`. */
  readonly code: string;
  readonly at: Position;
  /** What was found and what was expected, HAProxy's wording where it has one; no full stop added. */
  readonly message: string;
  /** The nearest valid word, for "did you mean". */
  readonly hint?: string;
}

/** `site.yaml:12:9: error: … ; did you mean 'x'?` */
export function formatDiagnostic(d: Diagnostic): string {
  const hint = d.hint === undefined ? "" : `; did you mean '${d.hint}'?`;
  const finding = displayText(`${d.message}${hint}`);
  return `${d.at.file}:${d.at.line}:${d.at.column}: ${d.severity}: ${finding}`;
}
