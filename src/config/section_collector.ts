import { nearest } from "../lang/nearest.ts";
import { ConditionalBlocks } from "./condition/blocks.ts";
import { readMessageLine } from "./condition/messages.ts";
import { ConfigError } from "./config_error.ts";
import type { Diagnostic, Position } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic_code.ts";
import type { Directive, Section, Word } from "./directive.ts";
import type { ReadOptions } from "./reader.ts";
import { findSection, sectionNames } from "./section.ts";
import { lineFault } from "./words.ts";

type Finding = Diagnostic & { readonly code: DiagnosticCode };

/** A section while its lines are collected. */
export type OpenSection = { -readonly [K in keyof Section]: Section[K] } & {
  directives: Directive[];
};

/** The finding about a line that belongs to no section. */
export function outOfSection({ text, at }: Word): Finding {
  const message = `unknown keyword '${text}' out of section`;
  const hint = nearest(text, sectionNames());
  return { severity: "error", code: "out-of-section", at, message, hint };
}

/**
 * Gathers the sections and lines of one file, whichever spelling they come from. Lines that begin
 * with a dot act at once: what stands in a branch that is not taken is left out.
 */
export class SectionCollector {
  readonly sections: OpenSection[] = [];
  readonly #blocks = new ConditionalBlocks((name) => this.variable(name));
  #stopped = false;

  constructor(readonly options: ReadOptions, readonly diagnostics: Diagnostic[]) {}

  /** Whether lines count where the file has been read to. */
  get active(): boolean {
    return !this.#stopped && this.#blocks.active;
  }

  /** False when something ended the reading early. */
  get complete(): boolean {
    return !this.#stopped;
  }

  /** Takes a line that begins with a dot; false for any other. */
  directive(words: readonly Word[]): boolean {
    if (!words[0]!.text.startsWith(".")) return false;
    if (!this.#stopped) this.#guard(() => this.#blocks.take(words) || this.#message(words));
    return true;
  }

  /** Ends the file; a block that is still open is reported where it began unless told. */
  end(at?: Position): void {
    if (!this.#stopped) this.#guard(() => this.#blocks.end(at));
  }

  #message(words: readonly Word[]): void {
    if (!this.active) return;
    const { at } = words[0]!;
    const line = readMessageLine(words);
    switch (line.kind) {
      case "finding":
        return this.report({ severity: line.severity, code: "message", at, message: line.text });
      case "diagnosis":
        if (!this.options.diagnosticMode) return;
        return this.report({ severity: "warning", code: "message", at, message: line.text });
      case "stop":
        throw new ConfigError("message", line.text, at);
      default:
        line satisfies never;
    }
  }

  /** What is wrong with a block leaves open which lines count: nothing more is read then. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { code, message, at } = error;
      this.#stopped = code === "message" || code === "bad-block";
      this.report({ severity: "error", code, at, message });
    }
  }

  /** Begins the section that a line names: its keyword, its name, `from` and another name. */
  begin(words: readonly Word[]): OpenSection {
    const [keyword, ...rest] = words as [Word, ...Word[]];
    const fault = this.active ? lineFault(words) : undefined;
    if (fault) this.report({ severity: "error", ...fault });
    // Lines of a section that is left out go nowhere.
    if (fault || !this.active) {
      return { kind: keyword.text, name: "", from: undefined, at: keyword.at, directives: [] };
    }
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

  /** Adds a line to a section, unless it is faulty or does not count. */
  add(
    section: OpenSection,
    words: readonly Word[],
    source: string,
    at: Position = words[0]!.at,
  ): void {
    if (this.directive(words) || !this.active) return;
    const fault = lineFault(words);
    if (fault) return this.report({ severity: "error", ...fault });
    section.directives.push({ words, at, source: source.trim() });
    if (section.kind === "global") {
      this.options.environment.apply(words.map((word) => word.text));
    }
  }

  outOfSection(word: Word): void {
    if (this.active) this.report(outOfSection(word));
  }

  /** Value of an environment variable, undefined when it is not set, or of `.SECTION`. */
  variable(name: string): string | undefined {
    if (name !== ".SECTION") return this.options.environment.get(name);
    const section = this.sections.at(-1);
    return section ? section.name || section.kind : "";
  }

  report(diagnostic: Finding): void {
    this.diagnostics.push(diagnostic);
  }
}
