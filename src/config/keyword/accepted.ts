import type { SectionKind } from "../directive.ts";
import { eachName } from "./refused.ts";
import type { KeywordGroup, KeywordSpec, OptionSpec } from "./spec.ts";

/**
 * Rows for settings that only tune how HAProxy works inside. They are taken, whatever their
 * arguments, and a notice says why they change nothing here.
 */
export function accepted<Draft>(
  sections: readonly SectionKind[],
  groups: readonly KeywordGroup[],
): KeywordSpec<Draft>[] {
  return eachName(groups, (name, why) => ({
    name,
    sections,
    syntax: `${name} …`,
    doc: `Accepted without effect: ${why}.`,
    noEffect: why,
    negatable: true,
    apply(line) {
      line.takeAll();
      const message = `'${name}' has no effect in Sluice: ${why}`;
      line.warn("no-effect", message, undefined, "notice");
    },
  }));
}

/** The same for options of `bind` and `server` lines. */
export function acceptedOptions<Draft>(
  groups: readonly KeywordGroup[],
  takesValue: "value" | "alone",
): OptionSpec<Draft>[] {
  return eachName(groups, (name, why) => ({
    name,
    syntax: takesValue === "value" ? `${name} <value>` : name,
    doc: `Accepted without effect: ${why}.`,
    noEffect: why,
    apply(line, _draft, option) {
      if (takesValue === "value") line.take(`'${name}' : missing value`);
      const [subject] = line.keyword.split(" ");
      const message = `'${subject}' option '${name}' has no effect in Sluice: ${why}`;
      line.warn("no-effect", message, option, "notice");
    },
  }));
}
