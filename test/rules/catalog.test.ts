import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  actionNames,
  actionSpecs,
  findAction,
  findUnsupported,
  knownUnsupportedActions,
} from "../../src/rules/catalog.ts";
import type { RuleSetName } from "../../src/rules/spec.ts";

const ruleSets: readonly string[] = [
  "tcp-request connection",
  "tcp-request session",
  "tcp-request content",
  "tcp-response content",
  "http-request",
  "http-response",
  "http-after-response",
];

/** Pairs of rule set and action, as HAProxy 3.5 lists them. */
const listed = readFileSync(join(import.meta.dir, "tables/actions-by-ruleset.tsv"), "latin1")
  .trim().split("\n").slice(1).map((line) => line.split("\t"))
  .filter(([ruleSet]) => ruleSets.includes(ruleSet!))
  .map(([ruleSet, action]) => ({
    ruleSet: ruleSet as RuleSetName,
    action: action!.split(" ")[0]!,
  }));
const listedPairs = new Set(listed.map(({ ruleSet, action }) => `${ruleSet} ${action}`));

test("every action of HAProxy is there, in its rule sets, or refused with a reason", () => {
  const missing = listed.filter(({ ruleSet, action }) =>
    findAction(ruleSet, action) === undefined && findUnsupported(action) === undefined
  );
  expect(missing).toEqual([]);
});

test("no action stands in a rule set where HAProxy has none", () => {
  const ours = actionSpecs.flatMap((spec) =>
    spec.ruleSets.map((ruleSet) => `${ruleSet} ${spec.name.replace("(", "")}`)
  );
  expect(ours.filter((pair) => !listedPairs.has(pair))).toEqual([]);
});

test("every row says what it does", () => {
  for (const { name, syntax, doc } of actionSpecs) {
    expect(syntax.startsWith(name)).toBe(true);
    expect(doc.length).toBeGreaterThan(10);
  }
  for (const { reason } of knownUnsupportedActions) expect(reason).not.toBe("");
});

test("an action is found by its word, with what stands in parentheses", () => {
  expect(findAction("http-request", "set-var(txn.a,ifset)")?.parenthesised).toBe("txn.a,ifset");
  expect(findAction("http-request", "set-var(txn.a")?.parenthesised).toBeUndefined();
  expect(findAction("http-request", "deny(x)")).toBeUndefined();
  expect(findAction("http-response", "set-path")).toBeUndefined();
  expect(actionNames("http-after-response")).toContain("set-var(*)");
});
