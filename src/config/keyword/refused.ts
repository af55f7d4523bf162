import { unsupported } from "../../lang/unsupported.ts";
import type { SectionKind } from "../directive.ts";
import type { KeywordGroup, KeywordSpec, OptionSpec } from "./spec.ts";

/**
 * Rows for keywords that HAProxy has and Sluice does not: an error that says so, because a setting
 * that silently does nothing is worse than one that is missing.
 */
export function refused<Draft>(
  sections: readonly SectionKind[],
  groups: readonly KeywordGroup[],
): KeywordSpec<Draft>[] {
  return eachName(groups, (name, why) => ({
    name,
    sections,
    syntax: name,
    doc: `Not supported: ${why}.`,
    refused: why,
    apply(line) {
      throw line.error("unsupported", unsupported(`'${name}'`, why));
    },
  }));
}

/** The same for options of `bind` and `server` lines. */
export function refusedOptions<Draft>(groups: readonly KeywordGroup[]): OptionSpec<Draft>[] {
  return eachName(groups, (name, why) => ({
    name,
    syntax: name,
    doc: `Not supported: ${why}.`,
    refused: why,
    apply(line, _draft, option) {
      const [subject] = line.keyword.split(" ");
      throw line.error("unsupported", unsupported(`'${subject}' option '${name}'`, why), option);
    },
  }));
}

/** One row for each name of the groups. */
export function eachName<Row>(
  groups: readonly KeywordGroup[],
  row: (name: string, why: string) => Row,
): Row[] {
  return groups.flatMap(({ why, names }) => names.map((name) => row(name, why)));
}
