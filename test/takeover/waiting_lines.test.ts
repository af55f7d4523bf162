import { describe, expect, test } from "bun:test";
import { WaitingLines } from "../../src/takeover/waiting_lines.ts";

const staying = (...counts: [string, number][]) => ({
  left: counts.reduce((sum, [, count]) => sum + count, 0),
  staying: new Map(counts),
});

describe("WaitingLines", () => {
  const lines = () => new WaitingLines(1000, { waitingSaidEveryMs: 1000 });

  test("says nothing of a short wait, nor where nothing is left", () => {
    expect(lines().next(1999, staying(["being served", 3]))).toBeUndefined();
    expect(lines().next(2000, staying())).toBeUndefined();
  });

  test("says what is waited for when it has changed, and not too often", () => {
    const told = lines();
    const two = staying(["being served", 1], ["of a socket that is gone", 1]);
    const one = staying(["being served", 1]);
    expect(told.next(2000, two)).toBe(
      "waiting for 2 connections: 1 being served, 1 of a socket that is gone",
    );
    expect([told.next(2999, one), told.next(3000, two)]).toEqual([undefined, undefined]);
    expect(told.next(3000, one)).toBe("waiting for 1 connection: 1 being served");
    expect(told.next(9000, { left: 1, staying: new Map() })).toBe("waiting for 1 connection");
  });
});
