import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseCondition } from "../../src/lang/condition.ts";
import { firstMatch } from "../../src/lang/decision.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { testScope, words } from "../language/lang_scope.ts";

const hosts = ["a.example", "b.example", "A.example", "ab.example.org"];
const paths = ["/", "/a", "/a/b", "/b/a.png", "/ab"];

const host = fc.constantFrom(...hosts, ...hosts, "none.example");
const path = fc.constantFrom(...paths, ...paths, "/none");
const someOf = (patterns: fc.Arbitrary<string>) =>
  fc.array(patterns, { minLength: 1, maxLength: 3 }).map((list) => list.join(" "));

/** Terms of every kind that a group treats differently; the last two have a side effect. */
const term = fc.oneof(
  fc.tuple(fc.constantFrom("", "-i "), someOf(host)).map(([i, p]) => `{ hdr(host) ${i}${p} }`),
  someOf(path).map((p) => `{ path_beg ${p} }`),
  someOf(path).map((p) => `{ path ${p} }`),
  someOf(fc.constantFrom("a", "b", "/a/b", "png", ".")).map((p) => `{ path_dir ${p} }`),
  someOf(fc.constantFrom("example", "a.", "org")).map((p) => `{ hdr_dom(host) -i ${p} }`),
  someOf(fc.constantFrom("a", "xa", ".png")).map((p) => `{ path_end ${p} }`),
  someOf(fc.constantFrom("b/a", "exam", "/")).map((p) => `{ base_sub ${p} }`),
  someOf(fc.constantFrom("10.0.0.0/8", "10.1.0.0/16", "::/0")).map((p) => `{ src ${p} }`),
  someOf(fc.constantFrom("one", "two")).map((p) => `{ req.hdr(x) ${p} }`),
  fc.constantFrom("named", "METH_GET", "TRUE", "FALSE", "{ path_reg ^/a }", "{ path_len gt 2 }"),
  fc.constantFrom("one", "two", "three").map((p) => `{ var(txn.seen) -m str ${p} }`),
  fc.constantFrom("one", "two", "three").map((p) => `{ str(${p}),set-var(txn.seen) -m found }`),
  fc.constantFrom("one", "two").map((p) => `{ str(x),set-var(txn.seen) -m str ${p} }`),
);
const suite = fc.array(fc.tuple(fc.boolean(), term), { minLength: 1, maxLength: 3 })
  .map((terms) => terms.map(([negated, t]) => (negated ? "!" : "") + t).join(" "));
const condition = fc.array(suite, { minLength: 1, maxLength: 2 }).map((s) => s.join(" or "));
const request = fc.record({
  host: fc.constantFrom(...hosts),
  path: fc.constantFrom(...paths),
  src: fc.constantFrom("10.1.2.3", "10.2.2.2", "192.168.0.1", "::1"),
  x: fc.constantFrom("", "X: one\r\n", "X: two, one\r\n"),
});

function contextOf(parts: { host: string; path: string; src: string; x: string }) {
  const raw = `GET ${parts.path} HTTP/1.1\r\nHost: ${parts.host}\r\n${parts.x}\r\n`;
  return offlineContext({ raw, src: parts.src });
}

test("the first match is that of asking in order, and so are the side effects", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 30, arbitrary: condition }, fc.constant(undefined)), {
        maxLength: 40,
      }),
      fc.array(request, { minLength: 1, maxLength: 5 }),
      (texts, requests) => {
        const scope = testScope();
        scope.acls.declare("named", words("path_beg /a"), scope);
        const conditions = texts.map((text) => text && parseCondition(words(text), scope));
        const decide = firstMatch(conditions.map((c) => c || undefined));
        for (const parts of requests) {
          const naive = contextOf(parts);
          const wanted = conditions.findIndex((c) => !c || c.holds(naive));
          const cx = contextOf(parts);
          expect(decide(cx)).toBe(wanted);
          expect(cx.variables.get("txn", "seen")).toEqual(naive.variables.get("txn", "seen"));
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("holds, test and explain say the same on a final evaluation", () => {
  fc.assert(fc.property(condition, request, (text, parts) => {
    const compiled = parseCondition(words(text), testScope({ acls: withNamed() }));
    const wanted = compiled.holds(contextOf(parts));
    expect(compiled.test(contextOf(parts))).toBe(wanted ? 3 : 0);
    expect(compiled.explain(contextOf(parts)).holds).toBe(wanted);
  }));
});

function withNamed() {
  const scope = testScope();
  scope.acls.declare("named", words("path_beg /a"), scope);
  return scope.acls;
}

test("a decision follows patterns and ACLs that change after its first use", () => {
  const scope = testScope();
  const texts = Array.from({ length: 8 }, (_, i) => `{ hdr(host) -u ${100 + i} h${i} }`);
  scope.acls.declare("late", words("path /never"), scope);
  const conditions = [...texts, "late", "late"].map((text) => parseCondition(words(text), scope));
  const decide = firstMatch(conditions);
  const cx = offlineContext({ raw: "GET /late HTTP/1.1\r\nHost: added\r\n\r\n" });
  expect(decide(cx)).toBe(-1);
  scope.acls.declare("late", words("path /late"), scope);
  expect(decide(cx)).toBe(8);
  scope.patterns.find("#103")!.add("added");
  expect(decide(cx)).toBe(3);
  scope.patterns.find("#103")!.delete("added");
  expect(decide(cx)).toBe(8);
});
