import { describe, expect, test } from "bun:test";
import { defaultLimits } from "../../src/takeover/limits.ts";
import { Trial } from "../../src/takeover/trial.ts";

/** What the old process had answered when it was asked, and has since. */
function trialAfter(before: readonly [number, number], since: readonly [number, number] = [0, 0]) {
  let own = { all: before[0], ownErrors: before[1] };
  const trial = new Trial(() => own, defaultLimits);
  own = { all: before[0] + since[0], ownErrors: before[1] + since[1] };
  return trial;
}

describe("Trial", () => {
  test("fails who answers with errors of its own only", () => {
    expect(trialAfter([1000, 3]).verdict({ all: 40, ownErrors: 39 })).toBe(
      "the new process failed its probation: 98 % of 40 answers were errors of its own, 0 % before",
    );
  });

  test("says nothing of a handful of answers, or of who tells none", () => {
    expect(trialAfter([1000, 0]).verdict({ all: 19, ownErrors: 19 })).toBeUndefined();
    expect(trialAfter([1000, 0]).verdict(undefined)).toBeUndefined();
  });

  test("allows a share that is larger by a quarter of all", () => {
    expect(trialAfter([100, 10]).verdict({ all: 100, ownErrors: 35 })).toBeUndefined();
    expect(trialAfter([100, 10]).verdict({ all: 100, ownErrors: 36 })).toBeDefined();
  });

  test("does not blame it for what goes wrong in the old process, too", () => {
    expect(trialAfter([1000, 0], [30, 30]).verdict({ all: 50, ownErrors: 50 })).toBeUndefined();
    expect(trialAfter([1000, 0], [3, 3]).verdict({ all: 50, ownErrors: 50 })).toBeDefined();
  });

  test("says at the end that a handful of answers told nothing", () => {
    const verdict = (all: number | undefined) => {
      const trial = trialAfter([1000, 0]);
      trial.verdict(all === undefined ? undefined : { all, ownErrors: all });
      return trial.end();
    };
    const few = (what: string) =>
      `the new process gave ${what} in its probation, too few to judge it by (20)`;
    expect([0, 1, 19, 20, undefined].map(verdict)).toEqual([
      few("no answer"),
      few("1 answer"),
      few("19 answers"),
      "",
      // An older process does not tell how many it gave.
      "",
    ]);
  });

  test("is over when the probation is", () => {
    const trial = trialAfter([1000, 0]);
    trial.end();
    expect(trial.verdict({ all: 50, ownErrors: 50 })).toBeUndefined();
  });
});
