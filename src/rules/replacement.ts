import { compileReplacement } from "../lang/regex/replacement.ts";
import type { LogFormat } from "../lang/log_format.ts";
import type { Transaction } from "./transaction.ts";

/** What a match is replaced with; undefined when the text ends within an escape. */
export type FormatReplacement = (
  tx: Transaction,
  groups: (string | undefined)[],
) => string | undefined;

/** A replacement whose text is a log format; the references in it count once it is rendered. */
export function formatReplacement(format: LogFormat): FormatReplacement {
  if (format.constant === undefined) {
    return (tx, groups) => compileReplacement(format.render(tx))(groups);
  }
  const replacement = compileReplacement(format.constant);
  return (_tx, groups) => replacement(groups);
}
