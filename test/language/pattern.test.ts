import { describe, expect, test } from "bun:test";
import { Address } from "../../src/lang/address.ts";
import { parsePatternFile } from "../../src/lang/pattern/file.ts";
import type { PatternIndex } from "../../src/lang/pattern/index.ts";
import { matchMethod, type MatchName } from "../../src/lang/pattern/match_method.ts";
import { parseRange, plainNumber } from "../../src/lang/pattern/integer.ts";
import { parseNetwork, parseShortAddress } from "../../src/lang/pattern/network.ts";
import { applyOperator } from "../../src/lang/pattern/operator.ts";
import { PatternStore } from "../../src/lang/pattern/store.ts";
import { Bin, Method, type Value } from "../../src/lang/value.ts";

interface Entry {
  readonly id: number;
  readonly text: string;
}

function indexOf(match: MatchName, patterns: string[], ignoreCase = false): PatternIndex<Entry> {
  const index = matchMethod(match).index!<Entry>({ ignoreCase, resolve: parseShortAddress });
  for (const [id, text] of patterns.entries()) index.add({ id, text });
  return index;
}

/** The pattern that decides. */
function found(match: MatchName, patterns: string[], value: Value, ignoreCase = false) {
  return indexOf(match, patterns, ignoreCase).find(value)?.text;
}

describe("texts", () => {
  test("case is folded for ASCII letters alone", () => {
    expect(found("str", ["WWW.Example"], "www.eXample", true)).toBe("WWW.Example");
    expect(found("str", ["\xc9"], "\xe9", true)).toBeUndefined();
    expect(found("beg", ["\xc9A"], "\xc9ab", true)).toBe("\xc9A");
  });

  test("an exact match ends at a NUL, as a C string does", () => {
    expect(found("str", ["a"], "a\0b")).toBe("a");
  });

  test("of several prefixes the longest decides, under -i the first of the list", () => {
    expect(found("beg", ["/a", "/a/b", "/a/c"], "/a/b/c")).toBe("/a/b");
    expect(found("beg", ["/a", "/a/b"], "/a/b/c", true)).toBe("/a");
  });

  test("suffixes and substrings: the first of the list", () => {
    expect(found("end", [".com", "example.com"], "www.example.com")).toBe(".com");
    expect(found("sub", ["x", "c", "b"], "abc")).toBe("c");
    const many = ["zzz", "c", "yyy", "b", "xxx", "www"];
    expect(found("sub", many, "abc")).toBe("c");
    expect(found("sub", [...many, ""], "?")).toBe("");
  });

  test("words between delimiters", () => {
    const path = "/a/b/c.png?x=1";
    expect(found("dir", ["b"], path)).toBe("b");
    expect(found("dir", ["/a/b/"], path)).toBe("/a/b/");
    expect(found("dir", ["c"], path)).toBeUndefined();
    expect(found("dom", ["c"], path)).toBe("c");
    expect(found("dom", [".example:80"], "www.example:80")).toBe(".example:80");
    for (const text of ["/", ".", "", "/?"]) expect(found("dom", [text], path)).toBeUndefined();
  });

  test("regular expressions that are plain texts and those that are not keep their order", () => {
    const patterns = ["^/api", "[.]p.g$", "^/", "lo+go"];
    expect(found("reg", patterns, "/api/logo.png")).toBe("^/api");
    expect(found("reg", patterns, "/x/logo.png")).toBe("[.]p.g$");
    expect(found("reg", patterns, "logo")).toBe("lo+go");
    expect(indexOf("regm", ["(a)(b)?"]).capture!("xa")!.capture.groups).toEqual([
      "a",
      "a",
      undefined,
    ]);
  });
});

describe("numbers", () => {
  test("ranges; `-` separates, so that a negative literal is an upper bound", () => {
    expect(parseRange("1:9", plainNumber)).toEqual({ min: 1, max: 9 });
    expect(parseRange("1-9", plainNumber)).toEqual({ min: 1, max: 9 });
    expect(parseRange("-5", plainNumber)).toEqual({ min: -Infinity, max: 5 });
    expect(parseRange(":-5", plainNumber)).toEqual({ min: -Infinity, max: -5 });
    expect(parseRange("5:", plainNumber)).toEqual({ min: 5, max: Infinity });
    for (const text of [":", "9:1", "-5:-1", "1:x", ""]) {
      expect(() => parseRange(text, plainNumber)).toThrow();
    }
  });

  test("operators rewrite to ranges, and leave a range alone", () => {
    const rewritten = (operator: "gt" | "ge" | "lt" | "le" | "eq" | "ne", text: string) =>
      applyOperator(operator, text, plainNumber);
    expect(rewritten("gt", "4")).toBe("5:");
    expect(rewritten("ge", "4")).toBe("4:");
    expect(rewritten("lt", "0")).toBe(":-1");
    expect(rewritten("le", "4")).toBe(":4");
    expect(rewritten("ne", "4")).toBe("4");
    expect(rewritten("gt", "4:6")).toBe("4:6");
    expect(rewritten("lt", "-3")).toBe("-3");
  });

  test("of overlapping ranges the first of the list decides, also beyond 2^53", () => {
    const ranges = ["5:7", "1:10", "9223372036854775807", "9007199254740992:"];
    expect(found("int", ranges, 6)).toBe("5:7");
    expect(found("int", ranges, 8)).toBe("1:10");
    expect(found("int", ranges, 11)).toBeUndefined();
    expect(found("int", ranges, 9007199254740993n)).toBe("9007199254740992:");
    expect(found("int", ranges, 9223372036854775807n)).toBe("9223372036854775807");
  });

  test("lengths and dotted versions", () => {
    expect(found("len", ["3", "5:"], "abc")).toBe("3");
    expect(found("ssl_ver", ["3:3.1"], 3 * 65536 + 1)).toBe("3:3.1");
    expect(() => indexOf("ssl_ver", ["3.1.1"])).toThrow("'3.1.1' is not a dotted number");
  });
});

describe("addresses", () => {
  const address = (text: string) => Address.parse(text)!;

  test("the longest prefix decides, then IPv6 patterns, then masks with gaps", () => {
    const networks = ["10.0.0.0/8", "10.1.0.0/16", "::ffff:192.168.0.0/112", "1.0.0.4/255.0.0.255"];
    expect(found("ip", networks, address("10.1.2.3"))).toBe("10.1.0.0/16");
    expect(found("ip", networks, address("10.2.2.3"))).toBe("10.0.0.0/8");
    expect(found("ip", networks, address("192.168.7.7"))).toBe("::ffff:192.168.0.0/112");
    expect(found("ip", networks, address("1.9.9.4"))).toBe("1.0.0.4/255.0.0.255");
    expect(found("ip", networks, address("1.9.9.5"))).toBeUndefined();
  });

  test("an IPv6 address that embeds an IPv4 address matches IPv4 patterns", () => {
    for (const text of ["::ffff:10.1.2.3", "::10.1.2.3", "2002:a01:203::1"]) {
      expect(found("ip", ["10.0.0.0/8"], address(text))).toBe("10.0.0.0/8");
    }
    expect(found("ip", ["0.0.0.0/0"], address("fe80::1"))).toBeUndefined();
    expect(found("ip", ["::/0"], address("10.1.2.3"))).toBe("::/0");
  });

  test("short forms are what the resolver makes of them, and need it", () => {
    const resolved = (text: string) => `${parseNetwork(text, parseShortAddress).address}`;
    expect(resolved("127.1")).toBe("127.0.0.1");
    expect(resolved("10.12/8")).toBe("10.0.0.12");
    expect(resolved("300")).toBe("0.0.1.44");
    expect(() => parseNetwork("127.1")).toThrow("'127.1' is not a valid IPv4 or IPv6 address");
    for (const text of ["1.2.3.4/33", "1.2.3.4/", "::1/129", "::1/ffff::", "1.2.3.4/255.0", "x"]) {
      expect(() => parseNetwork(text, parseShortAddress)).toThrow(`'${text}' is not a valid`);
    }
  });
});

test("methods: known ones by identity, unknown ones by name", () => {
  expect(found("method", ["GET", "HEAD"], new Method("HEAD"))).toBe("HEAD");
  expect(found("method", ["get"], new Method("GET"), true)).toBeUndefined();
  expect(found("method", ["purge"], new Method("PURGE"), true)).toBe("purge");
  expect(found("method", ["purge"], new Method("PURGE"))).toBeUndefined();
});

test("bytes are written in hexadecimal", () => {
  expect(found("bin", ["616263"], new Bin("abc"))).toBe("616263");
  expect(found("bin", ["FF00"], new Bin("\xff\0"))).toBe("FF00");
});

test("a pattern file: comments, blanks, line ends", () => {
  const text = "# comment\n  # not one\n\n   \n/lead\n\t/tab\n/trail \n/in side\r\nlast";
  expect(parsePatternFile(text, 1).map((entry) => [entry.text, entry.line])).toEqual([
    ["# not one", 2],
    ["/lead", 5],
    ["/tab", 6],
    ["/trail ", 7],
    ["/in side", 8],
    ["last", 9],
  ]);
  expect(parsePatternFile("k1 v1\n  k2   v two  \nk3\n", 2).map((e) => [e.text, e.value])).toEqual([
    ["k1", "v1"],
    ["k2", "v two"],
    ["k3", ""],
  ]);
});

test("a pattern file is looked through once, not to its end from every line", () => {
  const long = "k v\n".repeat(20_000);
  let looks = 0;
  const counted = {
    length: long.length,
    indexOf(wanted: string, from: number) {
      const found = long.indexOf(wanted, from);
      looks += (found < 0 ? long.length : found) - from + 1;
      return found;
    },
    charCodeAt(at: number) {
      looks++;
      return long.charCodeAt(at);
    },
    substring: (from: number, to: number) => long.substring(from, to),
  };
  for (const columns of [1, 2] as const) {
    looks = 0;
    expect(parsePatternFile(counted as unknown as string, columns)).toHaveLength(20_000);
    expect(looks).toBeLessThanOrEqual(6 * long.length);
  }
});

describe("shared lists", () => {
  const files = (texts: Record<string, string>) => (path: string) => {
    const text = texts[path];
    if (text === undefined) throw new Error("no such file");
    return text;
  };

  test("a name is one list, whatever its prefix; each match method has its own view", () => {
    const store = new PatternStore();
    const read = files({ f: "/a\n/b\n" });
    const list = store.list("f", 1, read);
    expect(store.list("file@f", 1, read)).toBe(list);
    expect(store.list("opt@f", 1, read)).toBe(list);
    expect(store.list("virt@f", 1, read)).not.toBe(list);
    const exact = store.view(list, { match: "str", ignoreCase: false });
    const prefix = store.view(list, { match: "beg", ignoreCase: false });
    expect(exact.find("/a/x")).toBeUndefined();
    expect(prefix.find("/a/x")!.text).toBe("/a");
    expect(store.view(list, { match: "str", ignoreCase: false })).toBe(exact);
  });

  test("only an optional file may be missing", () => {
    const store = new PatternStore();
    expect(() => store.list("gone", 1, files({}))).toThrow("failed to open pattern file <gone>");
    expect(store.list("opt@gone", 1, files({})).size).toBe(0);
    expect(store.list("virt@any", 2, files({})).size).toBe(0);
  });

  test("changes at run time reach every view, and duplicates go one at a time", () => {
    const store = new PatternStore();
    const list = store.list("f", 1, files({ f: "a\nb\na\n" }));
    const views = (["str", "beg", "sub", "dom", "end", "reg"] as const).map((match) =>
      store.view(list, { match, ignoreCase: false })
    );
    const seen = (value: string) => views.map((view) => view.find(value)?.text);
    list.delete("a");
    expect(seen("a")).toEqual(Array(6).fill("a"));
    list.delete("a");
    expect(seen("a")).toEqual(Array(6).fill(undefined));
    list.add("a");
    expect(seen("a")).toEqual(Array(6).fill("a"));
    expect(list.delete("zz")).toBe(false);
    list.clear();
    expect(seen("b")).toEqual(Array(6).fill(undefined));
    list.add("c");
    expect(seen("c")).toEqual(Array(6).fill("c"));
  });

  test("an entry that one view cannot take changes nothing", () => {
    const store = new PatternStore();
    const list = store.list("virt@nets", 1, files({}));
    const texts = store.view(list, { match: "str", ignoreCase: false });
    const networks = store.view(list, { match: "ip", ignoreCase: false });
    const version = list.version;
    expect(() => list.add("nonsense")).toThrow("'nonsense' is not a valid IPv4 or IPv6 address");
    expect(texts.find("nonsense")).toBeUndefined();
    expect([list.size, list.version]).toEqual([0, version]);
    list.add("10.0.0.0/8");
    expect(networks.find(Address.parse("10.1.1.1")!)!.text).toBe("10.0.0.0/8");
  });

  test("maps give the value or the key, and follow `set`", () => {
    const store = new PatternStore();
    const map = store.map("m", "beg", files({ m: "/a one\n/a/b two\n" }));
    expect([map.lookup("/a/b/c"), map.lookupKey("/a/x"), map.lookup("/z")]).toEqual([
      "two",
      "/a",
      undefined,
    ]);
    expect(map.list.set("/a", "three")).toBe(true);
    expect(map.lookup("/a")).toBe("three");
    expect(map.list.set("/none", "x")).toBe(false);
  });

  test("runtime commands find a list by name or number", () => {
    const store = new PatternStore();
    const inline = store.inline("acl 'a' at f:1");
    const forced = store.inline("acl 'b' at f:2", 77);
    const named = store.list("f", 1, files({ f: "x\n" }));
    expect(store.find(`#${inline.id}`)).toBe(inline);
    expect(store.find("#77")).toBe(forced);
    expect(store.find("f")).toBe(named);
    expect(store.find("gone")).toBeUndefined();
    expect(() => store.inline("again", 77)).toThrow("the id is already used");
  });

  test("a reload keeps what changed at run time unless the file changed, and fails without a trace", () => {
    const live = new PatternStore();
    live.list("same", 1, files({ same: "a\n" })).add("added");
    live.list("other", 1, files({ other: "a\n" })).add("added");
    live.list("virt@v", 1, files({})).add("added");
    const staged = live.stage();
    const read = files({ same: "a\n", other: "b\n" });
    const texts = (name: string) => Array.from(staged.list(name, 1, read).entries(), (e) => e.text);
    expect(texts("same")).toEqual(["a", "added"]);
    expect(texts("other")).toEqual(["b"]);
    expect(texts("virt@v")).toEqual(["added"]);
    expect(() => staged.list("gone", 1, read)).toThrow();
    expect(Array.from(live.find("other")!.entries(), (e) => e.text)).toEqual(["a", "added"]);
  });
});
