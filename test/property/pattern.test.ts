import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Address } from "../../src/lang/address.ts";
import { asciiLower } from "../../src/lang/ascii.ts";
import type { IndexEntry } from "../../src/lang/pattern/entry.ts";
import type { PatternIndex } from "../../src/lang/pattern/index.ts";
import { matchMethod, type MatchName } from "../../src/lang/pattern/match_method.ts";
import type { Value } from "../../src/lang/value.ts";

/** Texts of few letters, so that patterns overlap and hit. */
const text = fc.string({
  unit: fc.constantFrom("a", "b", "A", "B", "/", ".", "\xe9"),
  maxLength: 8,
});

const definitions: Partial<Record<MatchName, (value: string, pattern: string) => boolean>> = {
  str: (value, pattern) => value === pattern,
  beg: (value, pattern) => value.startsWith(pattern),
  end: (value, pattern) => value.endsWith(pattern),
  sub: (value, pattern) => value.includes(pattern),
  dir: (value, pattern) => standsBetween(value, pattern, "/?"),
  dom: (value, pattern) => standsBetween(value, pattern, "/?.:"),
};

function standsBetween(value: string, pattern: string, delimiters: string): boolean {
  const isEdge = (c: string | undefined) => c === undefined || delimiters.includes(c);
  let [start, end] = [0, pattern.length];
  while (start < end && isEdge(pattern[start])) start++;
  while (end > start && isEdge(pattern[end - 1])) end--;
  const word = pattern.substring(start, end);
  if (word === "") return false;
  for (let at = value.indexOf(word); at >= 0; at = value.indexOf(word, at + 1)) {
    if (isEdge(value[at - 1]) && isEdge(value[at + word.length])) return true;
  }
  return false;
}

/**
 * Adds and removes as told, then compares with what the list says: whether anything matches, and
 * that all that match are collected (one for each key).
 */
function checkAgainst(
  index: PatternIndex<IndexEntry>,
  patterns: readonly string[],
  removed: ReadonlySet<number>,
  value: Value,
  matches: (pattern: string) => boolean,
  rebuild: () => PatternIndex<IndexEntry>,
): void {
  let entries = patterns.map((text, id) => ({ id, text }));
  for (const entry of entries) index.add(entry);
  for (const entry of entries.filter((e) => removed.has(e.id))) {
    entries = entries.filter((e) => e !== entry);
    if (index.remove(entry) === "removed") continue;
    index = rebuild();
    for (const left of entries) index.add(left);
  }
  const hits = entries.filter((entry) => matches(entry.text));
  const decided = index.find(value);
  expect(decided !== undefined).toBe(hits.length > 0);
  if (decided !== undefined) expect(hits).toContain(decided as never);
  const collected: IndexEntry[] = [];
  index.collect(value, collected);
  const keys = (list: readonly IndexEntry[]) => [...new Set(list.map((e) => index.keyOf(e.text)))];
  expect(keys(collected).sort()).toEqual(keys(hits).sort());
}

describe("an index finds what its definition says, after additions and removals", () => {
  for (const [name, defined] of Object.entries(definitions)) {
    test(name, () => {
      fc.assert(fc.property(
        fc.array(text, { maxLength: 12 }),
        fc.uniqueArray(fc.nat(11), { maxLength: 4 }),
        text,
        fc.boolean(),
        (patterns, removed, value, ignoreCase) => {
          const make = () => matchMethod(name as MatchName).index!({ ignoreCase });
          const fold = ignoreCase ? asciiLower : (t: string) => t;
          const matches = (pattern: string) => defined(fold(value), fold(pattern));
          checkAgainst(make(), patterns, new Set(removed), value, matches, make);
        },
      ));
    });
  }

  test("int", () => {
    const bound = fc.integer({ min: -20, max: 20 });
    const range = fc.tuple(fc.option(bound), fc.option(bound)).filter(([a, b]) =>
      (a !== null || b !== null) && (a === null || b === null || a <= b)
    );
    fc.assert(fc.property(
      fc.array(range.filter(([a]) => a === null || a >= 0), { maxLength: 10 }),
      bound,
      (ranges, value) => {
        const make = () => matchMethod("int").index!({ ignoreCase: false });
        const patterns = ranges.map(([a, b]) => `${a ?? ""}:${b ?? ""}`);
        const byText = new Map(patterns.map((p, i) => [p, ranges[i]!]));
        checkAgainst(make(), patterns, new Set(), value, (pattern) => {
          const [a, b] = byText.get(pattern)!;
          return (a === null || value >= a) && (b === null || value <= b);
        }, make);
      },
    ));
  });

  test("ip", () => {
    const word = fc.integer({ min: 0, max: 0xffffffff }).map((n) => n & 0x81010103);
    const network = fc.tuple(word, fc.nat(32)).map(([w, bits]) => `${Address.v4(w)}/${bits}`);
    fc.assert(fc.property(
      fc.array(network, { maxLength: 12 }),
      fc.uniqueArray(fc.nat(11), { maxLength: 4 }),
      word,
      (networks, removed, value) => {
        const make = () => matchMethod("ip").index!({ ignoreCase: false });
        const matches = (pattern: string) => {
          const [address, bits] = pattern.split("/");
          const shift = 32n - BigInt(bits!);
          const of = (a: Address) => BigInt(a.d) >> shift;
          return of(Address.parse(address!)!) === of(Address.v4(value));
        };
        checkAgainst(make(), networks, new Set(removed), Address.v4(value), matches, make);
      },
    ));
  });
});
