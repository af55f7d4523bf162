import { nearest } from "../lang/nearest.ts";
import type { Diagnostic, Position } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic_code.ts";
import type { Directive, Section, Word } from "./directive.ts";
import type { ReadOptions } from "./reader.ts";
import { findSection, sectionNames } from "./section.ts";
import { lineFault } from "./words.ts";

/** A section while its lines are collected. */
export type OpenSection = { -readonly [K in keyof Section]: Section[K] } & {
  directives: Directive[];
};

/** Gathers the sections and lines of one file, whichever spelling they come from. */
export class SectionCollector {
  readonly sections: OpenSection[] = [];

  constructor(readonly options: ReadOptions, readonly diagnostics: Diagnostic[]) {}

  /** Begins the section that a line names: its keyword, its name, `from` and another name. */
  begin(words: readonly Word[]): OpenSection {
    const [keyword, ...rest] = words as [Word, ...Word[]];
    const spec = findSection(keyword.text);
    const hasName = spec?.name !== "none" && rest[0] && rest[0].text !== "from";
    const name = hasName ? rest.shift()! : undefined;
    let from: Word | undefined;
    if (spec?.inherits && rest[0]?.text === "from" && rest[1]) [, from] = rest.splice(0, 2);
    const excess = rest[0];
    if (excess && spec) {
      const message = `'${keyword.text}' cannot handle unexpected argument '${excess.text}'`;
      this.report({ severity: "error", code: "extra-argument", at: excess.at, message });
    }
    const section: OpenSection = {
      kind: keyword.text,
      name: name?.text ?? "",
      from,
      at: name?.at ?? keyword.at,
      directives: [],
    };
    this.sections.push(section);
    return section;
  }

  /** Adds a line to a section, unless it is faulty. */
  add(
    section: OpenSection,
    words: readonly Word[],
    source: string,
    at: Position = words[0]!.at,
  ): void {
    const fault = lineFault(words);
    if (fault) return this.report({ severity: "error", ...fault });
    section.directives.push({ words, at, source: source.trim() });
    if (section.kind === "global") {
      this.options.environment.apply(words.map((word) => word.text));
    }
  }

  outOfSection(word: Word): void {
    const message = `unknown keyword '${word.text}' out of section`;
    const hint = nearest(word.text, sectionNames());
    this.report({ severity: "error", code: "out-of-section", at: word.at, message, hint });
  }

  /** Value of an environment variable or of `.SECTION`; undefined when it is not set. */
  variable(name: string): string | undefined {
    if (name !== ".SECTION") return this.options.environment.get(name);
    const section = this.sections.at(-1);
    return section && (section.name || section.kind);
  }

  report(diagnostic: Diagnostic & { readonly code: DiagnosticCode }): void {
    this.diagnostics.push(diagnostic);
  }
}
