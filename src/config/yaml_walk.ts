import type { Diagnostic, Position } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic_code.ts";
import type { Word } from "./directive.ts";
import { beginsSection, findSection } from "./section.ts";
import type { YamlEntry, YamlMap, YamlNode, YamlScalar } from "./yaml_node.ts";

/** What a walk needs to know of a section that it fills. */
interface SectionOfLines {
  readonly kind: string;
}

/** Takes the sections and lines of a document, in their order. */
export interface YamlSink<S extends SectionOfLines> {
  /** Whether lines count where the file has been read to. */
  readonly active: boolean;
  /** The words of a scalar, undefined when it is faulty (then reported). */
  words(scalar: YamlScalar, reading: "words" | "text"): Word[] | undefined;
  /** A key's one word, undefined when it is not one (then reported). */
  key(entry: YamlEntry): Word | undefined;
  /** Whether the words so far are a keyword that takes one text as its only argument. */
  takesText(section: string, words: readonly string[]): boolean;
  begin(words: readonly Word[]): S;
  inherit(section: S, from: Word): void;
  add(section: S, words: readonly Word[], source: string, at?: Position): void;
  /** Takes a line that begins with a dot; false for any other. */
  directive(words: readonly Word[]): boolean;
  outOfSection(word: Word): void;
  report(diagnostic: Diagnostic & { readonly code: DiagnosticCode }): void;
}

/**
 * Walks a document: a key is the keyword or its next word, a scalar the rest of the line, a list
 * repeats the line. The file or a section may also be a list of lines.
 */
export class YamlWalk<S extends SectionOfLines> {
  /** The section that raw lines of a file's list belong to. */
  #open: S | undefined;

  constructor(readonly sink: YamlSink<S>) {}

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
    const words = this.sink.words(scalar, "words");
    if (!words || words.length === 0 || this.sink.directive(words)) return;
    if (!this.sink.active) return;
    if (beginsSection(words[0]!.text)) this.#open = this.sink.begin(words);
    else if (this.#open) this.sink.add(this.#open, words, scalar.text);
    else this.sink.outOfSection(words[0]!);
  }

  #fileEntry(entry: YamlEntry): void {
    if (!this.sink.active) return;
    // `defaults NAME` is the one key of two words.
    const named = /^defaults[ \t]+(\S+)$/.exec(entry.key.text);
    if (named) {
      const { key } = entry;
      const offset = key.text.length - named[1]!.length;
      const name = { text: named[1]!, at: key.place(offset), quoted: false };
      this.#section([{ text: "defaults", at: key.at, quoted: false }, name], entry.value);
      return;
    }
    const word = this.sink.key(entry);
    if (!word) return;
    const spec = findSection(word.text);
    if (spec?.name === "required" || (!spec && beginsSection(word.text))) {
      this.#namedSections([word], entry.value);
    } else if (spec) this.#section([word], entry.value);
    else if (this.#open) this.#lines(this.#open, [word], entry.value, entry.line);
    else this.sink.outOfSection(word);
  }

  /** `frontend: { www: …, api: … }`, or a list of such maps or of plain names. */
  #namedSections(words: readonly Word[], value: YamlNode | undefined): void {
    if (value?.kind === "map") {
      for (const entry of value.entries) {
        const name = this.sink.key(entry);
        if (name) this.#section([...words, name], entry.value);
      }
    } else if (value?.kind === "list") {
      for (const item of value.items) this.#namedSections(words, item);
    } else this.#section(words, value);
  }

  #section(words: readonly Word[], value: YamlNode | undefined): void {
    const rest = value?.kind === "scalar" ? this.sink.words(value, "words") : [];
    if (!rest) return;
    const [kind, name] = words as [Word, Word | undefined];
    const [excess] = rest;
    // A line that is not indented below its section's name looks like a name.
    const outdented = name !== undefined && excess !== undefined && excess.text !== "from";
    if (outdented && this.sink.active) {
      const message = `'${kind.text}' cannot handle unexpected argument '${excess.text}'; ` +
        `'${name.text}' is taken for its name: indent it further if it is a line of the section above`;
      this.sink.report({ severity: "error", code: "extra-argument", at: excess.at, message });
    }
    const section = this.sink.begin(outdented ? words : [...words, ...rest]);
    if (value && value.kind !== "scalar") this.#sectionBody(section, value);
    this.#open = undefined;
  }

  #sectionBody(section: S, node: YamlNode): void {
    switch (node.kind) {
      case "map":
        return this.#sectionMap(section, node);
      case "list":
        for (const item of node.items) this.#sectionBody(section, item);
        return;
      case "scalar": {
        const words = this.sink.words(node, "words");
        if (words && words.length > 0) this.sink.add(section, words, node.text);
        return;
      }
      default:
        node satisfies never;
    }
  }

  #sectionMap(section: S, map: YamlMap): void {
    for (const entry of map.entries) {
      const word = this.sink.key(entry);
      if (!word) continue;
      if (word.text === "from" && findSection(section.kind)?.inherits) {
        this.#from(section, word, entry.value);
      } else this.#lines(section, [word], entry.value, entry.line);
    }
  }

  #from(section: S, key: Word, value: YamlNode | undefined): void {
    const words = value?.kind === "scalar" ? this.sink.words(value, "words") : [];
    if (words?.length === 1) this.sink.inherit(section, words[0]!);
    else if (words) {
      const message = "'from' expects the name of a defaults section";
      this.sink.report({ severity: "error", code: "missing-argument", at: key.at, message });
    }
  }

  /** Every line that a value makes after the words that lead to it. */
  #lines(
    section: S,
    prefix: readonly Word[],
    value: YamlNode | undefined,
    source: string,
  ): void {
    switch (value?.kind) {
      case undefined:
        return this.sink.add(section, prefix, source.replace(/:\s*$/, ""));
      case "scalar":
        return this.#scalarLine(section, prefix, value);
      case "list":
        if (value.items.length === 0) this.#noLine(value);
        for (const item of value.items) this.#lines(section, prefix, item, source);
        return;
      case "map":
        if (value.entries.length === 0) this.#noLine(value);
        for (const entry of value.entries) {
          const word = this.sink.key(entry);
          if (word) this.#lines(section, [...prefix, word], entry.value, entry.line);
        }
        return;
      default:
        value satisfies never;
    }
  }

  #scalarLine(section: S, prefix: readonly Word[], scalar: YamlScalar): void {
    const texts = prefix.map((word) => word.text);
    const given = scalar.style !== "plain" || scalar.text !== "";
    const oneText = given && this.sink.takesText(section.kind, texts);
    const words = this.sink.words(scalar, oneText ? "text" : "words");
    if (!words) return;
    // A list repeats the line: each one stands where its own words begin, not at the common key.
    const { line } = (words[0] ?? prefix.at(-1)!).at;
    const all = [...prefix, ...words];
    const { at } = all.find((word) => word.at.line === line)!;
    this.sink.add(section, all, [...texts, scalar.text].join(" "), at);
  }

  #noLine(node: YamlNode): void {
    this.sink.report({
      severity: "error",
      code: "empty-value",
      at: node.at,
      message: "an empty list or mapping makes no line of configuration; " +
        "leave the value out for a keyword without arguments",
    });
  }
}
