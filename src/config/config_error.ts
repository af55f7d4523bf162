import type { Suggestion } from "../lang/nearest.ts";
import type { Position } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic_code.ts";

/** Ends the reading of one line; becomes a diagnostic. */
export class ConfigError extends SyntaxError {
  override name = "ConfigError";

  constructor(
    readonly code: DiagnosticCode,
    message: string,
    readonly at: Position,
    readonly hint?: Suggestion,
  ) {
    super(message);
  }
}
