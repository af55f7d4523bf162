import type { Diagnostic } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic_code.ts";
import type { LineMap } from "./line_map.ts";

/** A line of haproxy.cfg by its offsets, its line feed left out. */
export interface CfgLine {
  readonly start: number;
  readonly end: number;
}

export interface CfgText {
  readonly lines: readonly CfgLine[];
  /** What is wrong with the text itself. Behind a NUL there are no lines. */
  readonly fault: Diagnostic | undefined;
}

/** Cuts a text into lines. Each one ends with a line feed, or the file may have been cut off. */
export function cfgLines(map: LineMap): CfgText {
  const { text } = map;
  const lines: CfgLine[] = [];
  for (let start = 0; start < text.length;) {
    const end = map.lineEnd(start);
    const nul = text.slice(start, end).indexOf("\0");
    if (nul >= 0) {
      const at = start + nul;
      lines.push({ start, end: at });
      return { lines, fault: fault(map, at, "nul", "Stray NUL character") };
    }
    lines.push({ start, end });
    start = end + 1;
  }
  if (text.endsWith("\n") || text === "") return { lines, fault: undefined };
  const message = "Missing LF on last line, file might have been truncated";
  return { lines, fault: fault(map, text.length, "missing-line-feed", message) };
}

function fault(map: LineMap, offset: number, code: DiagnosticCode, message: string): Diagnostic {
  const at = map.position(offset);
  return { severity: "error", code, at, message: `${message} at position ${at.column}` };
}
