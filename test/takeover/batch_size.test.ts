import { expect, test } from "bun:test";
import { BatchSize } from "../../src/takeover/batch_size.ts";
import { defaultLimits } from "../../src/takeover/limits.ts";

const limits = {
  ...defaultLimits,
  batchConnectionsMin: 10,
  batchConnectionsMax: 100,
  batchDescriptorsMax: 250,
  freezeMs: 15,
  batchMs: 1000,
};

test("batches grow while connections go on in time, and shrink when they don't", () => {
  const size = new BatchSize(limits);
  const sizes = [5, 5, 15, 5, 5, 16, 80, 80, 80, 80, 5].map((frozenMs) => {
    const { batchConnectionsMax } = size.limits;
    size.wentOn(frozenMs);
    return batchConnectionsMax;
  });
  expect(sizes).toEqual([10, 20, 40, 80, 100, 100, 50, 25, 12, 10, 10]);
  expect(size.limits.batchConnectionsMax).toBe(20);
});

/** A batch as far as its size goes. */
const batch = (connections: number, descriptors: number) => ({
  moved: Array.from({ length: connections }, () => ({}) as never),
  fds: Array.from({ length: descriptors }, () => 0),
  bytes: new Uint8Array(0),
});

test("without room for their descriptors they halve down to one, which waits as long as a batch may", () => {
  const size = new BatchSize(limits);
  const tell = (connections: number, descriptors: number, now: number) => {
    const verdict = size.crowded(batch(connections, descriptors), now);
    const { batchConnectionsMax, batchDescriptorsMax } = size.limits;
    return [verdict, batchConnectionsMax, batchDescriptorsMax];
  };
  expect(tell(30, 41, 5000)).toEqual(["again", 5, 20]);
  expect(tell(5, 10, 5100)).toEqual(["again", 2, 5]);
  expect(tell(2, 3, 6500)).toEqual(["again", 1, 1]);
  expect(tell(1, 2, 6500)).toEqual(["never", 1, 1]);
  // The next one had its time as well.
  expect(tell(1, 1, 6501)).toEqual(["never", 1, 1]);
  // One that is slow makes those after it no larger.
  size.wentOn(50);
  expect(size.limits).toEqual({ batchConnectionsMax: 1, batchDescriptorsMax: 2 });
  size.wentOn(5);
  expect(size.limits).toEqual({ batchConnectionsMax: 2, batchDescriptorsMax: 4 });
  expect(tell(1, 1, 9000)).toEqual(["again", 1, 1]);
  expect(tell(1, 1, 9999)).toEqual(["again", 1, 1]);
  expect(tell(1, 1, 10_000)).toEqual(["never", 1, 1]);
});
