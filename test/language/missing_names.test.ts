import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { aclDerivatives, converters, fetches } from "../../src/lang/catalog.ts";
import { convertersMissing, fetchesMissing } from "../../src/lang/missing_names.ts";

/** Names of a table of HAProxy's that its build has. */
function built(file: string): string[] {
  const [head, ...rows] = readFileSync(new URL(`./tables/${file}`, import.meta.url), "utf8")
    .trimEnd().split("\n").map((line) => line.split("\t"));
  const column = head!.indexOf("in_build");
  return rows.filter((cells) => cells[column] === "y").map((cells) => cells[0]!);
}

test("each fetch of HAProxy's is there, or it is said why not", () => {
  const names = [...built("sample-fetches.tsv"), ...built("acl-derivatives.tsv")];
  const missing = names.filter((name) => !fetches.has(name) && !aclDerivatives.has(name));
  expect([...fetchesMissing.keys()].sort()).toEqual([...new Set(missing)].sort());
});

test("each converter of HAProxy's is there, or it is said why not", () => {
  const names = [...built("converters.tsv"), "51d.single", "da-csv-conv"];
  const missing = names.filter((name) => !converters.has(name));
  expect([...convertersMissing.keys()].sort()).toEqual(missing.sort());
});

test("no reason ends with a stop, and none is empty", () => {
  for (const why of [...fetchesMissing.values(), ...convertersMissing.values()]) {
    expect(why).toMatch(/^\S.*[^.]$/);
  }
});
