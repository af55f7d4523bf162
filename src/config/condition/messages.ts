import { ConfigError } from "../config_error.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Word } from "../directive.ts";

/** What a line that only says something leads to. */
export type SpokenLine =
  | { readonly kind: "finding"; readonly severity: Diagnostic["severity"]; readonly text: string }
  /** Nothing of what follows is to be read. */
  | { readonly kind: "stop"; readonly text: string }
  /** Said in the diagnostic mode only. */
  | { readonly kind: "diagnosis"; readonly text: string };

const outcomes: Readonly<Record<string, (text: string) => SpokenLine>> = {
  ".diag": (text) => ({ kind: "diagnosis", text }),
  ".notice": (text) => ({ kind: "finding", severity: "notice", text }),
  ".warning": (text) => ({ kind: "finding", severity: "warning", text }),
  ".alert": (text) => ({ kind: "stop", text }),
};

/** Reads `.notice "…"` and its like. Throws ConfigError. */
export function readMessageLine([word, text, excess]: readonly Word[]): SpokenLine {
  const outcome = outcomes[word!.text];
  if (!outcome) {
    const message = `unknown directive '${word!.text}'`;
    throw new ConfigError("unknown-directive", message, word!.at);
  }
  if (excess?.text) {
    const message = `Unexpected argument '${excess.text}' for '${word!.text}'. ` +
      "Use quotes if the message should contain spaces";
    throw new ConfigError("extra-argument", message, excess.at);
  }
  return outcome(`'${text?.text ?? ""}'`);
}
