import type { SectionKind } from "../directive.ts";
import type { KeywordSpec, OptionSpec } from "./spec.ts";

/**
 * Rows for settings that only tune how HAProxy works inside. They are taken, whatever their
 * arguments, and a notice says that they change nothing here.
 */
export function accepted<Draft>(
  sections: readonly SectionKind[],
  names: readonly string[],
): KeywordSpec<Draft>[] {
  return names.map((name) => ({
    name,
    sections,
    syntax: `${name} …`,
    doc: "Accepted; changes nothing in Sluice.",
    negatable: true,
    apply(line) {
      line.takeAll();
      const message = `'${name}' has no effect in Sluice`;
      line.warn("no-effect", message, undefined, "notice");
    },
  }));
}

/** The same for options of `bind` and `server` lines. */
export function acceptedOptions<Draft>(
  names: readonly string[],
  takesValue: "value" | "alone",
): OptionSpec<Draft>[] {
  return names.map((name) => ({
    name,
    syntax: takesValue === "value" ? `${name} <value>` : name,
    doc: "Accepted; changes nothing in Sluice.",
    apply(line, _draft, option) {
      if (takesValue === "value") line.take(`'${name}' : missing value`);
      const [subject] = line.keyword.split(" ");
      const message = `'${subject}' option '${name}' has no effect in Sluice`;
      line.warn("no-effect", message, option, "notice");
    },
  }));
}
