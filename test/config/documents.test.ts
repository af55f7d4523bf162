import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { documents } from "../../scripts/keyword_pages.ts";
import { loadText } from "./load_text.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

for (const { path, start, end, text } of documents()) {
  test(`${path} says what the tables say (bun scripts/docs.ts)`, () => {
    const page = read(path);
    expect(page.slice(page.indexOf(start) + start.length, page.indexOf(end))).toBe("\n" + text);
  });
}

const examples = [...read("docs/configuration.md").matchAll(/```yaml\n(defaults:.*?)```/gs)];

test("docs/configuration.md has whole configurations", () => {
  expect(examples).toHaveLength(2);
});

for (const [index, [, example]] of examples.entries()) {
  test(`example ${index + 1} of docs/configuration.md is a valid configuration`, () => {
    const { plan, diagnostics } = loadText(example!);
    expect(diagnostics.map(({ code }) => code)).toEqual([]);
    expect(plan).toBeDefined();
  });
}
