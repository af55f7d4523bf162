import { describe, expect, test } from "bun:test";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { parseRule, type RuleCursor, RuleSet, type RuleTrace } from "../../src/rules/rule_set.ts";
import type { RuleSetName } from "../../src/rules/spec.ts";
import { splitWords, testScope } from "./test_scope.ts";
import { recordedTransaction } from "./recorded_transaction.ts";

const begin = (): RuleCursor => ({ next: 0, resuming: false });

function rulesOf(...lines: string[]): RuleSet {
  const scope = testScope({ ruleSet: "tcp-request content", phase: "fe_tcp_req_cont" });
  return new RuleSet(lines.map((line) => parseRule(scope.ruleSet, splitWords(line), scope)));
}

/** Two bytes of a connection that may send more, or of one that is done. */
function inspected(text: string, more: "more may come" | "final" = "more may come") {
  const final = more === "final";
  const requestBuffer = { text, closed: final };
  return recordedTransaction(offlineContext({ requestBuffer, final }));
}

/** What a condition comes to: whether its rule ran, did not, or waits. */
function answer(condition: string, tx = inspected("ab")): "runs" | "does not" | "waits" {
  const outcome = rulesOf(`reject ${condition}`, "accept").run(tx, begin());
  return outcome === "abort" ? "runs" : outcome === "wait" ? "waits" : "does not";
}

describe("an expression while more may come", () => {
  const rows = [
    ["nothing is fetched and nothing will be", "{ var(txn.none) -m found }", "does not"],
    ["nothing is fetched for now", "{ req.payload(0,4) -m found }", "waits"],
    [
      "a converter fails on what may grow",
      "{ req.payload(0,0),json_query($.a) -m found }",
      "waits",
    ],
    [
      "a converter fails on what stays",
      "{ req.payload(0,1),json_query($.a) -m found }",
      "does not",
    ],
    ["the match's own conversion fails", "{ req.payload(0,2),hex -m ip 1.2.3.4 }", "does not"],
    ["a pattern matches", "{ req.payload(0,2) -m str ab }", "runs"],
    ["a pattern matches what may grow", "{ req.len 2 }", "runs"],
    ["no pattern matches what stays", "{ req.payload(0,2) -m str xy }", "does not"],
    ["no pattern matches what may grow", "{ req.len gt 2 }", "waits"],
  ] as const;
  for (const [what, condition, expected] of rows) {
    test(what, () => {
      expect(answer(`if ${condition}`)).toBe(expected);
      const turned = { runs: "does not", "does not": "runs", waits: "waits" } as const;
      expect(answer(`unless ${condition}`)).toBe(turned[expected]);
      expect(answer(`if !${condition}`)).toBe(turned[expected]);
    });
  }

  test("is decided by what is there when no more comes", () => {
    expect(answer("if { req.payload(0,4) -m found }", inspected("ab", "final"))).toBe("does not");
    expect(answer("if !{ req.payload(0,4) -m found }", inspected("ab", "final"))).toBe("runs");
    expect(answer("if { req.len gt 2 }", inspected("ab", "final"))).toBe("does not");
  });
});

test("a suite waits for what stands in front of what would decide it", () => {
  expect(answer("if FALSE { req.payload(0,4) -m found }")).toBe("does not");
  expect(answer("if { req.payload(0,4) -m found } FALSE")).toBe("waits");
  expect(answer("if { req.payload(0,4) -m found } or TRUE")).toBe("runs");
  expect(answer("if FALSE or { req.payload(0,4) -m found }")).toBe("waits");
});

test("WAIT_END holds when no more comes, and before that waits", () => {
  expect(answer("if WAIT_END")).toBe("waits");
  expect(answer("if WAIT_END", inspected("ab", "final"))).toBe("runs");
});

test("the set begins with its first rule again when there is more data", () => {
  const rules = rulesOf(
    "set-var(txn.looks) var(txn.looks),add(1) if { var(txn.looks) -m found }",
    "set-var(txn.looks) int(1) unless { var(txn.looks) -m found }",
    "accept if { req.payload(0,3) -m found }",
  );
  const tx = inspected("");
  const cursor = begin();
  for (const text of ["", "a", "ab", "abc"]) {
    Object.assign(tx, { requestBuffer: { text, closed: false } });
    expect(rules.run(tx, cursor)).toBe(text === "abc" ? "accept" : "wait");
    if (text !== "abc") expect(tx.wait).toEqual({ kind: "more-data" });
  }
  expect(tx.variables.get("txn", "looks")).toBe(4);
  expect(tx.final).toBe(false);
});

test("an action takes what is there as all there is", () => {
  const tx = inspected("ab");
  const rules = rulesOf("set-var(txn.end) wait_end", "set-var(txn.len) req.len");
  expect(rules.run(tx, begin())).toBe("continue");
  expect(tx.variables.get("txn", "end")).toBe(true);
  expect(tx.variables.get("txn", "len")).toBe(2);
  expect(tx.final).toBe(false);
});

test("what rules want of the connection itself is noted, and may end the set", () => {
  const demanded = (ruleSet: RuleSetName, ...lines: string[]) => {
    const scope = testScope({ ruleSet, phase: "fe_tcp_req_cont" });
    const rules = lines.map((line) => parseRule(ruleSet, splitWords(line), scope));
    const tx = inspected("ab", "final");
    return { outcome: new RuleSet(rules).run(tx, begin()), demands: tx.demands };
  };
  expect(demanded("tcp-request connection", "expect-proxy layer4", "reject")).toEqual({
    outcome: "abort",
    demands: ["expect-proxy"],
  });
  expect(demanded("tcp-request content", "switch-mode http", "reject")).toEqual({
    outcome: "accept",
    demands: ["switch-http"],
  });
  expect(demanded("tcp-response content", "close", "reject")).toEqual({
    outcome: "accept",
    demands: ["close-server"],
  });
});

test("a trace waits where the run does", () => {
  const seen: RuleTrace[] = [];
  const rules = rulesOf("reject if { req.len gt 2 }", "accept");
  expect(rules.trace(inspected("ab"), begin(), (trace) => seen.push(trace))).toBe("wait");
  expect(seen.map(({ condition, outcome }) => [condition?.verdict, outcome])).toEqual([
    ["miss", undefined],
  ]);
});
