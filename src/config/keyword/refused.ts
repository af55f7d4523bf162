import type { SectionKind } from "../directive.ts";
import type { KeywordSpec, OptionSpec } from "./spec.ts";

/**
 * Rows for keywords that HAProxy has and Sluice does not: an error that says so, because a setting
 * that silently does nothing is worse than one that is missing.
 *
 * @param names keywords, one a string; a reason may follow a `:`
 */
export function refused<Draft>(
  sections: readonly SectionKind[],
  names: readonly string[],
): KeywordSpec<Draft>[] {
  return names.map((entry) => {
    const { name, reason } = split(entry);
    return {
      name,
      sections,
      syntax: name,
      doc: `Not supported yet${reason}.`,
      refused: true,
      apply(line) {
        throw line.error("unsupported", `'${name}' is not supported by Sluice yet${reason}`);
      },
    };
  });
}

/** The same for options of `bind` and `server` lines. */
export function refusedOptions<Draft>(names: readonly string[]): OptionSpec<Draft>[] {
  return names.map((entry) => {
    const { name, reason } = split(entry);
    return {
      name,
      syntax: name,
      doc: `Not supported yet${reason}.`,
      refused: true,
      apply(line, _draft, option) {
        const [subject] = line.keyword.split(" ");
        const message = `'${subject}' option '${name}' is not supported by Sluice yet${reason}`;
        throw line.error("unsupported", message, option);
      },
    };
  });
}

function split(entry: string): { name: string; reason: string } {
  const [name, reason] = entry.split(": ");
  return { name: name!, reason: reason === undefined ? "" : `: ${reason}` };
}
