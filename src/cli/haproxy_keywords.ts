import { type ListedKeyword, listKeywords } from "./keyword_listing.ts";

/** A class of `-dK`, as HAProxy names it. */
interface KeywordClass {
  readonly name: string;
  readonly doc: string;
  readonly title: string;
  /** Tables of `sluice keywords` that are in it. */
  readonly tables: readonly string[];
  line(row: ListedKeyword): string;
}

const keywordClasses: readonly KeywordClass[] = [
  {
    name: "acl",
    doc: "ACL keywords",
    title: "ACL keywords",
    tables: ["acl keyword"],
    line: ({ name, doc }) => `${name} = ${doc.replace(" matched with ", " -m ")}`,
  },
  {
    name: "cfg",
    doc: "configuration keywords",
    title: "configuration keywords",
    tables: ["keyword", "bind option", "server option", "action"],
    line: ({ syntax }) => `\t${syntax}`,
  },
  {
    name: "cnv",
    doc: "sample converter keywords",
    title: "sample converter functions",
    tables: ["converter"],
    line: ({ syntax, where }) => `${syntax}: ${where.replace("->", "=>")}`,
  },
  {
    name: "smp",
    doc: "sample fetch functions",
    title: "sample fetch functions",
    tables: ["fetch"],
    line: ({ syntax, where }) => `${syntax}: ${where}`,
  },
];

/** The keywords of these classes that are supported; HAProxy passes over a class that is none. */
export function keywordClassLines(names: readonly string[]): string {
  const lines: string[] = [];
  if (names.includes("help")) {
    lines.push("# List of supported keyword classes:", "all: list all keywords");
    lines.push(...keywordClasses.map(({ name, doc }) => `${name}: ${doc}`));
  }
  const rows = listKeywords().filter(({ supported }) => supported);
  for (const { name, title, tables, line } of keywordClasses) {
    if (!names.includes("all") && !names.includes(name)) continue;
    lines.push(`# List of registered ${title}:`);
    lines.push(...rows.filter(({ table }) => tables.includes(table)).map(line));
  }
  return lines.map((line) => `${line}\n`).join("");
}
