import type { SampleType } from "../value.ts";
import { AddressIndex } from "./address_index.ts";
import { AffixIndex } from "./affix.ts";
import { BinaryIndex } from "./binary.ts";
import type { IndexEntry } from "./entry.ts";
import { ExactIndex } from "./exact.ts";
import type { IndexOptions, PatternIndex } from "./index.ts";
import { dottedNumber, type NumberSyntax, plainNumber, RangeIndex } from "./integer.ts";
import { MethodIndex } from "./method.ts";
import { RegexIndex } from "./regex_list.ts";
import { SubstringIndex } from "./substring.ts";
import { WordsIndex } from "./words.ts";

/** A row of the table of match methods. */
export interface MatchMethod {
  /** What `-m` calls it, or the keyword whose own method it is. */
  readonly name: string;
  /** A sample is cast to this type before it is compared. */
  readonly takes: SampleType;
  /** "keyword" methods belong to ACL keywords and cannot be asked for with `-m`. */
  readonly use: "option" | "keyword";
  /** Operators (`gt`) and ranges are understood in this syntax; undefined: patterns are texts. */
  readonly numbers?: NumberSyntax;
  /** Absent where patterns are ignored (`found`, `bool`). */
  readonly index?: <E extends IndexEntry>(options: IndexOptions) => PatternIndex<E>;
  /** One line for `sluice keywords` and the docs. */
  readonly doc: string;
}

export const matchMethods = [
  {
    name: "found",
    takes: "any",
    use: "option",
    doc: "the sample exists, be it empty; patterns are ignored",
  },
  {
    name: "bool",
    takes: "sint",
    use: "option",
    doc: "the value is not 0; patterns are ignored",
  },
  {
    name: "int",
    takes: "sint",
    use: "option",
    numbers: plainNumber,
    index: () => new RangeIndex(plainNumber, "value"),
    doc: "the number equals a pattern or lies in a range (`1:9`, `gt 4`)",
  },
  {
    name: "ip",
    takes: "addr",
    use: "option",
    index: (options) => new AddressIndex(options),
    doc: "the address lies in a network",
  },
  {
    name: "bin",
    takes: "bin",
    use: "option",
    index: () => new BinaryIndex(),
    doc: "the bytes equal a pattern written in hexadecimal",
  },
  {
    name: "len",
    takes: "str",
    use: "option",
    numbers: plainNumber,
    index: () => new RangeIndex(plainNumber, "length"),
    doc: "the length in bytes equals a number or lies in a range",
  },
  {
    name: "str",
    takes: "str",
    use: "option",
    index: (options) => new ExactIndex(options),
    doc: "the text equals a pattern",
  },
  {
    name: "beg",
    takes: "str",
    use: "option",
    index: (options) => new AffixIndex("prefix", options),
    doc: "the text begins with a pattern",
  },
  {
    name: "sub",
    takes: "str",
    use: "option",
    index: (options) => new SubstringIndex(options),
    doc: "a pattern stands somewhere in the text",
  },
  {
    name: "dir",
    takes: "str",
    use: "option",
    index: (options) => new WordsIndex("dir", options),
    doc: "a pattern stands in the text between slashes or question marks",
  },
  {
    name: "dom",
    takes: "str",
    use: "option",
    index: (options) => new WordsIndex("dom", options),
    doc: "a pattern stands in the text between dots, colons, slashes or question marks",
  },
  {
    name: "end",
    takes: "str",
    use: "option",
    index: (options) => new AffixIndex("suffix", options),
    doc: "the text ends with a pattern",
  },
  {
    name: "reg",
    takes: "str",
    use: "option",
    index: (options) => new RegexIndex(options),
    doc: "a regular expression is found in the text",
  },
  {
    name: "regm",
    takes: "str",
    use: "option",
    index: (options) => new RegexIndex(options),
    doc: "as reg; in maps the value may refer to what was captured (`\\1`)",
  },
  {
    name: "method",
    takes: "meth",
    use: "keyword",
    index: (options) => new MethodIndex(options),
    doc: "the HTTP method is one of the patterns",
  },
  {
    name: "http_auth_group",
    takes: "str",
    use: "keyword",
    index: () => new ExactIndex({ ignoreCase: false }),
    doc: "the authenticated user is in one of the groups",
  },
  {
    name: "ssl_ver",
    takes: "sint",
    use: "keyword",
    numbers: dottedNumber,
    index: () => new RangeIndex(dottedNumber, "value"),
    doc: "the version `M.m` equals a pattern or lies in a range",
  },
] as const satisfies readonly MatchMethod[];

export type MatchName = (typeof matchMethods)[number]["name"];

const byName: ReadonlyMap<string, MatchMethod> = new Map(matchMethods.map((m) => [m.name, m]));

export function matchMethod(name: MatchName): MatchMethod {
  return byName.get(name)!;
}

/** The method that `-m NAME` asks for. */
export function optionMethod(name: string): MatchMethod | undefined {
  const method = byName.get(name);
  return method?.use === "option" ? method : undefined;
}
