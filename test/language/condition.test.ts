import { describe, expect, test } from "bun:test";
import { parseCondition } from "../../src/lang/condition.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";
import type { LangScope } from "../../src/lang/scope.ts";
import { LangError, type UserlistFacts } from "../../src/lang/spec.ts";
import { testScope, words } from "./lang_scope.ts";

const raw = "GET /a/b?x=1 HTTP/1.1\r\nHost: www.example.com\r\nX-A: one\r\nX-A: two\r\n\r\n";
const request = () => offlineContext({ raw, src: "10.0.0.1" });

function holds(condition: string, scope = testScope()): boolean {
  return parseCondition(words(condition), scope).holds(request());
}

function messageOf(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof LangError) return error.message;
    throw error;
  }
  return "";
}

function messageFor(condition: string, scope: LangScope = testScope()): string {
  return messageOf(() => parseCondition(words(condition), scope));
}

describe("the structure of a condition", () => {
  test("what is empty is accepted and never holds", () => {
    for (const text of ["", "!", "or", "FALSE or", "! or"]) expect(holds(text)).toBe(false);
    expect(holds("TRUE or")).toBe(true);
  });

  test("a lone `!` is for the next term, and `or` forgets it", () => {
    expect(holds("! FALSE")).toBe(true);
    expect(holds("! ! FALSE")).toBe(false);
    expect(holds("! or FALSE")).toBe(false);
  });

  test("words such as `and` and `(` are names of ACLs", () => {
    expect(messageFor("TRUE and TRUE")).toBe("no such ACL : 'and'");
    expect(messageFor("( TRUE )")).toBe("no such ACL : '('");
    expect(messageFor("{path /x}")).toBe("no such ACL : '{path'");
  });

  test("a brace that is not closed, and braces around nothing", () => {
    expect(messageFor("{ path /a")).toBe("missing closing '}' in condition");
    expect(messageFor("{ }")).toBe("missing fetch method in ACL expression ''");
  });

  test("an unknown ACL comes with the nearest known one", () => {
    const scope = testScope();
    scope.acls.declare("is_static", words("path_beg /static"), scope);
    expect(() => parseCondition(["is_statik"], scope)).toThrow(
      expect.objectContaining({ nearest: "is_static", word: "is_statik" }),
    );
  });
});

describe("named ACLs", () => {
  test("a line placed after the rule still extends what the rule asks", () => {
    const scope = testScope();
    scope.acls.declare("a", words("path /nowhere"), scope);
    const condition = parseCondition(["a"], scope);
    expect(condition.holds(request())).toBe(false);
    scope.acls.declare("a", words("path /a/b"), scope);
    expect(condition.holds(request())).toBe(true);
    expect(condition.test(request())).toBe(3);
  });

  test("a predefined ACL can be replaced before its first use, and only extended after it", () => {
    const before = testScope();
    before.acls.declare("METH_GET", words("path /never"), before);
    expect(holds("METH_GET", before)).toBe(false);
    const after = testScope();
    expect(holds("METH_GET", after)).toBe(true);
    after.acls.declare("METH_GET", words("path /never"), after);
    expect(holds("METH_GET", after)).toBe(true);
  });

  test("names are checked", () => {
    const scope = testScope();
    const declare = (name: string) => messageOf(() => scope.acls.declare(name, ["TRUE"], scope));
    expect(declare("a!")).toBe("character '!' is not permitted in acl name 'a!'.");
    expect(declare("Or")).toContain("'or' is used to express a logical disjunction");
    expect(declare("a")).toBe(
      "error detected while parsing ACL 'a' : unknown fetch method 'TRUE' in ACL expression 'TRUE'",
    );
  });

  test("those that nothing asks are known", () => {
    const scope = testScope();
    for (const name of ["a", "b", "c"]) scope.acls.declare(name, ["always_true"], scope);
    scope.acls.declare("d", ["acl(c)"], scope);
    parseCondition(words("a or d"), scope);
    expect(scope.acls.unused()).toEqual(["b"]);
  });

  test("acl() asks all its names, and cannot ask itself", () => {
    const scope = testScope();
    scope.acls.declare("a", words("path /a/b"), scope);
    scope.acls.declare("b", words("acl(a,!METH_POST)"), scope);
    expect(holds("{ acl(b) }", scope)).toBe(true);
    expect(holds("{ acl(b,!a) }", scope)).toBe(false);
    expect(messageFor("{ acl(z) }", scope)).toContain("ACL 'z' not found");
    expect(messageOf(() => scope.acls.declare("a", ["acl(b)"], scope))).toContain(
      "have a recursive loop",
    );
  });
});

describe("three values", () => {
  /** What is there of a request in content inspection: `wait_end` has nothing before the end. */
  const waiting = () => offlineContext({ raw, src: "10.0.0.1", final: false });

  test("an answer that may still come is a MISS, also when negated", () => {
    const scope = testScope();
    expect(parseCondition(words("WAIT_END"), scope).test(waiting())).toBe(1);
    expect(parseCondition(words("!WAIT_END"), scope).test(waiting())).toBe(1);
    expect(parseCondition(words("{ acl(WAIT_END) }"), scope).test(waiting())).toBe(1);
  });

  test("a suite stops at the first term that does not pass, and a condition at the first suite that does", () => {
    const scope = testScope();
    const test = (text: string) => parseCondition(words(text), scope).test(waiting());
    expect(test("FALSE WAIT_END")).toBe(0);
    expect(test("WAIT_END FALSE")).toBe(1);
    expect(test("WAIT_END or TRUE")).toBe(3);
    expect(test("FALSE or WAIT_END")).toBe(1);
  });

  test("a final evaluation has no MISS", () => {
    expect(parseCondition(words("WAIT_END"), testScope()).test(request())).toBe(3);
  });
});

describe("explain", () => {
  test("tells each value, the pattern that matched and what was skipped", () => {
    const scope = testScope({ files: { "names.lst": "zero\n#comment\ntwo\n" } });
    const text = "{ req.hdr(x-a) -f names.lst } !{ path /a/b } TRUE or METH_GET or TRUE";
    const trace = parseCondition(words(text), scope).explain(request());
    expect(trace.holds).toBe(true);
    expect(trace.suites.map((suite) => suite.verdict)).toEqual(["fail", "pass", "skipped"]);
    const [found, path, skipped] = trace.suites[0]!.terms;
    expect(found!.tests[0]!.values).toEqual([
      { value: "one", matched: false, pattern: undefined, from: undefined },
      { value: "two", matched: true, pattern: "two", from: "names.lst:3" },
    ]);
    expect(path).toMatchObject({ negated: true, verdict: "fail" });
    expect(path!.tests[0]!.verdict).toBe("pass");
    expect(skipped).toMatchObject({ acl: "TRUE", verdict: "skipped", tests: [] });
  });

  test("a sample that is not there shows no value", () => {
    const trace = parseCondition(words("{ req.hdr(nope) x }"), testScope()).explain(request());
    expect(trace.suites[0]!.terms[0]!.tests[0]).toEqual({
      text: "req.hdr(nope) x",
      values: [],
      verdict: "fail",
    });
  });
});

describe("messages of an ACL line", () => {
  const cases: Readonly<Record<string, string>> = {
    "{ nosuch x }": "unknown fetch method 'nosuch' in ACL expression 'nosuch'",
    "{ req.hdr(x,y) z }":
      "fetch method 'req.hdr' : failed to parse 'y' as type 'integer' at position 2 " +
      "in ACL expression 'req.hdr(x,y)'",
    "{ req.hdr(x,2 z }": "fetch method 'req.hdr' : expected ')' in ACL expression 'req.hdr(x,2'",
    "{ req.hdr(x,1,2) z }":
      "fetch method 'req.hdr' : expected ')' before ',2)' in ACL expression 'req.hdr(x,1,2)'",
    "{ req.hdr(x)lower z }":
      "missing comma after fetch keyword 'req.hdr' in ACL expression 'req.hdr(x)lower'",
    "{ req.hdr(x),lowr z }": "unknown converter 'lowr' in ACL expression 'req.hdr(x),lowr'",
    "{ req.hdr(x),lower(3) z }": "invalid arg 1 in converter 'lower' : expected ')' before '3)' " +
      "in ACL expression 'req.hdr(x),lower(3)'",
    "{ int 5 }": "fetch method 'int' : expected type 'integer' at position 1, but got nothing " +
      "in ACL expression 'int'",
    "{ int(5) foo }": "'foo' is not a number",
    "{ int(5) gt foo }": "'foo' is neither a number nor a supported operator",
    "{ int(5) 9:1 }": "'9:1' is not a valid number range",
    "{ path -z x }":
      "'-z' is not a valid ACL option. Please use '--' before any pattern beginning with a '-'",
    "{ path -m nope x }": "unknown matching method 'nope' when parsing ACL expression",
    "{ path -f gone.lst }": "failed to open pattern file <gone.lst>",
    "{ path -f a.lst -m str x }":
      "'-m' must only be specified before patterns and files in parsing ACL expression",
    "{ path -m str -m beg x }":
      "only one explicit matching method can be defined with '-m' parameter. " +
      "if migrating from an old version, just keep the last one",
    "{ req.body x }":
      "matching method must be specified first (using '-m') when using a sample fetch of this type " +
      "('req.body')",
    "{ req.body -m int 1 }": "matching method 'int' cannot be used with fetch keyword 'req.body'",
    "{ method -m int 1 }": "matching method 'int' cannot be used with fetch keyword 'method'",
    "{ path -m reg ( }": "regex '(' is invalid (error=missing closing parenthesis, erroffset=1)",
    "{ path -m bin 6 }": "an even number of hex digit is expected",
    "{ path -m bin 6g }": "an hex digit is expected (found 'g')",
    "{ src -n 10.12 }": "'10.12' is not a valid IPv4 or IPv6 address",
    "{ src nosuch.invalid }": "'nosuch.invalid' is not a valid IPv4 or IPv6 address",
    "{ http_auth(ul) }":
      "unable to find userlist 'ul' referenced in arg 1 of ACL keyword 'http_auth' in proxy 'fe'",
    "{ path -u 7 a } { path -u 7 b }": "the id is already used",
  };
  for (const [condition, message] of Object.entries(cases)) {
    test(condition, () => {
      expect(messageFor(condition, testScope({ files: { "a.lst": "x\n" } }))).toBe(message);
    });
  }

  test("an ACL keyword names itself", () => {
    expect(messageFor("{ hdr(x,y) z }")).toStartWith(
      "ACL keyword 'hdr' : failed to parse 'y' as type 'integer' at position 2",
    );
    expect(messageFor("{ res.hdr_beg(x) z }")).toStartWith("unknown fetch method 'res.hdr_beg'");
  });

  test("a bad line of a file is named", () => {
    const scope = testScope({ files: { "nets.lst": "10.0.0.0/8\n\n10.0.0.0/99\n" } });
    expect(messageFor("{ src -f nets.lst }", scope)).toBe(
      "'10.0.0.0/99' is not a valid IPv4 or IPv6 address at line 3 of file 'nets.lst'",
    );
  });

  test("a list keeps its number of columns", () => {
    const scope = testScope({ files: { f: "a b\n" } });
    expect(holds("{ path -f f }", scope)).toBe(false);
    expect(messageFor("{ path -M -f f }", scope)).toBe(
      'The file "f" is already used as one column file and cannot be used by as two column file.',
    );
  });
});

describe("warnings", () => {
  function warningsOf(condition: string, parts: Parameters<typeof testScope>[0] = {}): string[] {
    const warnings: string[] = [];
    parseCondition(words(condition), testScope({ ...parts, warnings }));
    return warnings;
  }

  test("an ACL without patterns, unless that is meant", () => {
    expect(warningsOf("{ path }")[0]).toStartWith(
      "parsing acl keyword 'path' :\n  no pattern to match against were provided",
    );
    for (const text of ["{ path -- }", "{ path -m found }", "{ int(1) -m bool }", "TRUE"]) {
      expect(warningsOf(text)).toEqual([]);
    }
  });

  test("a parenthesis that a blank cut off, a method that is overwritten, and `ne`", () => {
    expect(warningsOf("{ path_beg (x) }")[0]).toContain("matching 'path_beg' for pattern '(x)'");
    expect(warningsOf("{ path_beg -m end x }")).toEqual([
      "original matching method 'path_beg' was overwritten and will not be applied as expected.",
    ]);
    expect(warningsOf("{ int(5) ne 5 }")).toHaveLength(1);
  });

  test("what can't match where it stands", () => {
    const where = "incompatible with 'frontend http-request header rule'";
    expect(warningsOf("{ status 200 } or { path /x }")).toEqual([
      `anonymous acl will never match because it uses keyword 'status' which is ${where}`,
    ]);
    const warnings: string[] = [];
    const scope = testScope({ warnings });
    scope.acls.declare("a", words("status 200"), scope);
    scope.acls.declare("b", words("path /x"), scope);
    scope.acls.declare("b", words("status 200"), scope);
    parseCondition(words("a b"), scope);
    parseCondition(words("b"), scope);
    expect(warnings).toEqual([
      `acl 'a' will never match because it only involves keywords that are ${where}`,
      `acl 'b' involves keywords 'status' which is ${where}`,
    ]);
  });

  test("the keyword hdr is the request's in responses too, and so can't match there", () => {
    expect(warningsOf("{ hdr(x) y }", { phase: "be_http_res_hdr" })[0]).toContain(
      "uses keyword 'hdr' which is incompatible with 'backend http-response header rule'",
    );
  });
});

describe("match methods that need more than the value", () => {
  const userlist: UserlistFacts = {
    name: "ul",
    check: (user, password) => user === "u" && password === "p",
    groupsOf: () => ["staff", "ops"],
  };
  const scope = () => testScope({ userlist: (name) => (name === "ul" ? userlist : undefined) });
  const withCredentials = (text: string) =>
    offlineContext({
      raw: `GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Basic ${btoa(text)}\r\n\r\n`,
    });

  test("http_auth_group compares the groups of the user who is let in", () => {
    const ops = parseCondition(words("{ http_auth_group(ul) admins ops }"), scope());
    expect(ops.holds(withCredentials("u:p"))).toBe(true);
    expect(ops.holds(withCredentials("u:wrong"))).toBe(false);
    expect(ops.explain(withCredentials("u:p")).suites[0]!.terms[0]!.tests[0]!.values[0])
      .toMatchObject({ value: "u", pattern: "ops" });
    const none = parseCondition(words("{ http_auth_group(ul) admins }"), scope());
    expect(none.holds(withCredentials("u:p"))).toBe(false);
  });
});
