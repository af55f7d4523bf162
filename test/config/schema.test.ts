import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { parse } from "yaml";
import { configurationJsonSchema, configurationSchema } from "../../src/config/schema.ts";

const here = dirname(fileURLToPath(import.meta.url));

function accepts(document: unknown): boolean {
  return v.safeParse(configurationSchema, document).success;
}

/** Valid configurations: the examples and the golden cases that have a Plan. */
function validFiles(): string[] {
  const golden = join(here, "golden");
  const cases = readdirSync(golden).filter((name) =>
    existsSync(join(golden, name, "expected.json"))
  )
    .filter((name) => name !== "empty_file")
    .map((name) => join(golden, name, "input.yaml"))
    .filter((file) => existsSync(file));
  const examples = join(here, "..", "..", "examples");
  const own = existsSync(examples)
    ? readdirSync(examples).filter((name) => /\.ya?ml$/.test(name)).map((name) =>
      join(examples, name)
    )
    : [];
  return [...cases, ...own];
}

for (const file of validFiles()) {
  const name = file.endsWith("input.yaml")
    ? dirname(file).split("/").at(-1)!
    : file.split("/").at(-1)!;
  test(`accepts ${name}`, () => {
    expect(accepts(parse(readFileSync(file, "utf8")))).toBe(true);
  });
}

test("refuses a section or a keyword that does not exist", () => {
  expect(accepts({ fronted: {} })).toBe(false);
  expect(accepts({ frontend: { www: { bnd: ":80" } } })).toBe(false);
  expect(accepts({ frontend: { www: { timeout: { clien: "5s" } } } })).toBe(false);
  expect(accepts({ backend: { app: { bind: ":80" } } })).toBe(false);
  expect(accepts({ "defaults a b": {} })).toBe(false);
});

test("the JSON Schema describes keywords and refers to what it repeats", () => {
  const schema = JSON.stringify(configurationJsonSchema());
  expect(schema).toContain("default_backend <backend>");
  expect(schema).toContain('"$ref":"#/$defs/line"');
  expect(schema).not.toContain("stick-table");
  const references = [...schema.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference!);
  expect(references.filter((reference) => encodeURI(reference) !== reference)).toEqual([]);
});
