import { expect, test } from "bun:test";
import { BatchSize } from "../../src/takeover/batch_size.ts";
import { defaultLimits } from "../../src/takeover/limits.ts";

test("batches grow while connections go on in time, and shrink when they don't", () => {
  const limits = {
    ...defaultLimits,
    batchConnectionsMin: 10,
    batchConnectionsMax: 100,
    freezeMs: 15,
  };
  const size = new BatchSize(limits);
  const sizes = [5, 5, 15, 5, 5, 16, 80, 80, 80, 80, 5].map((frozenMs) => {
    const { connections } = size;
    size.note(frozenMs);
    return connections;
  });
  expect(sizes).toEqual([10, 20, 40, 80, 100, 100, 50, 25, 12, 10, 10]);
  expect(size.connections).toBe(20);
});
