import { describe, expect, test } from "bun:test";
import { compileRegex } from "../../src/lang/regex/compile.ts";
import { LangError } from "../../src/lang/spec.ts";

const sensitive = { ignoreCase: false };

describe("patterns that PCRE2 refuses, with its message and offset", () => {
  const cases: readonly (readonly [pattern: string, message: string, offset: number])[] = [
    ["(", "missing closing parenthesis", 1],
    ["a)", "unmatched closing parenthesis", 1],
    ["[a", "missing terminating ] for character class", 2],
    ["*a", "quantifier does not follow a repeatable item", 0],
    ["a**", "quantifier does not follow a repeatable item", 2],
    ["a{2}{3}", "quantifier does not follow a repeatable item", 6],
    ["a{3,2}", "numbers out of order in {} quantifier", 5],
    ["a{65536}", "number too big in {} quantifier", 7],
    ["a\\", "\\ at end of pattern", 2],
    ["[z-a]", "range out of order in character class", 3],
    ["[\\d-z]", "invalid range in character class", 3],
    ["[[:foo:]]", "unknown POSIX class name", 3],
    ["[:alpha:]", "POSIX named classes are supported only within a class", 0],
    ["\\x{100}", "character code point value in \\x{} or \\o{} is too large", 6],
    ["\\la", "PCRE2 does not support \\F, \\L, \\l, \\N{name}, \\U, or \\u", 2],
    ["\\1", "reference to non-existent subpattern", 1],
    ["(?z)", "unrecognized character after (? or (?-", 2],
    ["(?<1a>a)", "subpattern name must start with a non-digit", 3],
    ["(?#abc", "missing ) after (?# comment", 6],
    ["[a\\Z]", "escape sequence is invalid in character class", 3],
  ];
  for (const [pattern, message, offset] of cases) {
    test(pattern, () => {
      expect(() => compileRegex(pattern, sensitive)).toThrow(
        new LangError(`regex '${pattern}' is invalid (error=${message}, erroffset=${offset})`),
      );
    });
  }
});

describe("constructs that are not supported are refused by name", () => {
  const cases: readonly (readonly [pattern: string, construct: string])[] = [
    ["a(?=b)", "lookahead"],
    ["a(?!b)", "lookahead"],
    ["(?<=a)b", "lookbehind"],
    ["(a)\\1", "backreference"],
    ["(?<n>a)\\k<n>", "backreference"],
    ["a(?R)?", "recursion"],
    ["(?(1)a)", "conditional group"],
    ["a\\Kb", "\\K"],
    ["\\pL", "Unicode property"],
    ["(?|a|b)", "branch reset group"],
    ["(*ANY)a", "verb"],
    ["a*+a", "possessive quantifier"],
    ["(?>ab|a)b", "atomic group"],
  ];
  for (const [pattern, construct] of cases) {
    test(pattern, () => {
      expect(() => compileRegex(pattern, sensitive)).toThrow(`error=${construct} is not supported`);
    });
  }
});

describe("bytes, not UTF-16", () => {
  for (const engine of [undefined, "automaton"] as const) {
    const flags = { ignoreCase: true, ...(engine && { engine }) };
    test(`only ASCII letters have case (${engine ?? "chosen"} engine)`, () => {
      expect(compileRegex("\xe9", flags).test("\xc9")).toBe(false);
      expect(compileRegex("k", flags).test("\u212a")).toBe(false);
      expect(compileRegex("s", flags).test("\u017f")).toBe(false);
      expect(compileRegex("k", flags).test("K")).toBe(true);
      expect(compileRegex("[^k]", flags).test("K")).toBe(false);
      expect(compileRegex("[\xe0-\xff]", flags).test("\xc9")).toBe(false);
    });
  }

  test("a UTF-8 character is as many characters as it has bytes", () => {
    const e = Buffer.from("é").toString("latin1");
    expect(compileRegex("^..$", sensitive).test(e)).toBe(true);
    expect(compileRegex("^.$", sensitive).test(e)).toBe(false);
  });
});

describe("literals", () => {
  const cases: readonly (readonly [pattern: string, ignoreCase: boolean, literal: unknown])[] = [
    ["^/static/", false, { kind: "prefix", text: "/static/", ignoreCase: false }],
    ["\\.php\\z", false, { kind: "suffix", text: ".php", ignoreCase: false }],
    ["^a\\z", true, { kind: "exact", text: "a", ignoreCase: true }],
    ["\\QA.b\\E", true, { kind: "substring", text: "a.b", ignoreCase: true }],
    ["^/1\\.2", true, { kind: "prefix", text: "/1.2", ignoreCase: false }],
    ["\\.php$", false, undefined],
    ["a.b", false, undefined],
    ["a|b", false, undefined],
    ["(?i)a(?-i)b", false, undefined],
  ];
  for (const [pattern, ignoreCase, literal] of cases) {
    test(`${pattern}${ignoreCase ? " -i" : ""}`, () => {
      expect(compileRegex(pattern, { ignoreCase }).literal).toEqual(literal as never);
    });
  }
});

describe("places in the text", () => {
  test("$ holds before a newline that ends the text, and nowhere else before the end", () => {
    const regex = compileRegex("a$", sensitive);
    expect(["a", "a\n", "a\n\n", "a\nb"].map((text) => regex.test(text))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(regex.exec("a\n")).toEqual({ index: 0, end: 1, groups: ["a"] });
  });

  test("notBeginning takes ^ away, not \\A", () => {
    const flags = { ignoreCase: false, notBeginning: true } as const;
    expect(compileRegex("^a", flags).test("a")).toBe(false);
    expect(compileRegex("\\Aa", flags).test("a")).toBe(true);
  });

  test("groups of earlier rounds are kept, as PCRE2 does and JavaScript does not", () => {
    expect(compileRegex("(?:(a)|b)*", sensitive).exec("ab")?.groups).toEqual(["ab", "a"]);
  });
});
