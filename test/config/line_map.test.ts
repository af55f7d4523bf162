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

test("a line ends before its line feed, the last one with the text", () => {
  const map = new LineMap("f", "a\r\n\n\xc3\xa9 b\nlast");
  const ends = [[0, 2], [1, 2], [2, 2], [3, 3], [4, 8], [8, 8], [9, 13], [13, 13]] as const;
  for (const [offset, end] of ends) expect(map.lineEnd(offset)).toBe(end);
  expect(new LineMap("f", "").lineEnd(0)).toBe(0);
  expect(new LineMap("f", "x\n").lineEnd(2)).toBe(2);
});

test("the end of a long line is not searched for from every word", () => {
  let searches = 0;
  const counted = { indexOf: () => (searches++, -1), length: 1000 };
  const map = new LineMap("f", counted as unknown as string);
  const before = searches;
  for (let at = 0; at < 1000; at++) expect(map.lineEnd(at)).toBe(1000);
  expect(searches).toBe(before);
});
