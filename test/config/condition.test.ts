import { describe, expect, test } from "bun:test";
import { evaluateConfigurationCondition } from "../../src/config/condition/evaluate.ts";
import { type ConditionFacts, programFacts } from "../../src/config/condition/facts.ts";
import { conditionHolds } from "../../src/config/condition/parse.ts";
import { predicates } from "../../src/config/condition/predicates.ts";
import { compareVersions } from "../../src/config/condition/version.ts";
import { haproxyAvailable } from "../support/haproxy.ts";

const environment: Record<string, string> = { HOME: "/root", EMPTY: "", PATH: "/usr/bin" };
const variable = (name: string) => environment[name];

/** Conditions that HAProxy 2.6 and Sluice answer alike, with the answer. */
const shared: readonly (readonly [text: string, kind: "true" | "false" | "error"])[] = [
  ["", "false"],
  ["0", "false"],
  ["1", "true"],
  ["-1", "true"],
  ["+1", "true"],
  ["0x0", "false"],
  ["010", "true"],
  ["08", "error"],
  ["1a", "error"],
  ["1 a", "error"],
  ["!1", "false"],
  ["!!1", "true"],
  ["! 1", "false"],
  ["!", "error"],
  ["+", "error"],
  ["-", "error"],
  ["99999999999999999999", "true"],
  ["(1)", "true"],
  ["( 1 )", "true"],
  ["(((1)))", "true"],
  ["(1", "error"],
  ["((1)", "error"],
  ["1)", "error"],
  ["()", "error"],
  ["1 && 0", "false"],
  ["1&&1", "true"],
  ["1&1", "error"],
  ["1 & 1", "error"],
  ["1 ||", "error"],
  ["0 || 1", "true"],
  ["0|1", "error"],
  ["1 || foo", "error"],
  ["0 && foo(1)", "error"],
  ["1 || streq(a)", "error"],
  ["1 || || 1", "error"],
  ["&& 1", "error"],
  ["1 or 1", "error"],
  ["1 1", "error"],
  ["(1 || 0) && 0", "false"],
  ["1 || 0 && 0", "true"],
  ["!(1 && 0)", "true"],
  ["! (0)", "true"],
  ["!0 && !streq(a,b) || 0", "true"],
  ["true", "error"],
  ["foo(", "error"],
  ["streq", "error"],
  ["streq()", "error"],
  ["streq(a,a)", "true"],
  [" streq(a,a)", "true"],
  ["streq(a,a,a)", "error"],
  ["streq(a, a)", "false"],
  ["streq( a,a)", "false"],
  ["streq (a,a)", "error"],
  ["streq(a,b", "error"],
  ["streq(,)", "true"],
  ["streq(a,a)1", "error"],
  ["streq(a,a)&&1", "true"],
  ['streq("a","a")', "true"],
  ["streq('a,b','a,b')", "error"],
  ["streq(\\'a,b\\',\"'a,b'\")", "true"],
  ["streq(a  b,a b)", "true"],
  ['streq("$HOME","/root")', "true"],
  ["streq($HOME,/root)", "false"],
  ['"$EMPTY"', "false"],
  ['1 "" 1', "error"],
  ["1 # 0", "error"],
  ["strneq(a,b)", "true"],
  ["strneq(a,a)", "false"],
  ["defined(HOME)", "true"],
  ["!defined(HOME)", "false"],
  ["defined(EMPTY)", "true"],
  ["defined(NOPE)", "false"],
  ["defined()", "false"],
  ["defined", "false"],
  ["defined(A,B)", "error"],
  ["feature(EPOLL)", "true"],
  ["feature(epoll)", "false"],
  ["feature(KQUEUE)", "false"],
  ["feature(-KQUEUE)", "false"],
  ["version_atleast(2)", "true"],
  ["version_before(2.2-dev1)", "false"],
  ["version_before(9.0.1)", "true"],
  ["version_atleast(x)", "true"],
  ["ssllib_name_startswith(Boring)", "false"],
  ['"a', "error"],
  ["\\x1", "error"],
];

describe("conditions", () => {
  for (const [text, kind] of shared) {
    test(JSON.stringify(text), () => {
      expect(evaluateConfigurationCondition(text, variable).kind).toBe(kind);
    });
  }

  test("strstr, enabled and fips_mode, which came after HAProxy 2.6", () => {
    const kinds = [
      "strstr(abc,b)",
      "strstr(b,abc)",
      "strstr(abc,)",
      "enabled(EPOLL)",
      "enabled(SPLICE)",
      "enabled(anything)",
      "fips_mode",
      "!fips_mode()",
      "fips_mode(x)",
      "awslc_api_atleast(1)",
    ].map((text) => evaluateConfigurationCondition(text, variable).kind);
    expect(kinds.join(" ")).toBe(
      "true false true true false false false true error false",
    );
  });

  test("nesting has an end", () => {
    const deep = "(".repeat(100_000) + "1" + ")".repeat(100_000);
    expect(evaluateConfigurationCondition(deep, variable).kind).toBe("error");
  });

  test("every predicate asks the facts", () => {
    const facts: ConditionFacts = {
      ...programFacts(variable),
      tls: { name: "AWS-LC 1.2", version: "1.1.1", awslcApi: 22, fips: true },
    };
    const asked = [
      "openssl_version_atleast(1.1.1)",
      "!openssl_version_before(1.1.1)",
      "openssl_version_before(3.0)",
      "ssllib_name_startswith(AWS)",
      "awslc_api_atleast(22)",
      "awslc_api_before(23)",
      "fips_mode",
    ];
    for (const text of asked) {
      expect(conditionHolds(text, facts)).toBe(true);
      expect(conditionHolds(text, programFacts(variable))).toBe(text.startsWith("!"));
    }
    expect(predicates.length).toBe(14);
  });
});

test("versions compare as HAProxy's own do", () => {
  const ascending = [
    "no version",
    "1.2.1-pre2",
    "1.2.1",
    "1.2.10.1",
    "1.3.16-rc1",
    "1.4-dev3",
    "1.5-dev18",
    "1.5-dev18-43",
    "1.5",
    "2.4-dev18-f6818d-20",
    "2.6",
    "2.6.12",
    "2.6.12-1",
    "2.6.12.1",
    "2.6.13-dev1",
    "3.5-dev4",
    "3.5-dev5",
    "3.5-dev5-1",
    "3.5-rc1",
    "3.5",
  ];
  for (const [i, a] of ascending.entries()) {
    for (const [j, b] of ascending.entries()) {
      expect([a, b, Math.sign(compareVersions(a, b))]).toEqual([a, b, Math.sign(i - j)]);
    }
  }
  expect(compareVersions("2", "2.0.0")).toBe(0);
  expect(compareVersions("2.6.12-1+deb12u4", "2.6.12")).toBe(0);
});

const haproxy = haproxyAvailable();
describe.skipIf(!haproxy.available)("haproxy -cc answers the same", () => {
  const path = haproxy.available ? haproxy.path : "";
  for (const [text, kind] of shared) {
    test(JSON.stringify(text), () => {
      const run = Bun.spawnSync([path, "-cc", text], { env: environment });
      expect(["true", "false", "error"][run.exitCode]).toBe(kind);
      if (kind !== "error") return;
      const ours = evaluateConfigurationCondition(text, variable) as { message: string };
      expect(run.stderr.toString()).toContain(`config : ${ours.message}\n`);
    });
  }
});
