import process from "node:process";
import { nearest } from "../lang/nearest.ts";
import { type ListedKeyword, listKeywords } from "./keyword_listing.ts";

export interface KeywordsOptions {
  readonly json?: boolean;
}

/**
 * `sluice keywords`: every row of every table, or those that have `word` in their name or, when no
 * name has it, in their text. Returns 1 when nothing is found.
 */
export function keywordsCommand(word: string | undefined, options: KeywordsOptions): number {
  const all = listKeywords();
  const found = word === undefined ? all : search(all, word);
  if (options.json) process.stdout.write(JSON.stringify(found, undefined, 2) + "\n");
  else for (const row of found) process.stdout.write(describe(row));
  if (found.length > 0) return 0;
  const near = nearest(word ?? "", all.map(({ name }) => name));
  const hint = near === undefined ? "" : `; did you mean '${near}'?`;
  process.stderr.write(`no keyword matches '${word}'${hint}\n`);
  return 1;
}

/** An exact name alone, else what contains the word. */
function search(all: readonly ListedKeyword[], word: string): ListedKeyword[] {
  const wanted = word.toLowerCase();
  const tests: ((row: ListedKeyword) => boolean)[] = [
    ({ name }) => name.toLowerCase() === wanted,
    ({ name }) => name.toLowerCase().includes(wanted),
    ({ doc }) => doc.toLowerCase().includes(wanted),
  ];
  for (const test of tests) {
    const found = all.filter(test);
    if (found.length > 0) return found;
  }
  return [];
}

function describe({ table, syntax, doc, where, supported }: ListedKeyword): string {
  const mark = supported ? "" : " (not supported)";
  return `${syntax}\n    ${table}${where === "" ? "" : `, ${where}`}${mark}\n    ${doc}\n`;
}
