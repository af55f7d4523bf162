import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { haproxyAvailable } from "../support/haproxy.ts";
import { sluiceAvailable } from "../support/sluice.ts";
import { allCases } from "./cases/catalog.ts";
import { siteCases } from "./cases/site.ts";
import { verdict } from "./compare.ts";
import type { Entry } from "./corpus/entry.ts";
import { requestCorpus } from "./corpus/requests.ts";
import { responseCorpus } from "./corpus/responses.ts";
import { runCorpus, startCorpusSide } from "./corpus/run_corpus.ts";
import { differingNames } from "./differences.ts";
import type { Observation } from "./observation.ts";
import type { Side } from "./side.ts";

const RUN_TIMEOUT_MS = 180_000;

const sluice = sluiceAvailable();
const haproxy = haproxyAvailable();
const reason = !sluice.available ? sluice.reason : !haproxy.available ? haproxy.reason : "";

test("every listed difference is about something that is tried", () => {
  const cases = [...allCases, ...Object.values(siteCases).flat()];
  const tried = new Set([...requestCorpus, ...responseCorpus, ...cases].map(({ name }) => name));
  expect(differingNames.filter((name) => !tried.has(name))).toEqual([]);
});

describe.skipIf(reason !== "")(
  `the same bytes do the same${reason && ` (skipped: ${reason})`}`,
  () => {
    const sides: Side[] = [];

    afterAll(async () => {
      await Promise.all(sides.map((side) => side.stop()));
    });

    const corpora: Readonly<Record<string, readonly Entry[]>> = {
      "requests": requestCorpus,
      "answers of origins": responseCorpus,
    };

    for (const [title, entries] of Object.entries(corpora)) {
      describe(title, () => {
        let ours: readonly Observation[] = [];
        let theirs: readonly Observation[] = [];

        beforeAll(async () => {
          if (sides.length === 0) {
            sides.push(
              ...await Promise.all([startCorpusSide("sluice"), startCorpusSide("haproxy")]),
            );
          }
          [ours, theirs] = await Promise.all([runOn(entries, sides[0]), runOn(entries, sides[1])]);
        }, RUN_TIMEOUT_MS);

        entries.forEach((entry, at) => {
          test(entry.name, () => {
            const got = ours[at];
            if (got === undefined) throw new Error("the entry was not run");
            expect(verdict(entry.name, got, theirs[at], undefined).join("\n")).toBe("");
          });
        });
      });
    }
  },
);

function runOn(entries: readonly Entry[], side: Side | undefined): Promise<readonly Observation[]> {
  if (side === undefined) throw new Error("the gateway does not run");
  return runCorpus(entries, side);
}
