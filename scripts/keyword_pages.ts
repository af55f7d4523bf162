import { haproxyFlags } from "../src/cli/haproxy_flags.ts";
import { predicates } from "../src/config/condition/predicates.ts";
import { diagnosticCodes } from "../src/config/diagnostic_code.ts";
import { bindOptions } from "../src/config/keyword/bind_options.ts";
import { keywordRows } from "../src/config/keyword/catalog.ts";
import { serverOptions } from "../src/config/keyword/server_options.ts";
import type { KeywordRow } from "../src/config/keyword/spec.ts";
import { sectionSpecs, unsupportedSections } from "../src/config/section.ts";
import { commandTable as commands } from "../src/control/catalog.ts";
import { convertersMissing, fetchesMissing } from "../src/lang/missing_names.ts";

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
    { path: "docs/keywords.md", start, end, text: keywordTables() },
    { path: "docs/runtime-commands.md", start, end, text: commandTable() },
    { path: "docs/diagnostics.md", start, end, text: diagnosticsTable() },
    { path: "docs/command-line.md", start, end, text: flagsTable() },
  ];
}

function flagsTable(): string {
  const rows = haproxyFlags.map(({ name, arity, value = "", doc, noEffect }) => [
    code(`${name}${arity === "attached" ? "" : " "}${value}`.trimEnd()),
    noEffect === undefined ? doc : `${doc} No effect: ${noEffect}.`,
  ]);
  return table(["flag", "meaning"], rows);
}

function commandTable(): string {
  const rows = commands.commands.map(({ syntax, doc, level }) => [code(syntax), level, doc]);
  return table(["command", "level", "does"], rows);
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
    "## Lines of `resolvers`\n",
    keywordTable(keywordRows.filter((row) => isOf(row, "resolvers"))),
    "## Options of `bind`\n",
    optionTable(bindOptions),
    "## Options of `server` and `default-server`\n",
    optionTable(serverOptions),
    "## What `.if` can ask\n",
    table(["syntax", "meaning"], predicates.map(({ syntax, doc }) => [code(syntax), doc])),
  ].join("\n");
}

/** Which of HAProxy's keywords do what they say, which do nothing, which are refused. */
function keywordTables(): string {
  const globals = keywordRows.filter((row) => isOf(row, "global"));
  const proxies = keywordRows.filter((row) => !isOf(row, "global") && isProxyRow(row));
  return [
    ...standing("Keywords of `global`", globals),
    ...standing("Keywords of proxies", proxies),
    ...standing("Options of `bind`", bindOptions),
    ...standing("Options of `server` and `default-server`", serverOptions),
    "## Sections\n",
    "Refused:\n",
    byReason([...unsupportedSections].map(([name, why]) => ({ name, why }))),
    "## Fetches\n",
    "Refused:\n",
    byReason([...fetchesMissing].map(([name, why]) => ({ name, why }))),
    "## Converters\n",
    "Refused:\n",
    byReason([...convertersMissing].map(([name, why]) => ({ name, why }))),
  ].join("\n");
}

interface Standing {
  readonly name: string;
  readonly refused?: string;
  readonly noEffect?: string;
}

function standing(title: string, rows: readonly Standing[]): string[] {
  const because = (key: "refused" | "noEffect") =>
    byReason(rows.flatMap((row) => row[key] === undefined ? [] : [{ ...row, why: row[key] }]));
  return [
    `## ${title}\n`,
    "Supported:\n",
    list(rows.filter((row) => !row.refused && !row.noEffect).map(({ name }) => name)),
    "Accepted without effect:\n",
    because("noEffect"),
    "Refused:\n",
    because("refused"),
  ];
}

function byReason(rows: readonly { readonly name: string; readonly why: string }[]): string {
  const groups = new Map<string, string[]>();
  for (const { name, why } of rows) groups.set(why, [...groups.get(why) ?? [], `\`${name}\``]);
  return table(
    ["why", "which"],
    [...groups].map(([why, names]) => [why, names.join(", ")]),
  );
}

function isOf(row: KeywordRow, kind: string): boolean {
  return row.sections.some((section) => section === kind);
}

function isProxyRow(row: KeywordRow): boolean {
  return ["defaults", "frontend", "backend", "listen"].some((kind) => isOf(row, kind));
}

function isShown(row: Standing): boolean {
  return !row.refused && !row.noEffect;
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
  rows: readonly (Standing & { readonly syntax: string; readonly doc: string })[],
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
