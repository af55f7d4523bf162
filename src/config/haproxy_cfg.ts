import type { Position } from "./diagnostic.ts";
import { LineMap } from "./line_map.ts";
import type { ReadOptions, ReadResult } from "./reader.ts";
import { beginsSection } from "./section.ts";
import { type OpenSection, SectionCollector } from "./section_collector.ts";
import { splitWords, type WordList } from "./words.ts";

/**
 * Reads HAProxy's own spelling into sections and lines.
 *
 * @param text latin1
 */
export function readHaproxyConfiguration(
  file: string,
  text: string,
  options: ReadOptions,
): ReadResult {
  const reader = new CfgReader(new LineMap(file, text), new SectionCollector(options, []));
  reader.read();
  return reader.collector;
}

class CfgReader {
  #open: OpenSection | undefined;

  constructor(readonly lines: LineMap, readonly collector: SectionCollector) {}

  read(): void {
    const { text } = this.lines;
    let start = 0;
    while (start < text.length && this.collector.complete) {
      const end = this.lines.lineEnd(start);
      const nul = text.slice(start, end).indexOf("\0");
      this.#line(start, nul < 0 ? end : start + nul);
      if (nul >= 0) {
        const at = this.lines.position(start + nul);
        return this.#error("nul", at, `Stray NUL character at position ${at.column}`);
      }
      start = end + 1;
    }
    this.collector.end(this.lines.position(Math.max(0, text.length - 1)));
    if (!this.collector.complete) return;
    if (text.endsWith("\n") || text === "") return;
    const at = this.lines.position(text.length);
    this.#error(
      "missing-line-feed",
      at,
      `Missing LF on last line, file might have been truncated at position ${at.column}`,
    );
  }

  #line(start: number, end: number): void {
    const text = this.lines.text.slice(start, end);
    const { words, fault } = this.#words(text, start);
    if (fault) return this.collector.report({ severity: "error", ...fault });
    if (words.length === 0 || this.collector.directive(words) || !this.collector.active) return;
    if (beginsSection(words[0]!.text)) this.#open = this.collector.begin(words);
    else if (this.#open) this.collector.add(this.#open, words, text);
    else this.collector.outOfSection(words[0]!);
  }

  #words(text: string, start: number): WordList {
    return splitWords(text, {
      expansion: "in-quotes",
      place: (offset) => this.lines.position(start + offset),
      variable: (name) => {
        if (name === ".FILE") return this.lines.file;
        if (name === ".LINE") return String(this.lines.position(start).line);
        return this.collector.variable(name);
      },
    });
  }

  #error(code: "nul" | "missing-line-feed", at: Position, message: string): void {
    this.collector.report({ severity: "error", code, at, message });
  }
}
