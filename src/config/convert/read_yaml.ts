import { Lexer } from "yaml";
import type { Diagnostic, Position } from "../diagnostic.ts";
import type { DiagnosticCode } from "../diagnostic_code.ts";
import type { Word } from "../directive.ts";
import { takesText } from "../keyword/catalog.ts";
import { outOfSection } from "../section_collector.ts";
import { readYaml } from "../yaml.ts";
import type { YamlEntry, YamlScalar } from "../yaml_node.ts";
import { keyWord, scalarWords } from "../yaml_scalar.ts";
import { type YamlSink, YamlWalk } from "../yaml_walk.ts";
import { outlineOf, type PlacedLine, type PlacedTrivia } from "./outline.ts";
import type { ReadOutline } from "./read_cfg.ts";
import { sourceOfText, sourceWords } from "./source_words.ts";

/** Reads YAML as text: what it says as lines of haproxy.cfg. */
export function readYamlOutline(file: string, text: string): ReadOutline {
  const { root, diagnostics } = readYaml(file, text);
  const sink = new OutlineSink([...diagnostics]);
  const sound = !diagnostics.some(({ code }) => code === "yaml-syntax");
  if (root && sound) new YamlWalk(sink).file(root);
  return { outline: outlineOf(sink.lines, yamlTrivia(text)), diagnostics: sink.diagnostics };
}

/** A section while its lines are added. */
interface SectionLine {
  readonly kind: string;
  readonly line: PlacedLine;
}

class OutlineSink implements YamlSink<SectionLine> {
  readonly lines: PlacedLine[] = [];
  readonly active = true;

  constructor(readonly diagnostics: Diagnostic[]) {}

  words(scalar: YamlScalar, reading: "words" | "text"): Word[] | undefined {
    const sound = scalarWords(scalar, reading, () => "x", (d) => this.report(d));
    if (!sound) return undefined;
    const expansion = scalar.style === "single" ? "in-quotes" : "everywhere";
    const text = scalar.style === "block" ? scalar.text.trimEnd() : scalar.text;
    const words = reading === "text"
      ? [sourceOfText(text, expansion)]
      : sourceWords(text, expansion).words;
    return words.map((word) => ({ text: word, at: scalar.at, quoted: false }));
  }

  key(entry: YamlEntry): Word | undefined {
    const word = keyWord(entry, () => "x", (d) => this.report(d));
    if (!word) return undefined;
    const expansion = entry.key.style === "single" ? "in-quotes" : "everywhere";
    const [text] = sourceWords(entry.key.text, expansion).words;
    return text === undefined ? undefined : { ...word, text };
  }

  takesText(section: string, words: readonly string[]): boolean {
    return takesText(section, words);
  }

  begin(words: readonly Word[]): SectionLine {
    const line = this.#push("section", words, words.at(-1)!.at);
    return { kind: words[0]!.text, line };
  }

  inherit(section: SectionLine, from: Word): void {
    section.line.words.push("from", from.text);
  }

  add(_section: SectionLine, words: readonly Word[], _source: string, at?: Position): void {
    if (!this.directive(words)) this.#push("line", words, at ?? words.at(-1)!.at);
  }

  directive(words: readonly Word[]): boolean {
    const found = words[0]!.text.startsWith(".");
    if (found) this.#push("dot", words, words.at(-1)!.at);
    return found;
  }

  outOfSection(word: Word): void {
    this.report(outOfSection(word));
  }

  report(diagnostic: Diagnostic & { readonly code: DiagnosticCode }): void {
    this.diagnostics.push(diagnostic);
  }

  #push(kind: PlacedLine["kind"], words: readonly Word[], at: Position): PlacedLine {
    const line = { kind, words: words.map((word) => word.text), line: at.line };
    this.lines.push(line);
    return line;
  }
}

/** The comments and the blank lines of a document, in its order. */
function yamlTrivia(text: string): PlacedTrivia[] {
  const found: PlacedTrivia[] = [];
  let line = 1;
  let last = "";
  let blanks = "";
  let lineIsBlank = true;
  for (const token of new Lexer().lex(text)) {
    // Behind a unit separator stands a scalar's text, whatever it begins with.
    const comment = token.startsWith("#") && last !== "\x1f";
    last = token;
    if (/^[\x02\x18\x1f]$/.test(token)) continue;
    if (comment) found.push({ text: blanks + token.trimEnd(), line });
    blanks = /^[ \t]+$/.test(token) ? token : "";
    const feeds = token.split("\n").length - 1;
    if (/^\r?\n$/.test(token) && lineIsBlank) found.push({ text: "", line });
    lineIsBlank = feeds > 0 || (lineIsBlank && /^[ \t]*$/.test(token));
    line += feeds;
  }
  return found;
}
