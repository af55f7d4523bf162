import { type AclKeyword, aclKeywords } from "./acl_keywords.ts";
import { aclFetches } from "./acl_fetch.ts";
import { converterSpecs } from "./converter/catalog.ts";
import { fetchSpecs } from "./fetch/catalog.ts";
import { matchMethods } from "./pattern/match_method.ts";
import type { ConverterSpec, FetchSpec } from "./spec.ts";

/** Rows by name. Throws at start when two have the same. */
function byName<R extends { readonly name: string }>(what: string, rows: readonly R[]) {
  const table = new Map<string, R>();
  for (const row of rows) {
    if (table.has(row.name)) throw new TypeError(`two ${what} rows are called '${row.name}'`);
    table.set(row.name, row);
  }
  return table as ReadonlyMap<string, R>;
}

/** Every sample fetch. */
export const fetches: ReadonlyMap<string, FetchSpec> = byName("fetch", [
  ...fetchSpecs,
  ...aclFetches,
]);

/** Every converter. */
export const converters: ReadonlyMap<string, ConverterSpec> = byName("converter", converterSpecs);

/** ACL keywords (`path_beg`): those whose fetch exists. */
export const aclDerivatives: ReadonlyMap<string, AclKeyword> = byName(
  "ACL keyword",
  aclKeywords.filter((row) => fetches.has(row.fetch)),
);

byName("match method", matchMethods);
