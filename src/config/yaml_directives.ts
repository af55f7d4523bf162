import type { Diagnostic } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic_code.ts";
import type { Word } from "./directive.ts";
import type { ReadOptions, ReadResult } from "./reader.ts";
import { beginsSection, findSection } from "./section.ts";
import { type OpenSection, SectionCollector } from "./section_collector.ts";
import { readYaml } from "./yaml.ts";
import type { YamlEntry, YamlMap, YamlNode, YamlScalar } from "./yaml_node.ts";
import { keyWord, scalarWords, type VariableLookup } from "./yaml_scalar.ts";

/**
 * Reads YAML into sections and lines: a key is the keyword or its next word, a scalar the rest of
 * the line, a list repeats the line. The file or a section may also be a list of lines.
 *
 * @param text latin1
 */
export function readYamlConfiguration(
  file: string,
  text: string,
  options: ReadOptions,
): ReadResult {
  const { root, diagnostics } = readYaml(file, text);
  // A document that is no YAML has no shape worth reporting on.
  if (diagnostics.some(({ code }) => code === "yaml-syntax")) {
    return { sections: [], complete: true, diagnostics };
  }
  const collector = new SectionCollector(options, [...diagnostics]);
  if (root) new DirectiveReader(collector).file(root);
  collector.end();
  return collector;
}

class DirectiveReader {
  /** The section that raw lines of a file's list belong to. */
  #open: OpenSection | undefined;

  readonly #variable: VariableLookup = (name) => this.collector.variable(name);

  constructor(readonly collector: SectionCollector) {}

  file(node: YamlNode): void {
    switch (node.kind) {
      case "map":
        for (const entry of node.entries) this.#fileEntry(entry);
        return;
      case "list":
        for (const item of node.items) this.file(item);
        return;
      case "scalar":
        return this.#fileLine(node);
      default:
        node satisfies never;
    }
  }

  #fileLine(scalar: YamlScalar): void {
    const words = this.#words(scalar, "words");
    if (!words || words.length === 0 || this.collector.directive(words)) return;
    if (!this.collector.active) return;
    if (beginsSection(words[0]!.text)) this.#open = this.collector.begin(words);
    else if (this.#open) this.collector.add(this.#open, words, scalar.text);
    else this.collector.outOfSection(words[0]!);
  }

  #fileEntry(entry: YamlEntry): void {
    if (!this.collector.active) return;
    // `defaults NAME` is the one key of two words.
    const named = /^defaults[ \t]+(\S+)$/.exec(entry.key.text);
    if (named) {
      const { key } = entry;
      const offset = key.text.length - named[1]!.length;
      const name = { text: named[1]!, at: key.place(offset), quoted: false };
      this.#section([{ text: "defaults", at: key.at, quoted: false }, name], entry.value);
      return;
    }
    const word = this.#key(entry);
    if (!word) return;
    const spec = findSection(word.text);
    if (spec?.name === "required" || (!spec && beginsSection(word.text))) {
      this.#namedSections([word], entry.value);
    } else if (spec) this.#section([word], entry.value);
    else if (this.#open) this.#lines(this.#open, [word], entry.value, entry.line);
    else this.collector.outOfSection(word);
  }

  /** `frontend: { www: …, api: … }`, or a list of such maps or of plain names. */
  #namedSections(words: readonly Word[], value: YamlNode | undefined): void {
    if (value?.kind === "map") {
      for (const entry of value.entries) {
        const name = this.#key(entry);
        if (name) this.#section([...words, name], entry.value);
      }
    } else if (value?.kind === "list") {
      for (const item of value.items) this.#namedSections(words, item);
    } else this.#section(words, value);
  }

  #section(words: readonly Word[], value: YamlNode | undefined): void {
    const rest = value?.kind === "scalar" ? this.#words(value, "words") : [];
    if (!rest) return;
    const section = this.collector.begin([...words, ...rest]);
    if (value && value.kind !== "scalar") this.#sectionBody(section, value);
    this.#open = undefined;
  }

  #sectionBody(section: OpenSection, node: YamlNode): void {
    switch (node.kind) {
      case "map":
        return this.#sectionMap(section, node);
      case "list":
        for (const item of node.items) this.#sectionBody(section, item);
        return;
      case "scalar": {
        const words = this.#words(node, "words");
        if (words && words.length > 0) this.collector.add(section, words, node.text);
        return;
      }
      default:
        node satisfies never;
    }
  }

  #sectionMap(section: OpenSection, map: YamlMap): void {
    for (const entry of map.entries) {
      const word = this.#key(entry);
      if (!word) continue;
      if (word.text === "from" && findSection(section.kind)?.inherits) {
        this.#from(section, word, entry.value);
      } else this.#lines(section, [word], entry.value, entry.line);
    }
  }

  #from(section: OpenSection, key: Word, value: YamlNode | undefined): void {
    const words = value?.kind === "scalar" ? this.#words(value, "words") : [];
    if (words?.length === 1) section.from = words[0];
    else if (words) {
      const message = "'from' expects the name of a defaults section";
      this.#report({ severity: "error", code: "missing-argument", at: key.at, message });
    }
  }

  /** Every line that a value makes after the words that lead to it. */
  #lines(
    section: OpenSection,
    prefix: readonly Word[],
    value: YamlNode | undefined,
    source: string,
  ): void {
    switch (value?.kind) {
      case undefined:
        return this.collector.add(section, prefix, source.replace(/:\s*$/, ""));
      case "scalar":
        return this.#scalarLine(section, prefix, value);
      case "list":
        if (value.items.length === 0) this.#noLine(value);
        for (const item of value.items) this.#lines(section, prefix, item, source);
        return;
      case "map":
        if (value.entries.length === 0) this.#noLine(value);
        for (const entry of value.entries) {
          const word = this.#key(entry);
          if (word) this.#lines(section, [...prefix, word], entry.value, entry.line);
        }
        return;
      default:
        value satisfies never;
    }
  }

  #scalarLine(section: OpenSection, prefix: readonly Word[], scalar: YamlScalar): void {
    const texts = prefix.map((word) => word.text);
    const given = scalar.style !== "plain" || scalar.text !== "";
    const oneText = given && this.collector.options.takesText(section.kind, texts);
    const words = this.#words(scalar, oneText ? "text" : "words");
    if (!words) return;
    // A list repeats the line: each one stands where its own words begin, not at the common key.
    const { line } = (words[0] ?? prefix.at(-1)!).at;
    const all = [...prefix, ...words];
    const { at } = all.find((word) => word.at.line === line)!;
    this.collector.add(section, all, [...texts, scalar.text].join(" "), at);
  }

  #noLine(node: YamlNode): void {
    this.#report({
      severity: "error",
      code: "empty-value",
      at: node.at,
      message: "an empty list or mapping makes no line of configuration; " +
        "leave the value out for a keyword without arguments",
    });
  }

  #words(scalar: YamlScalar, reading: "words" | "text"): Word[] | undefined {
    return scalarWords(scalar, reading, this.#variable, (d) => this.#report(d));
  }

  #key(entry: YamlEntry): Word | undefined {
    return keyWord(entry, this.#variable, (d) => this.#report(d));
  }

  #report(diagnostic: Diagnostic & { readonly code: DiagnosticCode }): void {
    this.collector.report(diagnostic);
  }
}
