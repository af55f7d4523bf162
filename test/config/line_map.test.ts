import { expect, test } from "bun:test";
import { LineMap } from "../../src/config/line_map.ts";

const text = "one two\n\xc3\xa9 three\n\nfour";

test("an offset is found in whatever order they are asked for", () => {
  const map = new LineMap("f", text);
  const places = [[0, 1, 1], [8, 2, 1], [10, 2, 2], [11, 2, 3], [17, 3, 1], [22, 4, 5]] as const;
  for (const order of [places, places.toReversed(), [places[3], places[2], places[4], places[1]]]) {
    for (const [offset, line, column] of order) {
      expect(map.position(offset)).toEqual({ file: "f", line, column });
    }
  }
});

test("a long line is counted once, not from its start for every word", () => {
  let looks = 0;
  const long = "word ".repeat(20_000);
  const counted = {
    indexOf: (...args: [string, number?]) => long.indexOf(...args),
    charCodeAt(at: number) {
      looks++;
      return long.charCodeAt(at);
    },
  };
  const map = new LineMap("f", counted as unknown as string);
  for (let at = 0; at < long.length; at += 5) expect(map.position(at).column).toBe(at + 1);
  expect(looks).toBeLessThanOrEqual(long.length);
});
