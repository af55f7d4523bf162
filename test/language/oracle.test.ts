import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parseCondition } from "../../src/lang/condition.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { testScope, words } from "./lang_scope.ts";

/** A case that was put to the real HAProxy: what it said to a condition on a request. */
interface OracleCase {
  readonly request: string;
  /** `acl` lines in front of the rule. */
  readonly decl: string;
  readonly condition: string;
  readonly result: 0 | 1;
}

const folder = new URL("oracle/", import.meta.url);
const cases = readFileSync(new URL("cases.jsonl", folder), "utf8").trim().split("\n")
  .map((line) => JSON.parse(line) as OracleCase);

test("every case that was put to HAProxy comes out the same in all three forms", () => {
  const differing: string[] = [];
  for (const { request, decl, condition, result } of cases) {
    const scope = testScope({ folder });
    for (const line of decl.split("\n")) {
      const [keyword, name, ...rest] = words(line);
      if (keyword === "acl") scope.acls.declare(name!, rest, scope);
    }
    const compiled = parseCondition(words(condition), scope);
    const raw = offlineContext({ raw: request, src: "127.0.0.1", dst: "127.0.0.1", dstPort: 8080 });
    const wanted = result === 1;
    const holds = compiled.holds(raw);
    const tested = compiled.test(raw) === 3;
    const explained = compiled.explain(raw).holds;
    if (holds !== wanted || tested !== wanted || explained !== wanted) {
      differing.push(`${condition}: ${holds} ${tested} ${explained}, HAProxy: ${wanted}`);
    }
  }
  expect(differing).toEqual([]);
  expect(cases.length).toBe(213);
});
