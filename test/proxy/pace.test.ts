import { describe, expect, test } from "bun:test";
import { Paces } from "../../src/proxy/pace.ts";
import type { BandwidthFilter } from "../../src/rules/bandwidth.ts";

const filter = (limitBytes: number, periodMs: number): BandwidthFilter => ({
  name: "f",
  direction: "download",
  limitBytes,
  periodMs,
});

/** Readings of the clock and bytes, as they pass when `total` of them come in `reads` from 0 on. */
function flow(
  paces: Paces,
  read: number,
  total: number,
  tickMs = 1,
): [at: number, bytes: number][] {
  const passed: [number, number][] = [];
  let left = total;
  let waiting = 0;
  for (let now = 0; left + waiting > 0 && now < 1e7; now += tickMs) {
    for (;;) {
      if (waiting === 0) {
        waiting = Math.min(read, left);
        left -= waiting;
      }
      const bytes = Math.min(waiting, paces.allowance(now));
      if (bytes === 0) break;
      paces.spend(bytes, now);
      waiting -= bytes;
      passed.push([now, bytes]);
    }
  }
  return passed;
}

const sum = (passed: readonly [number, number][]) => passed.reduce((all, [, n]) => all + n, 0);

function under(...filters: BandwidthFilter[]): Paces {
  const paces = new Paces();
  for (const one of filters) paces.limit(one, one);
  return paces;
}

describe("a pace", () => {
  test("lets the limit pass at once, and no more before the period is over", () => {
    const passed = flow(under(filter(1000, 60_000)), 16_384, 3000);
    expect(passed.map(([, bytes]) => bytes)).toEqual([1000, 1000, 1000]);
    const [first, second, third] = passed.map(([at]) => at);
    expect([first!, second! - first!, third! - second!]).toEqual([0, 59_968, 60_000]);
  });

  test("makes up for timers that come late: the rate is right in the end", () => {
    // 100 bytes a millisecond, in reads of 64 bytes, looked at every 16 ms.
    const passed = flow(under(filter(100_000, 1000)), 64, 1_000_000, 16);
    expect(sum(passed)).toBe(1_000_000);
    const [last] = passed.at(-1)!;
    expect(last).toBeGreaterThan(9900);
    expect(last).toBeLessThanOrEqual(10_000);
  });

  test("saves nothing up while nothing flows", () => {
    const paces = under(filter(1000, 1000));
    expect(paces.allowance(1e6)).toBe(1000);
    paces.spend(1000, 1e6);
    expect(paces.allowance(1e6)).toBe(0);
    expect(paces.freeAt).toBe(1e6 + 1000);
  });

  test("holds to the slowest of several limits", () => {
    const passed = flow(under(filter(1000, 1000), filter(300, 1000)), 16_384, 900);
    expect(passed.map(([, bytes]) => bytes)).toEqual([300, 300, 300]);
  });

  test("takes another limit over what was spent", () => {
    const one = filter(1000, 1000);
    const paces = under(one);
    paces.spend(1000, 0);
    paces.limit(one, { limitBytes: 5000, periodMs: 1000 });
    expect(paces.allowance(0)).toBe(0);
    expect(paces.allowance(1000)).toBe(5000);
  });

  test("is none without a limit", () => {
    expect(new Paces().allowance(0)).toBe(Infinity);
  });
});
