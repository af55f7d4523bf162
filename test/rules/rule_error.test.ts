import { expect, test } from "bun:test";
import { LangError } from "../../src/lang/spec.ts";
import { parseRule } from "../../src/rules/rule_set.ts";
import { splitRule } from "./rule_case.ts";
import { splitWords, testScope } from "./test_scope.ts";

function failure(line: string): LangError {
  const { ruleSet, words } = splitRule(line);
  try {
    parseRule(ruleSet, splitWords(words), testScope({ ruleSet }));
  } catch (error) {
    if (error instanceof LangError) return error;
    throw error;
  }
  throw new Error(`no error in: ${line}`);
}

/** Line, and the text that haproxy gives behind `… while parsing 'RULE' rule : `. */
const ruleErrors: readonly (readonly [line: string, message: string])[] = [
  ["http-request deny status 999", "Unexpected status code '999'."],
  ["http-request deny status", "'status' expects <status_code> as argument."],
  ["http-request deny content-type", "'content-type' expects <ctype> as argument."],
  [
    "http-request deny string x",
    "a content type must be defined when non-empty payload is configured.",
  ],
  [
    "http-request deny deny_status 418",
    "status code '418' not handled by default with 'default-errorfiles' argument.",
  ],
  ["http-request add-header X", "expects exactly 2 arguments."],
  [
    "http-request set-header X-A %[status]",
    "sample fetch <status> may not be reliably used here because it needs 'HTTP response' which is not available here.",
  ],
  ["http-request del-header", "expects at least 1 argument."],
  ["http-request del-header X -m", "-m flag expects exactly 1 argument."],
  ["http-request silent-drop rst-ttl", "missing rst-ttl value."],
  [
    "http-request silent-drop rst-ttl 256",
    "'rst-ttl' expects an integer from 1 to 255 (got '256').",
  ],
  ["http-request del-header X -m foo", "-m with unsupported matching method 'foo'."],
  [
    "http-request replace-header X ( y",
    "regex '(' is invalid (error=missing closing parenthesis, erroffset=1).",
  ],
  ["http-request replace-header X y", "expects exactly 3 arguments."],
  [
    "http-request replace-path x",
    "expects exactly 2 arguments <match-regex> and <replace-format>.",
  ],
  ["http-request set-path", "expects exactly 1 argument <format>."],
  ["http-request set-path /a /b", "expects exactly 1 argument <format>."],
  [
    "http-request redirect",
    "redirection type expected ('prefix', 'location', or 'scheme').",
  ],
  ["http-request redirect location", "missing argument for 'location'."],
  [
    "http-request redirect location / code 305",
    "'code': unsupported HTTP code '305' (must be one of 301, 302, 303, 307 or 308).",
  ],
  ["http-request redirect location / set-cookie", "missing argument for 'set-cookie'."],
  ["http-request redirect location / if nope", "error in condition: no such ACL : 'nope'."],
  ["http-response redirect prefix /a", "response only supports redirect type 'location'."],
  ["http-request return status abc", "Unexpected status code '0'."],
  ["http-request return file /nope content-type a", "error opening file '/nope'."],
  ["http-request return errorfile /nope", "error opening file '/nope'."],
  [
    "http-request return status 403 default-errorfiles string a",
    "unexpected 'string' argument, 'default-errorfiles' already defined.",
  ],
  [
    "http-request return status 201 errorfiles nope",
    "status code '201' not handled by default with 'errorfiles' argument.",
  ],
  ["http-request return hdr a", "'hdr' expects <name> and <value> as arguments."],
  [
    "http-request return status 204 content-type a/b string x",
    "No body expected for 204 responses.",
  ],
  ["http-request auth realm", "missing realm value."],
  [
    "http-request set-var",
    "invalid or incomplete action 'set-var'. Expects 'set-var(<var-name>)', " +
    "'set-var-fmt(<var-name>)' or 'unset-var(<var-name>)'.",
  ],
  [
    "http-request set-var(foo) int(1)",
    "invalid variable name 'foo'. A variable name must be start by its scope. " +
    "The scope can be 'proc', 'sess', 'txn', 'req', 'res' or 'check'.",
  ],
  ["http-request set-var(txn.a)", "missing fetch method."],
  ["http-request set-var(txn.a,foo) int(1)", 'unknown condition "foo".'],
  [
    "http-request set-log-level foo",
    "expects exactly 1 argument (log level name or 'silent').",
  ],
  ["http-request set-src", "missing fetch method."],
  ["http-request set-src foo", "unknown fetch method 'foo'."],
  ["http-request early-hint a", "expects exactly 2 arguments."],
  ["http-request strict-mode", "expects exactly 1 arguments."],
  [
    "http-request strict-mode foo",
    "Unexpected value 'foo'. Only 'on' and 'off' are supported.",
  ],
  ["http-request wait-for-body", "expects time <time> [ at-least <bytes> ]."],
  ["http-request wait-for-body time", "missing argument for 'time'."],
  ["http-request wait-for-body time 1s at-least", "missing argument for 'at-least'."],
  [
    "http-request capture hdr(x)",
    "expects <expression> [ 'len' <length> | id <idx> ].",
  ],
  ["http-request capture hdr(x) len 0", "length must be > 0."],
  ["http-response capture hdr(x) len 3", "expects 'id', found 'len'."],
  ["http-request set-map(f) a", "expects exactly 2 arguments."],
  ["http-request add-acl(f)", "expects exactly 1 arguments."],
  ["http-request set-timeout server 1s", "proxy 'fe' has no backend capability."],
  [
    "http-response set-status 99",
    "expects an integer status code between 100 and 999.",
  ],
];

test("errors of actions read as haproxy's, with the rule and the proxy", () => {
  for (const [line, message] of ruleErrors) {
    const { ruleSet, words } = splitRule(line);
    const rule = `${ruleSet} ${splitWords(words)[0]}`;
    const wanted = `error detected in frontend 'fe' while parsing '${rule}' rule : ${message}`;
    expect(failure(line).message).toBe(wanted);
  }
});

test("what stands behind an action is a condition or an error", () => {
  const errors: [string, string][] = [
    [
      "http-request deny foo",
      "'http-request deny' expects either 'if' or 'unless' followed by a condition but found 'foo'.",
    ],
    [
      "http-request add-header X y z",
      "'http-request add-header' expects either 'if' or 'unless' followed by a condition but found 'z'.",
    ],
    [
      "http-request deny if nope",
      "error detected while parsing an 'http-request deny' condition : no such ACL : 'nope'.",
    ],
    [
      "http-request set-var(txn.a) int(1) foo",
      "'http-request set-var(txn.a)' expects either 'if' or 'unless' followed by a condition but found 'foo'.",
    ],
  ];
  for (const [line, message] of errors) expect(failure(line).message).toBe(message);
});

test("an unknown action is told from a refused one, with the nearest name", () => {
  const unknown = failure("http-request set-hedaer X y");
  expect(unknown.message).toEndWith(", but got 'set-hedaer'.");
  expect(unknown.message).toStartWith("'http-request' expects 'add-acl(*)', 'add-header', 'allow'");
  expect(unknown.nearest).toBe("set-header");
  expect(failure("http-request set-status 200").message).toContain("but got 'set-status'");
  expect(failure("http-request track-sc0 src").message)
    .toBe("'http-request track-sc0' is not supported by Sluice: it needs stick tables");
});

test("a header name or value that would break a message is refused at once", () => {
  for (const name of ["a:b", "a(b", "a,b"]) {
    expect(failure(`http-request set-header ${name} x`).message).toContain(
      `invalid character in header name '${name}'`,
    );
  }
});
