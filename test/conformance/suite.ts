import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { haproxyAvailable } from "../support/haproxy.ts";
import { sluiceAvailable } from "../support/sluice.ts";
import type { Case } from "./case.ts";
import { verdict } from "./compare.ts";
import { place, type PlacedCase } from "./configuration.ts";
import { runCase } from "./run_case.ts";
import { type Side, type SideName, startSide } from "./side.ts";

const START_TIMEOUT_MS = 120_000;
const CASE_TIMEOUT_MS = 30_000;

/** Which side is compared with haproxy, and in what spelling it gets the cases. */
export type Subject = Exclude<SideName, "haproxy">;

/** Declares a test for each case: the subject does what haproxy does with the same configuration. */
export function compareWithHaproxy(
  title: string,
  subjectName: Subject,
  families: Readonly<Record<string, readonly Case[]>>,
): void {
  const sluice = sluiceAvailable();
  const haproxy = haproxyAvailable();
  const cases = Object.values(families).flat();
  const placed = new Map(place(cases).map((one) => [one.case, one]));
  const reason = !sluice.available ? sluice.reason : !haproxy.available ? haproxy.reason : "";
  let sides: Sides | undefined;

  describe.skipIf(reason !== "")(`${title}${reason && ` (skipped: ${reason})`}`, () => {
    beforeAll(async () => {
      const [subject, reference] = await Promise.all([
        startSide(subjectName, cases),
        startSide("haproxy", cases),
      ]);
      sides = { subject, reference };
    }, START_TIMEOUT_MS);

    afterAll(async () => {
      await Promise.all([sides?.subject.stop(), sides?.reference.stop()]);
    });

    for (const [family, members] of Object.entries(families)) {
      describe(family, () => {
        for (const one of members) {
          test(one.name, async () => {
            const at = placed.get(one);
            if (at === undefined || !sides) throw new Error("the case has no place");
            expect((await check(at, sides)).join("\n")).toBe("");
          }, CASE_TIMEOUT_MS);
        }
      });
    }
  });
}

interface Sides {
  readonly subject: Side;
  readonly reference: Side;
}

/** The reference's observation; a reference that refuses a case makes the case wrong, not Sluice. */
async function askReference(one: PlacedCase, reference: Side) {
  if (one.case.beyondReference !== undefined) return undefined;
  const refusal = reference.refused.get(one.id);
  if (refusal !== undefined) throw new Error(`haproxy refuses the case: ${refusal}`);
  return await runCase(one, reference);
}

async function check(one: PlacedCase, { subject, reference }: Sides): Promise<readonly string[]> {
  const refusal = subject.refused.get(one.id);
  if (refusal !== undefined) return [`Sluice refuses the case: ${refusal}`];
  const [got, wanted] = await Promise.all([
    runCase(one, subject),
    askReference(one, reference),
  ]);
  const silent = got.clients.some(({ fate }) => fate === "silent" || fate === "refused");
  const hung = silent && await subject.recover() === "restarted";
  const found = verdict(one.case.name, got, wanted, one.case.expect);
  return hung ? ["Sluice no longer answered anything after this", ...found] : found;
}
