import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { haproxyAvailable } from "../support/haproxy.ts";
import { sluiceAvailable } from "../support/sluice.ts";
import { changedLines } from "./compare.ts";
import { allTcpCases, tcpFamilies } from "./tcp/cases/catalog.ts";
import { place } from "./tcp/configuration.ts";
import { differingTcpNames, tcpDifference } from "./tcp/differences.ts";
import { runTcpCase } from "./tcp/run_case.ts";
import { TcpSide } from "./tcp/side.ts";

const START_TIMEOUT_MS = 120_000;
const CASE_TIMEOUT_MS = 60_000;
/** Cases that run at the same time: most of them wait most of the time. */
const LANES = 8;

const sluice = sluiceAvailable();
const haproxy = haproxyAvailable();
const placed = place(allTcpCases);

interface Result {
  readonly got: readonly string[];
  readonly wanted: readonly string[];
}

/** Runs all cases in a few lanes; each test waits for its own. */
class Runs {
  readonly #results = new Map<string, PromiseWithResolvers<Result>>(
    placed.map((one) => [one.id, Promise.withResolvers<Result>()]),
  );

  constructor(private readonly subject: TcpSide, private readonly reference: TcpSide) {
    for (const { promise } of this.#results.values()) promise.catch(() => {});
    const left = placed.values();
    for (let lane = 0; lane < LANES; lane++) void this.#lane(left);
  }

  of(id: string): Promise<Result> {
    return this.#results.get(id)!.promise;
  }

  async #lane(left: Iterator<(typeof placed)[number]>): Promise<void> {
    for (let next = left.next(); !next.done; next = left.next()) {
      const one = next.value;
      const { resolve, reject } = this.#results.get(one.id)!;
      const refusal = this.subject.refused.get(one.id) ?? this.reference.refused.get(one.id);
      if (refusal !== undefined) {
        reject(new Error(`refused: ${refusal}`));
        continue;
      }
      try {
        const [got, wanted] = await Promise.all([
          runTcpCase(one, this.subject),
          runTcpCase(one, this.reference),
        ]);
        resolve({ got, wanted });
      } catch (error) {
        reject(error);
      }
    }
  }
}

/** What a line is about: a client, an origin, the log. */
const kindOf = (line: string): string | undefined => /^(client \d+|\w+)/.exec(line)?.[0];

const reason = !sluice.available ? sluice.reason : !haproxy.available ? haproxy.reason : "";

describe.skipIf(reason !== "")(
  `the same haproxy.cfg does the same${reason && ` (skipped: ${reason})`}`,
  () => {
    let sides: TcpSide[] = [];
    let runs: Runs;

    beforeAll(async () => {
      const [subject, reference] = await Promise.all([
        TcpSide.start("sluice", allTcpCases),
        TcpSide.start("haproxy", allTcpCases),
      ]);
      sides = [subject, reference];
      runs = new Runs(subject, reference);
    }, START_TIMEOUT_MS);

    afterAll(async () => {
      for (const side of sides) await side[Symbol.asyncDispose]();
    });

    for (const [family, cases] of Object.entries(tcpFamilies)) {
      describe(family, () => {
        for (const one of cases) {
          test(one.name, async () => {
            const { id } = placed[allTcpCases.indexOf(one)]!;
            const { got, wanted } = await runs.of(id);
            const difference = tcpDifference(one.name);
            if (process.env.SHOW_OBSERVATIONS) console.log(one.name, wanted, got);
            if (difference === undefined) {
              const vain = wanted.filter((line) => line.includes("waited in vain"));
              if (!one.inVain && vain.length > 0) {
                throw new Error(`A wrong case: ${wanted.join("\n")}`);
              }
              expect(changedLines(wanted, got).join("\n")).toBe("");
              return;
            }
            const kinds = new Set(difference.lines.map(kindOf));
            expect(got.filter((line) => kinds.has(kindOf(line)))).toEqual([...difference.lines]);
            // What is the same after all needs no entry.
            expect(wanted).not.toEqual(got);
          }, CASE_TIMEOUT_MS);
        }
      });
    }
  },
);

test("the differences speak of cases that exist", () => {
  const names = new Set(allTcpCases.map((one) => one.name));
  expect(differingTcpNames.filter((name) => !names.has(name))).toEqual([]);
});
