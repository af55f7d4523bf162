import { diagnosticCodes } from "../src/config/diagnostic_code.ts";
import { bindOptions } from "../src/config/keyword/bind_options.ts";
import { keywordRows } from "../src/config/keyword/catalog.ts";
import { serverOptions } from "../src/config/keyword/server_options.ts";
import type { KeywordRow } from "../src/config/keyword/spec.ts";
import { sectionSpecs } from "../src/config/section.ts";

/** A part of a page of docs/ that is made of tables, and the lines between which it stands. */
export interface GeneratedDocument {
  readonly path: string;
  readonly start: string;
  readonly end: string;
  readonly text: string;
}

const start = "<!-- made by scripts/docs.ts: change the tables, not this -->";
const end = "<!-- end -->";

/** Everything in docs/ that repeats what the tables say. */
export function documents(): GeneratedDocument[] {
  return [
    { path: "docs/configuration.md", start, end, text: configurationTables() },
    { path: "docs/diagnostics.md", start, end, text: diagnosticsTable() },
  ];
}

function diagnosticsTable(): string {
  const rows = Object.entries(diagnosticCodes).map(([code, text]) => [`\`${code}\``, text]);
  return table(["code", "meaning"], rows);
}

function configurationTables(): string {
  const sections = sectionSpecs.map(({ kind, doc }) => [`\`${kind}\``, doc]);
  const proxies = keywordRows.filter((row) => !isOf(row, "global") && isProxyRow(row));
  return [
    "## Sections\n",
    table(["section", "what it is"], sections),
    "## Keywords of `global`\n",
    keywordTable(keywordRows.filter((row) => isOf(row, "global"))),
    "## Keywords of proxies\n",
    "D: `defaults` (N: a named one only), F: `frontend`, B: `backend`, L: `listen`; `no`: may stand " +
    "behind `no`.\n",
    proxyTable(proxies),
    "## Lines of `userlist` and `http-errors`\n",
    keywordTable(keywordRows.filter((row) => isOf(row, "userlist") || isOf(row, "http-errors"))),
    "## Options of `bind`\n",
    optionTable(bindOptions),
    "## Options of `server` and `default-server`\n",
    optionTable(serverOptions),
    "## Not supported yet\n",
    "Known to HAProxy and refused with an error that says so:\n",
    list(keywordRows.filter((row) => row.refused).map((row) => row.name)),
    "Of `bind`:\n",
    list(bindOptions.filter((row) => row.refused).map((row) => row.name)),
    "Of `server`:\n",
    list(serverOptions.filter((row) => row.refused).map((row) => row.name)),
    "## Accepted without effect\n",
    "They tune how HAProxy works inside; Sluice takes them and says so in a notice:\n",
    list(keywordRows.filter(hasNoEffect).map((row) => row.name)),
  ].join("\n");
}

const withoutEffect = "Accepted;";

function hasNoEffect({ doc }: { readonly doc: string }): boolean {
  return doc.startsWith(withoutEffect);
}

function isOf(row: KeywordRow, kind: string): boolean {
  return row.sections.some((section) => section === kind);
}

function isProxyRow(row: KeywordRow): boolean {
  return ["defaults", "frontend", "backend", "listen"].some((kind) => isOf(row, kind));
}

function isShown(row: { readonly refused?: true; readonly doc: string }): boolean {
  return !row.refused && !hasNoEffect(row);
}

function keywordTable(rows: readonly KeywordRow[]): string {
  return table(
    ["syntax", "meaning"],
    rows.filter(isShown).map(({ syntax, doc }) => [code(syntax), doc]),
  );
}

function proxyTable(rows: readonly KeywordRow[]): string {
  return table(
    ["syntax", "where", "meaning"],
    rows.filter(isShown).map((row) => [code(row.syntax), where(row), row.doc]),
  );
}

function where(row: KeywordRow): string {
  const letters = [
    isOf(row, "defaults") ? row.namedDefaults ? "N" : "D" : "",
    isOf(row, "frontend") ? "F" : "",
    isOf(row, "backend") ? "B" : "",
    isOf(row, "listen") ? "L" : "",
  ].join("");
  return row.negatable ? `${letters}, no` : letters;
}

function optionTable(
  rows: readonly { readonly syntax: string; readonly doc: string; readonly refused?: true }[],
): string {
  return table(
    ["option", "meaning"],
    rows.filter(isShown).map(({ syntax, doc }) => [code(syntax), doc]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ") + ".\n";
}
