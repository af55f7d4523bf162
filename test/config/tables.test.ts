import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bindOptions } from "../../src/config/keyword/bind_options.ts";
import { globalTable, keywordRows, proxyTable } from "../../src/config/keyword/catalog.ts";
import { serverOptions } from "../../src/config/keyword/server_options.ts";
import type { SectionKind } from "../../src/config/directive.ts";

/** Rows of a table of HAProxy's keywords, by the names of its columns. */
function rows(name: string): Record<string, string>[] {
  const path = join(dirname(fileURLToPath(import.meta.url)), "tables", `${name}.tsv`);
  const [head, ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
  const columns = head!.split("\t");
  return lines.map((line) => {
    const cells = line.split("\t");
    return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ""]));
  });
}

test("every proxy keyword of HAProxy is known", () => {
  const missing = rows("proxy_keywords").map((row) => row.keyword!).filter((keyword) =>
    keyword !== "declare capture" && !proxyTable.find(keyword.split(" "))
  );
  expect(missing).toEqual([]);
});

test("every supported proxy keyword is in the sections in which HAProxy has it", () => {
  const kinds: readonly SectionKind[] = ["defaults", "frontend", "listen", "backend"];
  const wrong: string[] = [];
  for (const row of rows("proxy_keywords")) {
    const spec = proxyTable.find(row.keyword!.split(" "));
    if (!spec || spec.refused || spec.noEffect || row.defaults === "") continue;
    for (const kind of kinds) {
      const expected = row[kind] === "y";
      if (spec.sections.includes(kind) !== expected) wrong.push(`${row.keyword} in ${kind}`);
    }
    if ((spec.negatable === true) !== (row.no_prefix === "y")) wrong.push(`no ${row.keyword}`);
    const named = row.defaults_named_only === "y" || row.keyword === "acl";
    if ((spec.namedDefaults === true) !== named) wrong.push(`${row.keyword} in anonymous defaults`);
  }
  expect(wrong).toEqual([]);
});

test("every global keyword of HAProxy is known", () => {
  const missing = rows("global_keywords").map((row) => row.keyword!)
    .filter((keyword) => !globalTable.find([keyword]) && globalTable.family(keyword).length === 0);
  expect(missing).toEqual([]);
});

test("every bind and server option of HAProxy is known", () => {
  const unknown = (table: string, known: readonly { name: string }[]) =>
    rows(table).map((row) => row.option!).filter((option) =>
      !known.some(({ name }) => name === option)
    );
  expect(unknown("bind_options", bindOptions)).toEqual([]);
  expect(unknown("server_options", serverOptions)).toEqual([]);
});

test("what is refused or has no effect says why, and does nothing else", () => {
  const rows = [...keywordRows, ...bindOptions, ...serverOptions];
  const both = rows.filter(({ refused, noEffect }) => refused && noEffect).map(({ name }) => name);
  expect(both).toEqual([]);
  for (const { name, refused, noEffect } of rows) {
    const why = refused ?? noEffect;
    if (why !== undefined) expect(`${name}: ${why}`).toMatch(/: [a-zHI'][^.]{7,}[^.]$/);
  }
});
