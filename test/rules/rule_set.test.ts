import { expect, test } from "bun:test";
import { offlineContext, type OfflineOptions } from "../../src/lang/offline_context.ts";
import { parseRule, type RuleCursor, RuleSet, type RuleTrace } from "../../src/rules/rule_set.ts";
import { RuleWords } from "../../src/rules/action_words.ts";
import { parseRedirect } from "../../src/rules/action/redirect.ts";
import type { RuleScope } from "../../src/rules/spec.ts";
import { recordedTransaction } from "./recorded_transaction.ts";
import { splitRule } from "./rule_case.ts";
import { splitWords, testScope } from "./test_scope.ts";

const request = "GET /path?q=1 HTTP/1.1\r\nHost: h.tld\r\nX: value\r\n\r\n";

function rulesOf(lines: readonly string[], parts: Partial<RuleScope> = {}): RuleSet {
  return new RuleSet(lines.map((line, i) => {
    const { ruleSet, words } = splitRule(line);
    const scope = testScope({ ruleSet, where: `site.cfg:${i + 1}`, ...parts });
    return parseRule(ruleSet, splitWords(words), scope);
  }));
}

function transaction(options: OfflineOptions = {}) {
  return recordedTransaction(offlineContext({ raw: request, now: 1000, ...options }));
}

const begin = (): RuleCursor => ({ next: 0, resuming: false });

test("rules run in order until one ends the set, which notes where it stands", () => {
  const rules = rulesOf(["set-header A 1", "allow if { path /path }", "set-header B 2"]);
  const tx = transaction();
  expect(rules.run(tx, begin())).toBe("accept");
  expect(tx.request!.first("a")).toBe("1");
  expect(tx.request!.has("b")).toBe(false);
  expect(tx.decidedBy).toBe("site.cfg:2");
  expect(RuleSet.empty.run(tx, begin())).toBe("continue");
});

test("a rule that waited runs again without its condition, and the set goes on behind it", () => {
  const rules = rulesOf([
    "set-header A 1",
    "pause 50 if { req.hdr(a) 1 }",
    "set-header B 2",
  ]);
  const tx = transaction();
  const cursor = begin();
  expect(rules.run(tx, cursor)).toBe("wait");
  expect(tx.wait).toEqual({ kind: "pause", untilMs: 1050 });
  tx.request!.removeAll("a");
  expect(rules.run(tx, cursor)).toBe("continue");
  expect(tx.request!.first("b")).toBe("2");
  expect(tx.request!.has("a")).toBe(false);
});

test("a cursor left by another set's wait begins anew", () => {
  const waiting = rulesOf(["set-header A 1", "pause 50"]);
  const other = rulesOf(["set-header B 1", "pause 50", "set-header C 1"]);
  const tx = transaction();
  const cursor = begin();
  expect(waiting.run(tx, cursor)).toBe("wait");
  expect(other.run(tx, cursor)).toBe("wait");
  expect(tx.request!.has("b")).toBe(true);
  expect(tx.request!.has("c")).toBe(false);
  expect(other.run(tx, cursor)).toBe("continue");
});

test("a trace tells of every rule reached and decides as the run does", () => {
  const lines = [
    "set-header A 1 if { path /other }",
    "deny status 404 unless { req.hdr(x) value2 }",
    "set-header B 2",
  ];
  const seen: RuleTrace[] = [];
  const tx = transaction();
  expect(rulesOf(lines).trace(tx, begin(), (trace) => seen.push(trace))).toBe("reply");
  expect(seen.map(({ rule, outcome }) => [rule.at, outcome])).toEqual([
    ["site.cfg:1", undefined],
    ["site.cfg:2", "reply"],
  ]);
  expect(seen[1]!.condition!.holds).toBe(false);
  expect(seen[1]!.rule.text).toBe("deny status 404 unless { req.hdr(x) value2 }");
  const again = transaction();
  expect(rulesOf(lines).run(again, begin())).toBe("reply");
  expect(again.reply).toEqual(tx.reply);
});

test("waiting for a body ends with enough of it, with its end, or with 408 in time", () => {
  const rules = rulesOf(["wait-for-body time 1s at-least 4", "set-header Done 1"]);
  const body = (text: string, complete: boolean) => ({ text, complete, size: 100 });
  const enough = transaction({ requestBody: body("abcd", false) });
  expect(rules.run(enough, begin())).toBe("continue");
  const complete = transaction({ requestBody: body("ab", true) });
  expect(rules.run(complete, begin())).toBe("continue");

  const late = transaction({ requestBody: body("ab", false) });
  const cursor = begin();
  expect(rules.run(late, cursor)).toBe("wait");
  expect(late.wait).toEqual({ kind: "request-body", atLeast: 4, untilMs: 2000 });
  Object.defineProperty(late, "now", { value: 2000 });
  expect(rules.run(late, cursor)).toBe("reply");
  expect(late.reply!.status).toBe(408);
  expect(late.flags).toBe("cR");

  // Woken up early without enough: the buffer is full, and the rules go on with what there is.
  const full = transaction({ requestBody: body("ab", false) });
  const resumed = begin();
  expect(rules.run(full, resumed)).toBe("wait");
  expect(rules.run(full, resumed)).toBe("continue");
  expect(full.request!.has("done")).toBe(true);
});

test("a tarpit waits and then answers, with the flags of the log", () => {
  const rules = rulesOf(["tarpit deny_status 429"]);
  const tx = transaction();
  const cursor = begin();
  expect(rules.run(tx, cursor)).toBe("wait");
  expect(tx.wait!.kind).toBe("tarpit");
  expect(rules.run(tx, cursor)).toBe("reply");
  expect([tx.reply!.status, tx.flags]).toEqual([429, "PT"]);
});

test("answers and refusals leave haproxy's flags for the log", () => {
  const flags: [string, string, string][] = [
    ["http-request deny", "reply", "PR"],
    ["http-request return", "reply", "LR"],
    ["http-request auth", "reply", "LR"],
    ["http-request redirect location /", "reply", "LR"],
    ["http-request reject", "abort", "PR"],
    ["http-request silent-drop", "drop", "PR"],
    ["http-response deny", "reply", "PH"],
    ["http-response return", "reply", "LH"],
    ["http-response redirect location /", "reply", "LH"],
  ];
  for (const [line, outcome, letters] of flags) {
    const tx = transaction({ rawResponse: "HTTP/1.1 200 OK\r\n\r\n" });
    expect([line, rulesOf([line]).run(tx, begin()) as string, tx.flags])
      .toEqual([line, outcome, letters]);
  }
});

test("silent-drop says how far its reset goes", () => {
  for (const [line, hops] of [["silent-drop", undefined], ["silent-drop rst-ttl 7", 7]] as const) {
    const tx = transaction();
    expect([rulesOf([line]).run(tx, begin()), tx.resetHops, tx.flags]).toEqual([
      "drop",
      hops,
      "PR",
    ]);
  }
});

test("do-log logs where it stands, and the rules go on", () => {
  const tx = transaction();
  const rules = rulesOf(["do-log", "do-log if { path /none }", "do-log", "set-header B 2"]);
  expect(rules.run(tx, begin())).toBe("continue");
  expect([tx.linesLogged, tx.request!.first("b")]).toEqual([2, "2"]);
});

test("a rewrite that would break the message fails: an error, or only counted", () => {
  const breaking = [
    "set-header A %[var(txn.x)]",
    "set-path /%[var(txn.x)]",
    "set-method %[var(txn.x)]",
    "replace-header X .* \\x0d\\x0aEvil:1",
    "replace-path .* /\\x20",
    "set-uri %[req.hdr(none)]",
    "replace-header X .* \\",
  ];
  for (const line of breaking) {
    const strict = transaction({ variables: { "txn.x": "a b" } });
    // Log formats encode line ends, so that a blank has to do where one is not allowed.
    const expected = line.startsWith("set-header") ? "continue" : "error";
    expect([line, rulesOf([line]).run(strict, begin()) as string]).toEqual([line, expected]);
    const loose = transaction({ variables: { "txn.x": "a b" } });
    expect(rulesOf(["strict-mode off", line]).run(loose, begin())).toBe("continue");
    if (expected === "continue") continue;
    expect(strict.failedRewrites).toBe(1);
    expect(loose.failedRewrites).toBe(1);
    expect(loose.request!.target).toBe("/path?q=1");
    expect(loose.request!.first("x")).toBe("value");
  }
});

test("strict mode is on again when the next set starts", () => {
  const tx = transaction();
  rulesOf(["strict-mode off"]).run(tx, begin());
  expect(tx.strict).toBe(false);
  expect(rulesOf(["set-method %[req.hdr(none)]"]).run(tx, begin())).toBe("error");
});

test("addresses and ports change by themselves", () => {
  const tx = transaction({ src: "10.0.0.1", srcPort: 1234, dst: "10.0.0.2", dstPort: 80 });
  rulesOf(["set-src str(192.0.2.7)", "set-dst-port int(8443)", "set-dst req.hdr(x)"])
    .run(tx, begin());
  expect([String(tx.client.src), tx.client.srcPort]).toEqual(["192.0.2.7", 1234]);
  expect([String(tx.client.dst), tx.client.dstPort]).toEqual(["10.0.0.2", 8443]);
  const unix = transaction({ src: undefined });
  rulesOf(["set-src-port int(70000)"]).run(unix, begin());
  expect([String(unix.client.src), unix.client.srcPort]).toEqual(["0.0.0.0", 70000 - 65536]);
});

test("captures are cut to their slot, and skipped where the frontend has none", () => {
  const parts: Partial<RuleScope> = {
    declareCapture: () => 1,
    captureSlot: () => ({ length: 3 }),
  };
  const tx = transaction();
  tx.captureLengths = [2, 3];
  rulesOf(["capture req.hdr(x) len 3", "capture path id 0", "capture path id 7"], parts)
    .run(tx, begin());
  expect(tx.requestCaptures.slice(0, 2)).toEqual(["/p", "val"]);
  expect(tx.requestCaptures[7]).toBeUndefined();
});

test("lists and maps change for later rules", () => {
  const scope = testScope({ ruleSet: "http-request" });
  const acl = scope.patterns.list("virt@l", 1, () => "");
  const map = scope.patterns.list("virt@m", 2, () => "");
  const parts = { patterns: scope.patterns };
  const run = (...lines: string[]) => rulesOf(lines, parts).run(transaction(), begin());
  run("add-acl(virt@l) %[req.hdr(x)]", "add-acl(virt@l) %[req.hdr(x)]", "add-acl(virt@none) a");
  expect([...acl.entries()].map(({ text }) => text)).toEqual(["value"]);
  run("set-map(virt@m) k one", "set-map(virt@m) k two", "set-map(virt@m) %[req.hdr(none)] x");
  expect([...map.entries()].map(({ text, value }) => [text, value])).toEqual([["k", "two"]]);
  run("del-acl(virt@l) value", "del-map(virt@m) k");
  expect([acl.size, map.size]).toEqual([0, 0]);
});

test("settings reach the transaction", () => {
  const tx = transaction();
  rulesOf(
    [
      "set-log-level silent",
      "disable-l7-retry",
      "early-hint Link </a>",
      "early-hint Link </b>",
      "set-timeout client 5s",
      "set-timeout tunnel 1m",
      "set-timeout server int(250)",
    ],
    { proxyKind: "listen" },
  ).run(tx, begin());
  expect(tx.logLevel).toBe("silent");
  expect(tx.l7RetryDisabled).toBe(true);
  expect(tx.hints).toEqual([["Link", "</a>"], ["Link", "</b>"]]);
  expect(tx.timeouts).toEqual({ client: 5000, tunnel: 60000, server: 250 });
});

test("a redirect adds the query when told to, and takes its place literally when told to", () => {
  const to = (line: string) => {
    const tx = transaction();
    rulesOf([line]).run(tx, begin());
    return tx.reply!.headers[0]![1];
  };
  expect(to("redirect location /new keep-query")).toBe("/new?q=1");
  expect(to("redirect location /new?a keep-query")).toBe("/new?a&q=1");
  const words = new RuleWords(["location", "/%[path]"], 0, undefined);
  const literal = parseRedirect(words, testScope({ ruleSet: "http-request" }), "literal");
  const tx = transaction();
  literal.run(tx);
  expect(tx.reply!.headers[0]).toEqual(["Location", "/%[path]"]);
});
