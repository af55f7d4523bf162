import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../../scripts/project.ts";
import { offered } from "../../src/proxy/user/offered_modules.ts";

test("docs/modules.md lists what a module can import", () => {
  const page = readFileSync(join(project.root, "docs", "modules.md"), "utf8");
  const section = page.slice(page.indexOf("## What a module can import"));
  const listed = [...section.matchAll(/`((?:hono|valibot)[\w\-/]*)`/g)].map(([, name]) => name!);
  expect(new Set(listed)).toEqual(new Set(Object.keys(offered)));
});
