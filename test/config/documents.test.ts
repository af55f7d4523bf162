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

test("the example of docs/configuration.md is a valid configuration", () => {
  const example = /```yaml\n(defaults:.*?)```/s.exec(read("docs/configuration.md"))![1]!;
  const { plan, diagnostics } = loadText(example);
  expect(diagnostics.map(({ code }) => code)).toEqual([]);
  expect(plan).toBeDefined();
});
