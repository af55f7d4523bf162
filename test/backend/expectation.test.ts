import { expect, test } from "bun:test";
import fc from "fast-check";
import { judgeReceived } from "../../src/backend/health/expectation.ts";
import type { CheckMatch, ExpectStep } from "../../src/config/check_plan.ts";
import { plainExpectation } from "../../src/config/compile/check_steps.ts";
import {
  ldapCheck,
  mysqlCheck,
  pgsqlCheck,
  redisCheck,
  smtpCheck,
  sslHelloCheck,
} from "../../src/config/compile/check_protocols.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";

const cx = offlineContext({});

function step(match: CheckMatch, parts: Partial<ExpectStep> = {}): ExpectStep {
  return { ...plainExpectation, ...parts, match, id: 1, resumeAt: 0 };
}

const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 });
const matches = letters.filter((text) => text !== "").chain((text): fc.Arbitrary<CheckMatch> =>
  fc.constantFrom<CheckMatch>(
    { kind: "string", text },
    { kind: "binary", text },
    { kind: "string-lf", text },
    { kind: "rstring", regex: new RegExp(text) },
  )
);

/** The verdict on bytes that come in pieces, the last of which ends them. */
function verdict(expectation: ExpectStep, received: string, cuts: readonly number[]): unknown {
  const ends = cuts.map((cut) => cut % (received.length + 1)).sort((a, b) => a - b);
  for (const end of ends) {
    const judgement = judgeReceived(expectation, received.slice(0, end), false, cx);
    if (judgement !== "later") return judgement;
  }
  return judgeReceived(expectation, received, true, cx);
}

test("what is wanted is found however it is cut", () => {
  fc.assert(fc.property(matches, letters, fc.array(fc.nat()), (match, received, cuts) => {
    const expectation = step(match);
    expect(verdict(expectation, received, cuts)).toEqual(verdict(expectation, received, []));
  }));
});

test("what is not wanted is waited for, unless a minimum makes its absence conclusive", () => {
  const unwanted = (minRecv: number) =>
    step({ kind: "string", text: "no" }, { not: true, minRecv });
  expect(judgeReceived(unwanted(-1), "+OK", false, cx)).toBe("later");
  expect(judgeReceived(unwanted(-1), "+OK", true, cx)).toBe("met");
  expect(judgeReceived(unwanted(4), "+OK", false, cx)).toBe("later");
  expect(judgeReceived(unwanted(3), "+OK", false, cx)).toBe("met");
  expect(judgeReceived(unwanted(-1), "no!", false, cx)).toMatchObject({ status: "L7RSP" });
});

test("the checks that are built in take any bytes, and end with them", () => {
  const built = [
    redisCheck(),
    smtpCheck("HELO a"),
    pgsqlCheck("joe"),
    mysqlCheck("joe", "post-41"),
    mysqlCheck(undefined, "post-41"),
    ldapCheck(),
    sslHelloCheck(),
  ];
  const expectations = built.flat().flatMap((draft) =>
    draft.kind === "expect" ? [{ ...draft, id: 1, resumeAt: 0 }] : []
  );
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 })
    .map((array) => Buffer.from(array).toString("latin1"));
  fc.assert(fc.property(fc.constantFrom(...expectations), bytes, (expectation, received) => {
    judgeReceived(expectation, received, false, cx);
    expect(judgeReceived(expectation, received, true, cx)).not.toBe("later");
  }));
});
