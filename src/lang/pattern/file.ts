/** An entry of a pattern file. */
export interface FileEntry {
  readonly text: string;
  readonly value: string | undefined;
  /** From 1. */
  readonly line: number;
}

/**
 * Cuts a pattern file into its entries: one a line, without leading blanks; trailing ones belong to
 * a pattern. `#` as the very first byte makes a comment. In two columns the first word is the key and
 * the rest, trimmed, the value.
 */
export function parsePatternFile(text: string, columns: 1 | 2): FileEntry[] {
  const entries: FileEntry[] = [];
  let line = 0;
  for (let at = 0; at < text.length;) {
    let next = text.indexOf("\n", at);
    if (next < 0) next = text.length;
    line++;
    const entry = text.charCodeAt(at) === 35 ? undefined : parseLine(text, at, next, columns);
    if (entry !== undefined) entries.push({ ...entry, line });
    at = next + 1;
  }
  return entries;
}

function parseLine(
  text: string,
  from: number,
  lineEnd: number,
  columns: 1 | 2,
): { text: string; value: string | undefined } | undefined {
  let end = from;
  while (end < lineEnd && text.charCodeAt(end) !== 13) end++;
  const start = skipBlanks(text, from, end);
  if (start === end) return undefined;
  if (columns === 1) return { text: text.substring(start, end), value: undefined };
  let keyEnd = start;
  while (keyEnd < end && !isBlank(text.charCodeAt(keyEnd))) keyEnd++;
  const valueStart = skipBlanks(text, keyEnd, end);
  let valueEnd = end;
  while (valueEnd > valueStart && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd--;
  return { text: text.substring(start, keyEnd), value: text.substring(valueStart, valueEnd) };
}

function skipBlanks(text: string, at: number, end: number): number {
  while (at < end && isBlank(text.charCodeAt(at))) at++;
  return at;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
