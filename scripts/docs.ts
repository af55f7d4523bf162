// Writes the parts of docs/ that are made of tables: `bun scripts/docs.ts`, or `--check` to compare.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { documents } from "./keyword_pages.ts";
import { project } from "./project.ts";

let stale = 0;
for (const { path, start, end, text } of documents()) {
  const file = join(project.root, path);
  const before = readFileSync(file, "utf8");
  const from = before.indexOf(start);
  const to = before.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} has no place for its table`);
  const after = before.slice(0, from + start.length) + "\n" + text + before.slice(to);
  if (after === before) continue;
  if (process.argv.includes("--check")) {
    console.error(`${path} is not up to date; run bun scripts/docs.ts`);
    stale++;
  } else writeFileSync(file, after);
}
process.exit(stale === 0 ? 0 : 1);
