import { expect, test } from "bun:test";
import type { MovedDescription } from "../../src/proxy/move/description.ts";
import { Progress } from "../../src/takeover/progress.ts";

function batch(size: number): MovedDescription[] {
  return Array.from({ length: size }, (_, id) => ({ id, kind: "idle-client" }) as MovedDescription);
}

function move(progress: Progress, size: number, ms: number): void {
  const taken = Array.from({ length: size }, (_, id) => id);
  progress.moved(batch(size), { batch: 1, taken, refused: [] }, ms);
}

test("freezes are counted by connection: the longest, and what 99 of 100 did not exceed", () => {
  const progress = new Progress(() => {});
  expect([progress.longestFreezeMs, progress.p99FreezeMs]).toEqual([0, 0]);
  move(progress, 989, 2.5);
  move(progress, 10, 7.1);
  expect([progress.longestFreezeMs, progress.p99FreezeMs]).toEqual([8, 8]);
  move(progress, 1, 40);
  expect([progress.longestFreezeMs, progress.p99FreezeMs]).toEqual([40, 8]);
  move(progress, 1000, 1);
  expect([progress.longestFreezeMs, progress.p99FreezeMs]).toEqual([40, 3]);
  expect(progress.summary).toBe(
    "moved 2000 idle-client, longest freeze 40 ms, 99 % up to 3 ms",
  );
});
