import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { isAnchored, isLinear } from "../../src/lang/regex/backtracking.ts";
import { compileRegex } from "../../src/lang/regex/compile.ts";
import { parsePattern } from "../../src/lang/regex/parse.ts";
import { compileProgram } from "../../src/lang/regex/program.ts";
import { Search } from "../../src/lang/regex/search.ts";
import { Threads } from "../../src/lang/regex/threads.ts";

const atom = fc.constantFrom(
  "a",
  "b",
  "c",
  ".",
  "[ab]",
  "[^a]",
  "\\d",
  "\\w",
  "é",
  "1",
  "\\b",
  "x",
);
const quantifier = fc.constantFrom("", "", "", "*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{2,}");

const pattern = fc.letrec<{ alternation: string; sequence: string; item: string }>((tie) => ({
  item: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.tuple(atom, quantifier).map(([a, q]) => a === "\\b" ? a : a + q),
    fc.tuple(tie("alternation"), quantifier).map(([body, q]) => `(${body})${q}`),
  ),
  sequence: fc.array(tie("item"), { minLength: 1, maxLength: 4 }).map((items) => items.join("")),
  alternation: fc.array(tie("sequence"), { minLength: 1, maxLength: 3 }).map((all) =>
    all.join("|")
  ),
})).alternation;

const anchored = fc.tuple(fc.constantFrom("", "", "^"), pattern, fc.constantFrom("", "", "$"))
  .map(([start, body, end]) => start === "" && end === "" ? body : `${start}(?:${body})${end}`);

const subject = fc.string({
  unit: fc.constantFrom("a", "b", "c", "A", "B", "1", "é", "É", " ", "x", "\n"),
  maxLength: 12,
});

const flags = fc.record({ ignoreCase: fc.boolean() });

describe("regular expressions", () => {
  test("JavaScript's engine and the automaton agree on test, match and groups", () => {
    fc.assert(
      fc.property(anchored, subject, flags, (source, text, { ignoreCase }) => {
        const native = compileRegex(source, { ignoreCase });
        const automaton = compileRegex(source, { ignoreCase, engine: "automaton" });
        expect(native.test(text)).toBe(automaton.test(text));
        expect(native.exec(text)).toEqual(automaton.exec(text));
        expect(automaton.exec(text) !== undefined).toBe(automaton.test(text));
      }),
      { numRuns: 800 },
    );
  });

  test("the automaton finds what RE2 finds", () => {
    fc.assert(
      // `$` is left out: RE2 knows no end before a final newline; so is the newline, for `.`.
      fc.property(pattern, subject, (source, text) => {
        const match = compileRegex(source, { ignoreCase: false, engine: "automaton" }).exec(text);
        const other = RE2JS.compile(source).matcher(text);
        expect(match !== undefined).toBe(other.find());
        if (match !== undefined) {
          expect([match.index, match.end]).toEqual([other.start(), other.end()]);
        }
      }),
      { numRuns: 800 },
    );
  });

  test("searching from an offset finds the first match at or behind it", () => {
    fc.assert(
      fc.property(pattern, subject, fc.nat(12), (source, text, offset) => {
        const from = Math.min(offset, text.length);
        const native = compileRegex(source, { ignoreCase: false }).exec(text, from);
        const automaton = compileRegex(source, { ignoreCase: false, engine: "automaton" });
        expect(automaton.exec(text, from)).toEqual(native);
        expect(native === undefined || native.index >= from).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

const hostile: readonly (readonly [pattern: string, text: string])[] = [
  ["(a+)+$", "a".repeat(50_000) + "b"],
  ["(x+x+)+y", "x".repeat(50_000)],
  ["(a|aa)+$", "a".repeat(50_000) + "b"],
  ["(.*)*\\d", "a".repeat(50_000)],
  [".*.*.*=1", "a".repeat(50_000)],
  ["[0-9]+$", "1".repeat(50_000) + "x"],
  ["foo.*bar", "foo".repeat(20_000)],
  ["\\w+@\\w+\\.com", "a".repeat(50_000)],
  ["^(a?){50}a{50}$", "a".repeat(49)],
  ["(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(50_000)],
];

describe("hostile texts", () => {
  for (const [source, text] of hostile) {
    test(`${source}: the work is bounded by text times program`, () => {
      const { root, groupCount } = parsePattern(source, false);
      expect(isLinear(root)).toBe(false);
      const program = compileProgram(root, groupCount, source.length);
      const bound = (text.length + 1) * program.op.length;
      const search = new Search(program, isAnchored(root), true);
      search.test(text);
      expect(search.visits).toBeLessThanOrEqual(bound);
      const threads = new Threads(program, true);
      threads.exec(text, 0);
      expect(threads.visits).toBeLessThanOrEqual(bound);
    });
  }

  for (
    const [source, text] of [
      ["^[^?]*\\.php$", "a.php".repeat(20_000)],
      ["/[0-9]+$", "/123".repeat(20_000)],
      ["id=(\\d+)(&|$)", "id=1".repeat(20_000)],
      ["^/user/([^/]+)/(.*)$", "/user/" + "a".repeat(100_000)],
      ["^.*foo$", "foo".repeat(40_000) + "x"],
    ] as const
  ) {
    test(`${source}: runs on JavaScript's engine and comes to an end`, () => {
      const regex = compileRegex(source, { ignoreCase: false });
      expect(regex.engine).toBe("native");
      expect(regex.test(text)).toBe(regex.exec(text) !== undefined);
    });
  }
});
