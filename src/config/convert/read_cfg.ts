import { cfgLines } from "../cfg_lines.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { LineMap } from "../line_map.ts";
import { beginsSection } from "../section.ts";
import { outOfSection } from "../section_collector.ts";
import { splitWords } from "../words.ts";
import { type Outline, outlineOf, type PlacedLine, type PlacedTrivia } from "./outline.ts";
import { sourceWords } from "./source_words.ts";

/** An outline, unless words of the file cannot be told apart. */
export interface ReadOutline {
  readonly outline: Outline;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads haproxy.cfg as text. */
export function readCfgOutline(file: string, text: string): ReadOutline {
  const map = new LineMap(file, text);
  const lines: PlacedLine[] = [];
  const trivia: PlacedTrivia[] = [];
  const diagnostics: Diagnostic[] = [];
  const { lines: cut, fault } = cfgLines(map);
  for (const [i, { start, end }] of cut.entries()) {
    const line = i + 1;
    const source = text.substring(start, end);
    const faulty = faultOf(source, start, map);
    if (faulty) {
      diagnostics.push(faulty);
      continue;
    }
    const { words, comment } = sourceWords(source, "in-quotes");
    if (comment !== undefined || words.length === 0) trivia.push({ text: comment ?? "", line });
    if (words.length > 0) lines.push({ kind: kindOf(words[0]!), words, line });
  }
  if (fault) diagnostics.push(fault);
  const [first] = lines;
  if (first?.kind === "line") {
    const at = { file, line: first.line, column: 1 };
    diagnostics.push(outOfSection({ text: first.words[0]!, at, quoted: false }));
  }
  return { outline: outlineOf(lines, trivia), diagnostics };
}

function kindOf(keyword: string): PlacedLine["kind"] {
  if (keyword.startsWith(".")) return "dot";
  return beginsSection(keyword) ? "section" : "line";
}

/** What is wrong with a line whatever its variables are worth. */
function faultOf(source: string, start: number, map: LineMap): Diagnostic | undefined {
  const { fault } = splitWords(source, {
    expansion: "in-quotes",
    variable: () => "x",
    place: (offset) => map.position(start + offset),
  });
  return fault && { severity: "error", ...fault };
}
