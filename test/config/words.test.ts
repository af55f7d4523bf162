import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Expansion, lineFault, splitWords, wholeWord } from "../../src/config/words.ts";

const variables: Record<string, string> = { HOME: "/root", LIST: "a  b c", EMPTY: "" };

function context(expansion: Expansion) {
  return {
    expansion,
    variable: (name: string) => variables[name],
    place: (offset: number) => ({ file: "f", line: 1, column: offset + 1 }),
  };
}

/** The words of a line as in haproxy.cfg; a fault as `code@column`. */
function split(text: string, expansion: Expansion = "in-quotes"): string[] | string {
  const { words, fault } = splitWords(text, context(expansion));
  const found = fault ?? lineFault(words);
  return found ? `${found.code}@${found.at.column}` : words.map((word) => word.text);
}

describe("as HAProxy's parse_line", () => {
  const cases: readonly (readonly [text: string, words: string[] | string])[] = [
    ["a b\tc", ["a", "b", "c"]],
    ["  a  ", ["a"]],
    ["", []],
    ["# all of it", []],
    ["/a#b c", ["/a"]],
    ["a\\#b", ["a#b"]],
    ['a" "b', ["a b"]],
    [`a' 'b"c"d`, ["a bcd"]],
    [`'a\\n"$HOME"'`, ['a\\n"$HOME"']],
    ["a\\ b\\\\c\\'d\\\"e", ["a b\\c'd\"e"]],
    ["\\n\\r\\t", ["\n\r\t"]],
    ["\\x41\\x2f", ["A/"]],
    ["a\\d\\.", ["a\\d\\."]],
    ["a\\", ["a\\"]],
    ["$HOME", ["$HOME"]],
    ['"$HOME/x"', ["/root/x"]],
    ['"${HOME}x"', ["/rootx"]],
    ['"\\$HOME"', ["$HOME"]],
    ['"${NONE-x y}z"', ["x yz"]],
    ['"${EMPTY-x}z"', ["z"]],
    ['"a${LIST[*]}d"', ["aa", "b", "cd"]],
    ['a "${EMPTY[*]}" b', ["a", "b"]],
    ['a "${NONE[*]}"', ["a"]],
    ['a "" b', "empty-word@3"],
    ['a ""b', ["a", "b"]],
    ['a "$NONE"', "empty-word@3"],
    ['a "b', "unmatched-quote@3"],
    ["a b'c", "unmatched-quote@4"],
    ['"$-a"', "bad-variable@3"],
    ['"$"', "bad-variable@3"],
    ['"${HOME"', "bad-variable@3"],
    ['"${HO.ME}"', "bad-variable@3"],
    ['"${.LINE}"', "empty-word@1"],
    ["\\x4", "bad-escape@1"],
    ["a \\xg0", "bad-escape@3"],
  ];
  for (const [text, words] of cases) {
    test(JSON.stringify(text), () => expect(split(text)).toEqual(words));
  }
});

describe("in YAML, whose quotes are gone, variables are replaced everywhere", () => {
  const cases: readonly (readonly [text: string, words: string[] | string])[] = [
    ["$HOME/x ${HOME}y", ["/root/x", "/rooty"]],
    ["\\$HOME", ["$HOME"]],
    ["'$HOME'", ["$HOME"]],
    ["^/a$ (b|c$)", ["^/a$", "(b|c$)"]],
    ["$1 ${1}", ["$1", "${1}"]],
    ["${NONE-x}", ["x"]],
    ["${LIST[*]}", ["a", "b", "c"]],
    ["a ${NONE}", "empty-word@3"],
    ["${HOME", "bad-variable@2"],
  ];
  for (const [text, words] of cases) {
    test(JSON.stringify(text), () => expect(split(text, "everywhere")).toEqual(words));
  }
});

test("a single text keeps its blanks, quotes and backslashes", () => {
  const { words } = wholeWord(` a  "b\\n" # $HOME \\$HOME`, context("everywhere"));
  expect(words.map((word) => word.text)).toEqual([` a  "b\\n" # /root $HOME`]);
});

test("the 65th word is one too many", () => {
  const words = Array.from({ length: 65 }, (_, i) => `w${i}`).join(" ");
  expect(split(words)).toBe("too-many-words@243");
  expect(lineFault(splitWords(words, context("in-quotes")).words)?.message).toContain("<w63>");
});

test("a quoted or escaped text comes back as it was", () => {
  const text = fc.string({
    minLength: 1,
    unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
  });
  const styles = [
    (word: string) => `"${word.replaceAll(/["\\$]/g, "\\$&")}"`,
    (word: string) =>
      [...word].map((c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`).join(""),
    (word: string) => word.includes("'") ? `"${word.replaceAll(/["\\$]/g, "\\$&")}"` : `'${word}'`,
  ];
  const line = fc.array(fc.tuple(text, fc.constantFrom(...styles)), {
    minLength: 1,
    maxLength: 10,
  });
  fc.assert(fc.property(line, (parts) => {
    const written = parts.map(([word, style]) => style(word)).join("  ");
    for (const expansion of ["in-quotes", "everywhere"] as const) {
      expect(split(written, expansion)).toEqual(parts.map(([word]) => word));
    }
  }));
});

test("no text at all makes the splitter fail in a way of its own", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const { words, fault } = splitWords(text, context("everywhere"));
    for (const word of words) {
      expect(word.at.column).toBeGreaterThanOrEqual(1);
      expect(word.at.column).toBeLessThanOrEqual(text.length + 1);
    }
    expect(fault === undefined || fault.message.length > 0).toBe(true);
  }));
});
