import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { clock } from "../../src/net/clock.ts";
import { CloseSpread } from "../../src/proxy/close_spread.ts";

let before = 0;
beforeEach(() => {
  before = clock.now;
});
afterEach(() => {
  clock.now = before;
});

const always = (value: number) => () => value;

describe("CloseSpread", () => {
  test("without a time ends everybody at once", () => {
    const spread = new CloseSpread(0, always(0.99));
    expect([spread.closesIdle, spread.idleMs(), spread.closesWithAnswer()])
      .toEqual([true, Infinity, true]);
  });

  test("without an end ends nobody", () => {
    const spread = new CloseSpread(Infinity, always(0.99));
    expect([spread.closesIdle, spread.idleMs(), spread.closesWithAnswer()])
      .toEqual([false, Infinity, false]);
  });

  test("ends idle ones at any moment of what is left", () => {
    const spread = new CloseSpread(1000, always(0.5));
    expect(spread.closesIdle).toBe(false);
    expect(spread.idleMs()).toBeCloseTo(500);
    clock.now += 600;
    expect(spread.idleMs()).toBeCloseTo(200);
    clock.now += 600;
    expect(spread.idleMs()).toBe(0);
  });

  test("ends more answers the less is left", () => {
    const spread = new CloseSpread(1000, always(0.5));
    const closes = [0, 400, 200, 1000].map((later) => {
      clock.now += later;
      return spread.closesWithAnswer();
    });
    expect(closes).toEqual([false, false, true, true]);
  });
});
