import { cfgLines } from "./cfg_lines.ts";
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
    const { lines, fault } = cfgLines(this.lines);
    for (const { start, end } of lines) {
      if (this.collector.complete) this.#line(start, end);
    }
    this.collector.end(this.lines.position(lines.at(-1)?.end ?? 0));
    if (fault && this.collector.complete) this.collector.diagnostics.push(fault);
  }

  #line(start: number, end: number): void {
    const text = this.lines.text.slice(start, end);
    if (/^\s*\[/.test(text) && this.collector.active) return this.#scope(text, start);
    const { words, fault } = this.#words(text, start);
    if (fault) return this.collector.report({ severity: "error", ...fault });
    if (words.length === 0 || this.collector.directive(words) || !this.collector.active) return;
    if (beginsSection(words[0]!.text)) this.#open = this.collector.begin(words);
    else if (this.#open) this.collector.add(this.#open, words, text);
    else this.collector.outOfSection(words[0]!);
  }

  /** HAProxy's main files may hold scopes, and it does nothing with them. */
  #scope(text: string, start: number): void {
    const at = this.lines.position(start + text.indexOf("["));
    const message =
      `scope '${text.trim()}' is not supported by Sluice: only files of SPOE agents ` +
      "use scopes";
    this.collector.report({ severity: "error", code: "unsupported", at, message });
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
}
