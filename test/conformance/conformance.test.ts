import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { haproxyAvailable } from "../support/haproxy.ts";
import { sluiceAvailable } from "../support/sluice.ts";
import { allCases, caseFamilies } from "./cases/catalog.ts";
import { verdict } from "./compare.ts";
import { place, type PlacedCase } from "./configuration.ts";
import { runCase } from "./run_case.ts";
import { type Side, startSide } from "./side.ts";

const START_TIMEOUT_MS = 120_000;
const CASE_TIMEOUT_MS = 30_000;

const sluice = sluiceAvailable();
const haproxy = haproxyAvailable();
const placed = new Map(place(allCases).map((one) => [one.case, one]));

let subject: Side | undefined;
let reference: Side | undefined;

/** The reference's observation; a reference that refuses a case makes the case wrong, not Sluice. */
async function askReference(one: PlacedCase) {
  if (reference === undefined || one.case.beyondReference !== undefined) return undefined;
  const refusal = reference.refused.get(one.id);
  if (refusal !== undefined) throw new Error(`haproxy refuses the case: ${refusal}`);
  return await runCase(one, reference);
}

async function check(one: PlacedCase): Promise<readonly string[]> {
  if (subject === undefined) throw new Error("Sluice does not run");
  const refusal = subject.refused.get(one.id);
  if (refusal !== undefined) return [`Sluice refuses the case: ${refusal}`];
  const [got, wanted] = await Promise.all([runCase(one, subject), askReference(one)]);
  const silent = got.clients.some(({ fate }) => fate === "silent" || fate === "refused");
  const hung = silent && await subject.recover() === "restarted";
  const found = verdict(one.case.name, got, wanted, one.case.expect);
  return hung ? ["Sluice no longer answered anything after this", ...found] : found;
}

const reason = !sluice.available ? sluice.reason : !haproxy.available ? haproxy.reason : "";

describe.skipIf(reason !== "")(
  `the same configuration does the same${reason && ` (skipped: ${reason})`}`,
  () => {
    beforeAll(async () => {
      [subject, reference] = await Promise.all([
        startSide("sluice", allCases),
        startSide("haproxy", allCases),
      ]);
    }, START_TIMEOUT_MS);

    afterAll(async () => {
      await Promise.all([subject?.stop(), reference?.stop()]);
    });

    for (const [family, cases] of Object.entries(caseFamilies)) {
      describe(family, () => {
        for (const one of cases) {
          test(one.name, async () => {
            const at = placed.get(one);
            if (at === undefined) throw new Error("the case has no place");
            expect((await check(at)).join("\n")).toBe("");
          }, CASE_TIMEOUT_MS);
        }
      });
    }
  },
);
