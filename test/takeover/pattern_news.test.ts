import { describe, expect, test } from "bun:test";
import { Buffer } from "node:buffer";
import { PatternStore } from "../../src/lang/pattern/store.ts";
import type { StatePart } from "../../src/takeover/hand_over.ts";
import { frameBytesMax } from "../../src/takeover/frame.ts";
import { PatternHeritage } from "../../src/takeover/pattern_heritage.ts";
import type { Tie } from "../../src/takeover/last_changes.ts";
import { PatternNews } from "../../src/takeover/pattern_news.ts";

type Files = Readonly<Record<string, string>>;

/** A process's lists: a map and a list of their files, one without, and patterns of an ACL. */
function process(files: Files, inline: readonly string[] = ["in"]): PatternStore {
  const store = new PatternStore();
  const read = (path: string) => files[path]!;
  store.list("map", 2, read);
  store.list("list", 1, read);
  store.list("virt@none", 2, read);
  const acl = store.inline("acl 'x' at f:1", undefined, "acl 'x' of 'fe': path");
  for (const word of inline) acl.load(word);
  return store;
}

const lines = (store: PatternStore, name: string): string[] =>
  Array.from(
    (name === "acl" ? store.ofOrigin("acl 'x' of 'fe': path") : store.find(name))!.entries(),
    ({ text, value }) => value === undefined ? text : `${text} ${value}`,
  );

/** A clock that both processes read, which goes on with every look. */
let micros = 0;
const now = () => ++micros;
const newsOf = (store: PatternStore, tie: Tie = "theirs") => new PatternNews(store, now, tie);

/** As it comes over the channel. */
const sent = (parts: Iterable<StatePart>): StatePart[] => JSON.parse(JSON.stringify([...parts]));

const before: Files = { map: "a 1\nb 2\nc 3\nd 4\n", list: "x\ny\n" };

function inherit(old: PatternStore, next: PatternStore): string[] {
  const heritage = new PatternHeritage(next);
  heritage.learn(sent(newsOf(old).all()));
  return heritage.losses();
}

describe("lists and maps go on in another process", () => {
  test("with what was added, changed and removed, in its order", () => {
    const old = process(before);
    const map = old.find("map")!;
    map.set("b", "two");
    map.delete("c");
    map.add("new", "entry of words");
    map.add("a", "again");
    map.delete("d");
    map.add("d", "4");
    old.find("list")!.clear();
    old.find("list")!.add("z");
    old.find("virt@none")!.add("v", "w");
    old.ofOrigin("acl 'x' of 'fe': path")!.add("added");
    const next = process(before);
    expect(inherit(old, next)).toEqual([]);
    expect(lines(next, "map").toSorted()).toEqual(lines(old, "map").toSorted());
    expect(lines(next, "map")).toEqual(["a 1", "b two", "a again", "new entry of words", "d 4"]);
    expect(lines(next, "list")).toEqual(["z"]);
    expect(lines(next, "virt@none")).toEqual(["v w"]);
    expect(lines(next, "acl")).toEqual(["in", "added"]);
  });

  test("what the new file says otherwise of a key holds, and is said", () => {
    const old = process(before);
    const map = old.find("map")!;
    for (const key of ["a", "b"]) map.set(key, "run time");
    for (const key of ["c", "d"]) map.delete(key);
    map.add("e", "run time");
    map.add("f", "run time");
    const next = process({ ...before, map: "g 7\na 1\nb 22\nc 3\nd 44\nf 6\n" });
    expect(inherit(old, next)).toEqual([
      "changed at run time, and left behind: 3 of 'map', which says otherwise now",
    ]);
    expect(lines(next, "map")).toEqual(["g 7", "a run time", "b 22", "d 44", "f 6", "e run time"]);
  });

  test("what the new file says as well is no loss", () => {
    const old = process(before);
    old.find("map")!.set("a", "one");
    const next = process({ ...before, map: "a one\n" });
    expect(inherit(old, next)).toEqual([]);
    expect(lines(next, "map")).toEqual(["a one"]);
  });

  test("what nobody has changed comes from the files", () => {
    const old = process(before);
    expect([...newsOf(old).all()]).toEqual([]);
    old.find("map")!.set("a", "other");
    old.find("map")!.set("a", "1");
    expect([...newsOf(old).all()]).toEqual([]);
  });

  test("a list that is gone, and a pattern that fits no more, are said", () => {
    const old = process(before);
    old.find("list")!.add("nonsense");
    old.find("map")!.add("k", "v");
    const next = new PatternStore();
    const list = next.list("list", 1, () => "");
    next.view(list, { match: "ip", ignoreCase: false });
    expect(inherit(old, next)).toEqual([
      "changed at run time, and left behind: 1 of 'map', which there is no more",
      "changed at run time, and left behind: 1 of 'list': " +
      "'nonsense' is not a valid IPv4 or IPv6 address",
    ]);
  });

  test("with what changes while they are told, and between that and the first client", () => {
    const old = process({ ...before, map: "" });
    const map = old.find("map")!;
    for (let i = 0; i < 2000; i++) map.add(`key ${i}`, "1");
    const news = newsOf(old);
    const next = process({ ...before, map: "" });
    const heritage = new PatternHeritage(next);
    let pieces = 0;
    for (const part of news.all()) {
      heritage.learn(sent([part]));
      if (pieces++ > 0) continue;
      map.delete("key 0");
      map.set("key 1", "2");
      map.delete("key 1999");
      map.add("late", "3");
    }
    expect(pieces).toBe(4);
    map.delete("key 2");
    map.add("key 2", "2");
    heritage.learn(sent(news.news()));
    expect(lines(next, "map")).toEqual(lines(old, "map"));
    expect([...news.news()]).toEqual([]);
    expect(heritage.losses()).toEqual([]);
  });

  test("in pieces that fit frames, whatever their letters are", () => {
    const old = process(before);
    const map = old.find("map")!;
    for (let i = 0; i < 300; i++) map.add(`key ${i}`, "\x01".repeat(16_000));
    const parts = [...newsOf(old).all()];
    const longest = Math.max(...parts.map((part) => Buffer.byteLength(JSON.stringify(part))));
    expect(longest).toBeLessThan(frameBytesMax - 64);
    expect(parts.flatMap(({ data }) => data as unknown[])).toHaveLength(300);
  });
});

describe("while two processes serve", () => {
  function serving() {
    const stores = [process(before), process({ ...before, map: "a 1\nb 2\nmore 9\n" })] as const;
    return { stores, old: newsOf(stores[0], "theirs"), next: newsOf(stores[1], "own") };
  }

  test("what one of them is told holds in the other, and comes back to nobody", () => {
    const { stores: [one, other], old, next } = serving();
    one.find("map")!.set("a", "old");
    one.find("map")!.add("k", "old");
    one.find("list")!.delete("x");
    next.learn(sent(old.news()));
    other.find("map")!.set("b", "new");
    other.find("map")!.clear();
    other.find("map")!.add("only", "new");
    old.learn(sent(next.news()));
    expect(lines(other, "map")).toEqual(["only new"]);
    // Nobody has said anything of these: they are only here.
    expect(lines(one, "map")).toEqual(["c 3", "d 4", "only new"]);
    expect([lines(one, "list"), lines(other, "list")]).toEqual([["y"], ["y"]]);
    expect([[...old.news()], [...next.news()]]).toEqual([[], []]);
  });

  const values = (stores: readonly PatternStore[]) =>
    stores.map((store) => store.find("map")!.get("a")!.value);

  test("of two changes of a key that cross, the later one holds, whoever hears first", () => {
    for (const last of ["old", "new"] as const) {
      for (const first of ["old", "new"] as const) {
        const { stores: [one, other], old, next } = serving();
        const speak = {
          old: () => one.find("map")!.set("a", "old"),
          new: () => other.find("map")!.set("a", "new"),
        };
        speak[last === "old" ? "new" : "old"]();
        // What was said before is on its way, and not there yet.
        const early = { old: sent(old.news()), new: sent(next.news()) };
        speak[last]();
        const late = { old: sent(old.news()), new: sent(next.news()) };
        const hear = {
          old: () => old.learn([...early.new, ...late.new]),
          new: () => next.learn([...early.old, ...late.old]),
        };
        hear[first]();
        hear[first === "old" ? "new" : "old"]();
        next.learn(sent(old.news()));
        old.learn(sent(next.news()));
        expect(values([one, other])).toEqual([last, last]);
        expect([[...old.news()], [...next.news()]]).toEqual([[], []]);
      }
    }
  });

  test("of two in the same microsecond, that of the new process", () => {
    const stores = [process(before), process(before)] as const;
    const [one, other] = stores;
    const old = new PatternNews(one, () => 7, "theirs");
    const next = new PatternNews(other, () => 7, "own");
    one.find("map")!.set("a", "old");
    other.find("map")!.set("a", "new");
    next.learn(sent(old.news()));
    old.learn(sent(next.news()));
    expect(values(stores)).toEqual(["new", "new"]);
  });

  test("one that does not say when it was gives way, and holds where there is no other", () => {
    const { stores: [one, other], old, next } = serving();
    one.find("map")!.set("a", "old");
    one.find("map")!.set("b", "old");
    other.find("map")!.set("a", "new");
    const untold = sent(old.news()).map(({ data, ...part }) => ({
      ...part,
      data: (data as object[]).map((change) => ({ ...change, at: undefined })),
    }));
    next.learn(sent(untold));
    expect(lines(other, "map")).toEqual(["a new", "b old", "more 9"]);
  });

  test("nothing is noted once it is over", () => {
    const { stores: [one], old } = serving();
    old.end();
    one.find("map")!.set("a", "later");
    expect([...old.news()]).toEqual([]);
  });
});
