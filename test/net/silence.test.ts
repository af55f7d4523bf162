import { expect, test } from "bun:test";
import { silence } from "../../src/net/silence.ts";

/** What is asked of a socket: level, name, value. Repair takes a right that not everybody has. */
function asked(mayRepair: boolean, resetHops: number | undefined): number[][] {
  const calls: number[][] = [];
  silence(
    {
      setsockopt(_fd, level, name, value) {
        calls.push([level, name, new Int32Array(value.slice().buffer)[0]!]);
        return level === 6 && !mayRepair ? -1 : 0;
      },
    },
    5,
    resetHops,
  );
  return calls;
}

const repair = [6, 19, 1];

test("a socket under repair is forgotten without a word", () => {
  expect(asked(true, undefined)).toEqual([repair]);
});

test("without the right to that, its reset lives for one hop", () => {
  expect(asked(false, undefined)).toEqual([repair, [0, 2, 1], [41, 16, 1]]);
});

test("rst-ttl sends a reset that lives for so many", () => {
  expect(asked(true, 64)).toEqual([[0, 2, 64], [41, 16, 64]]);
});
