import { type FileItem, type NestedSection, nestedSections } from "./nested_sections.ts";
import { beside, type Outline } from "./outline.ts";
import { rawItem, triviaAt, yamlSection } from "./yaml_section.ts";
import { yamlScalar } from "./yaml_text.ts";

/**
 * Writes an outline as YAML: sections by kind and name when that keeps their order, else a list of
 * sections, else a list of raw lines.
 */
export function writeYaml({ lines, below }: Outline): string {
  const items = nestedSections(lines);
  const written = items
    ? fileMap(items) ?? items.flatMap(fileItem)
    : lines.flatMap((line) => rawItem(line, ""));
  return [...written, ...below].map((line) => `${line}\n`).join("");
}

/** One mapping for the whole file; undefined when a key would stand in it twice. */
function fileMap(items: readonly FileItem[]): string[] | undefined {
  const written: string[][] = [];
  const keys = new Set<string>();
  const names = new Set<string>();
  let last: string | undefined;
  for (const item of items) {
    if (!isSection(item)) return undefined;
    const { key, name } = item;
    const continues = last === key && name !== undefined;
    const identity = JSON.stringify([key, name]);
    if ((keys.has(key) && !continues) || names.has(identity)) return undefined;
    keys.add(key);
    names.add(identity);
    last = key;
    written.push(section(item, continues ? "names" : "first", ""));
  }
  return written.flat();
}

/** A section or a line with a dot, as an item of the file's list. */
function fileItem(item: FileItem): string[] {
  if (!isSection(item)) return rawItem(item, "");
  const { header, ...rest } = item;
  const bare = { ...rest, header: { ...header, above: [] } };
  const lines = section(bare, "first", "  ");
  return [...triviaAt(header.above, ""), `- ${lines[0]!.trimStart()}`, ...lines.slice(1)];
}

/** @param place whether the key of its kind is above it already */
function section(
  { header, kind, key, name, from, body }: NestedSection,
  place: "first" | "names",
  indent: string,
): string[] {
  const comment = beside(header.comment);
  const inner = `${indent}  `;
  const lines = name === undefined
    ? [`${indent}${key}:${comment}`]
    : [...(place === "first" ? [`${indent}${key}:`] : []), `${inner}${nameKey(name)}:${comment}`];
  const deep = name === undefined ? inner : `${inner}  `;
  const above = triviaAt(header.above, place === "first" ? indent : inner);
  return [...above, ...lines, ...yamlSection(kind, from, body, deep)];
}

function nameKey(name: string): string {
  return yamlScalar(name, undefined);
}

function isSection(item: FileItem): item is NestedSection {
  return "header" in item;
}
