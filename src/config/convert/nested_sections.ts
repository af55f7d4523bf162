import { findSection } from "../section.ts";
import type { OutlineLine } from "./outline.ts";

/** A section as YAML can nest it. */
export interface NestedSection {
  readonly header: OutlineLine;
  readonly kind: string;
  /** The key in the file: `frontend`, `defaults`, `defaults base`. */
  readonly key: string;
  /** The key below it, for kinds of sections that need a name. */
  readonly name: string | undefined;
  readonly from: string | undefined;
  readonly body: readonly OutlineLine[];
}

/** What stands in a file: sections, and lines with a dot around them. */
export type FileItem = NestedSection | OutlineLine;

/**
 * A file as sections; undefined when it cannot be: a branch ends amid a section that it did not
 * begin in, or a section's own line is not made of plain words.
 */
export function nestedSections(lines: readonly OutlineLine[]): FileItem[] | undefined {
  const spanning = spanningDots(lines);
  const items: FileItem[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at]!;
    let end = at + 1;
    if (line.kind === "section") {
      while (end < lines.length && lines[end]!.kind !== "section" && !spanning.has(lines[end]!)) {
        end++;
      }
      const section = nested(line, lines.slice(at + 1, end));
      if (!section) return undefined;
      items.push(section);
    } else if (line.kind === "dot") items.push(line);
    else return undefined;
    at = end;
  }
  return items;
}

/** The lines of blocks that hold the beginning of a section. */
function spanningDots(lines: readonly OutlineLine[]): ReadonlySet<OutlineLine> {
  const open: { spans: boolean; readonly dots: OutlineLine[] }[] = [];
  const spanning = new Set<OutlineLine>();
  const close = () => {
    const block = open.pop();
    if (block?.spans) { for (const dot of block.dots) spanning.add(dot); }
  };
  for (const line of lines) {
    if (line.kind === "section") { for (const block of open) block.spans = true; }
    if (line.kind !== "dot") continue;
    const [word] = line.words;
    if (word === ".if") open.push({ spans: false, dots: [] });
    if (word === ".if" || word === ".elif" || word === ".else" || word === ".endif") {
      open.at(-1)?.dots.push(line);
    }
    if (word === ".endif") close();
  }
  while (open.length > 0) close();
  return spanning;
}

const plainWord = /^[A-Za-z0-9_.:-]+$/;

function nested(header: OutlineLine, body: readonly OutlineLine[]): NestedSection | undefined {
  const [kind, ...rest] = header.words as [string, ...string[]];
  if (!header.words.every((word) => plainWord.test(word))) return undefined;
  const spec = findSection(kind);
  const named = rest[0] !== undefined && rest[0] !== "from";
  const name = named ? rest.shift() : undefined;
  const from = spec?.inherits && rest.length === 2 && rest[0] === "from" ? rest[1] : undefined;
  const allowed = spec?.name ?? "required";
  const sound = allowed === "none" ? !named : allowed === "optional" || named;
  if (!sound || rest.length !== (from === undefined ? 0 : 2)) return undefined;
  const optional = allowed === "optional";
  const key = optional && name !== undefined ? `${kind} ${name}` : kind;
  return { header, kind, key, name: optional ? undefined : name, from, body };
}
