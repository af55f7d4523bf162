import { keywordRows, takesText } from "../keyword/catalog.ts";
import { beside, type OutlineLine, type Trivia } from "./outline.ts";
import { yamlScalar, yamlText } from "./yaml_text.ts";

/** Lines that follow each other and have the same keyword. */
interface Group {
  readonly keyword: string;
  readonly lines: readonly OutlineLine[];
}

/**
 * The lines of a section as YAML: a mapping of keywords when that keeps their order, else a list of
 * raw lines.
 */
export function yamlSection(
  kind: string,
  from: string | undefined,
  lines: readonly OutlineLine[],
  indent: string,
): string[] {
  const inherits = from === undefined ? [] : [`from: ${yamlScalar(from, undefined)}`];
  const map = sectionMap(kind, lines, indent);
  if (map) return [...inherits.map((line) => indent + line), ...map];
  const items = lines.flatMap((line) => rawItem(line, indent));
  return [...inherits.map((line) => `${indent}- ${line}`), ...items];
}

/** A line of configuration as an item of a list. */
export function rawItem({ words, above, comment }: OutlineLine, indent: string): string[] {
  const text = yamlScalar(words.join(" "), comment);
  return [...triviaAt(above, indent), `${indent}- ${text}${beside(comment)}`];
}

export function triviaAt(trivia: readonly Trivia[], indent: string): string[] {
  return trivia.map((text) => text && indent + text);
}

function sectionMap(
  kind: string,
  lines: readonly OutlineLine[],
  indent: string,
): string[] | undefined {
  const groups = groupsOf(lines);
  const keywords = new Set(groups.map(({ keyword }) => keyword));
  if (keywords.size < groups.length || keywords.has("from")) return undefined;
  const written: string[][] = [];
  for (const group of groups) {
    const entry = groupEntry(kind, group, indent);
    if (!entry) return undefined;
    written.push(entry);
  }
  return written.flat();
}

function groupsOf(lines: readonly OutlineLine[]): Group[] {
  const groups: { keyword: string; lines: OutlineLine[] }[] = [];
  for (const line of lines) {
    const keyword = line.words[0]!;
    const last = groups.at(-1);
    if (last?.keyword === keyword) last.lines.push(line);
    else groups.push({ keyword, lines: [line] });
  }
  return groups;
}

/** A key that is read as itself. */
const simpleKey = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

function groupEntry(kind: string, group: Group, indent: string): string[] | undefined {
  const { keyword, lines } = group;
  const [first] = lines as [OutlineLine];
  if (first.kind === "dot" || !simpleKey.test(keyword)) return undefined;
  const key = `${indent}${keyword}:`;
  const above = triviaAt(first.above, indent);
  if (lines.length === 1) {
    const value = lineValue(kind, first);
    if (value === undefined) return undefined;
    return [...above, `${key}${value && ` ${value}`}${beside(first.comment)}`];
  }
  const inner = `${indent}  `;
  const body = familyMap(kind, group, inner) ?? listOf(kind, lines, inner);
  return body && [...above, key, ...body];
}

/** What stands behind a line's keyword; "" for nothing, undefined for what no scalar can say. */
function lineValue(kind: string, { words, comment }: OutlineLine): string | undefined {
  const rest = words.slice(1);
  if (rest.length === 0) return "";
  if (!takesText(kind, [words[0]!])) return yamlScalar(rest.join(" "), comment);
  return rest.length === 1 ? yamlText(rest[0]!, comment) : undefined;
}

function listOf(
  kind: string,
  lines: readonly OutlineLine[],
  indent: string,
): string[] | undefined {
  const written: string[][] = [];
  for (const [i, line] of lines.entries()) {
    const value = lineValue(kind, line);
    if (!value) return undefined;
    const above = i > 0 ? triviaAt(line.above, indent) : [];
    written.push([...above, `${indent}- ${value}${beside(line.comment)}`]);
  }
  return written.flat();
}

/** `timeout: { client: …, server: … }`: keywords of two words, each with a value of its own. */
function familyMap(kind: string, { keyword, lines }: Group, indent: string): string[] | undefined {
  const seconds = new Set(lines.map(({ words }) => words[1] ?? ""));
  const nests = seconds.size === lines.length &&
    lines.every(({ words }) => words.length > 2 && isFamily(kind, keyword, words[1]!));
  if (!nests) return undefined;
  return lines.flatMap(({ words, above, comment }, i) => {
    const value = yamlScalar(words.slice(2).join(" "), comment);
    const trivia = i > 0 ? triviaAt(above, indent) : [];
    return [...trivia, `${indent}${words[1]}: ${value}${beside(comment)}`];
  });
}

function isFamily(kind: string, keyword: string, second: string): boolean {
  const name = `${keyword} ${second}`;
  const known = keywordRows.some((row) =>
    row.name === name && row.sections.some((section) => section === kind)
  );
  return known && simpleKey.test(second) && !takesText(kind, [keyword, second]);
}
