import { answer, type Case, each, get, rules } from "../case.ts";

const RICH = answer("200 OK", [
  "X-A: first",
  "X-B: bee",
  "X-A: second",
  "X-L: a, b,c",
  "Set-Cookie: k=v; Path=/",
  "Server: origin",
], "body");

const RESPONSE: readonly (readonly [name: string, lines: readonly string[]])[] = [
  ["set-header", ["http-response set-header X-A new"]],
  ["add-header", ["http-response add-header X-A extra", "http-response add-header X-New 1"]],
  ["del-header", ["http-response del-header x-a"]],
  ["del-header -m beg", ["http-response del-header x- -m beg"]],
  ["del-header -m reg", ["http-response del-header ^x-[ab]$ -m reg"]],
  ["replace-header", ["http-response replace-header Set-Cookie (.*) \\1;\\ Secure"]],
  ["replace-value", ["http-response replace-value X-L ^(.)$ <\\1>"]],
  ["set-status", ["http-response set-status 503"]],
  ["set-status with a reason", ['http-response set-status 418 reason "I am a teapot"']],
  ["set-status to an unknown number", ["http-response set-status 299"]],
  ["deny", ["http-response deny if { status 200 }"]],
  ["deny with a status", ["http-response deny deny_status 503"]],
  ["allow ends the rule set", [
    "http-response set-header X-First 1",
    "http-response allow",
    "http-response set-header X-Second 1",
  ]],
  ["return", [
    "http-response return status 202 content-type text/plain string replaced if { res.hdr(x-b) bee }",
  ]],
  ["redirect", ["http-response redirect location /moved code 301 if { status 200 }"]],
  ["set-var", [
    "http-response set-var(txn.s) status",
    "http-response set-header X-S %[var(txn.s)]",
  ]],
  ["set-var-fmt and unset-var", [
    'http-response set-var-fmt(txn.s) "%[status]!"',
    "http-response set-header X-S %[var(txn.s)]",
    "http-response unset-var(txn.s)",
    'http-response set-header X-T "[%[var(txn.s)]]"',
  ]],
  ["strict-mode", ["http-response strict-mode on", "http-response set-header X-Ok 1"]],
  ["set-log-level", ["http-response set-log-level info"]],
  ["capture", [
    "declare capture response len 3",
    "http-response capture res.hdr(x-a) id 0",
    'http-response set-header X-Cap "[%[capture.res.hdr(0)]]"',
  ]],
  ["wait-for-body", [
    "http-response wait-for-body time 500ms",
    "http-response set-header X-Len %[res.body_len]",
  ]],
  ["set-map", [
    "http-response set-map(FILE(m)) %[status] seen",
    'http-response set-header X-M "[%[status,map_str(FILE(m))]]"',
  ]],
  ["add-acl", [
    "http-response add-acl(FILE(l)) %[res.hdr(x-b)]",
    "http-response set-header X-In 1 if { res.hdr(x-b) -f FILE(l) }",
  ]],
  ["del-acl and del-map", [
    "http-response del-map(FILE(m)) 200",
    "http-response del-acl(FILE(l)) bee",
    "http-response set-header X-In 1 if { res.hdr(x-b) -f FILE(l) }",
  ]],
];

const AFTER: readonly (readonly [name: string, lines: readonly string[]])[] = [
  ["set-header also on answers of the gateway", [
    "http-after-response set-header X-After 1",
    "http-request deny if { path /no }",
  ]],
  ["add-header and del-header", [
    "http-after-response add-header X-A three",
    "http-after-response del-header x-b",
  ]],
  ["replace-header", ["http-after-response replace-header X-A (.*) <\\1>"]],
  ["replace-value", ["http-after-response replace-value X-L b B"]],
  ["set-status", [
    "http-after-response set-status 404 if { status 403 }",
    "http-request deny if { path /no }",
  ]],
  ["set-var", [
    "http-after-response set-var(txn.a) status",
    "http-after-response set-header X-V %[var(txn.a)]",
    "http-request return status 201 if { path /no }",
  ]],
  ["unset-var", [
    "http-request set-var(txn.a) int(1)",
    "http-after-response unset-var(txn.a)",
    'http-after-response set-header X-V "[%[var(txn.a)]]"',
  ]],
  ["allow ends the rule set", [
    "http-after-response allow if { status 200 }",
    "http-after-response set-header X-Late 1",
  ]],
  ["strict-mode off", [
    "http-after-response strict-mode off",
    "http-after-response set-header X-Ok 1",
  ]],
  ["applies to redirects", [
    "http-request redirect location /x if { path /no }",
    "http-after-response set-header Strict-Transport-Security max-age=9",
  ]],
  ["set-var-fmt", [
    'http-after-response set-var-fmt(txn.a) "%[status]!"',
    "http-after-response set-header X-V %[var(txn.a)]",
  ]],
  ["capture", [
    "declare capture response len 3",
    "http-after-response capture res.hdr(x-a) id 0",
    'http-after-response set-header X-Cap "[%[capture.res.hdr(0)]]"',
  ]],
  ["follows http-response rules", [
    "http-response set-header X-O one",
    "http-after-response add-header X-O two",
  ]],
];

export const responseActionCases: readonly Case[] = [
  ...RESPONSE.map(([name, lines]) =>
    rules(`http-response ${name}`, lines, [get("/"), get("/again")], {
      answers: { o1: [RICH] },
      files: { m: "200 old\n", l: "bee\n" },
    })
  ),
  ...AFTER.map(([name, lines]) =>
    rules(`http-after-response ${name}`, lines, [get("/"), get("/no")], {
      answers: { o1: [RICH] },
      files: { m: "200 old\n" },
    })
  ),
  rules(
    "http-after-response set-map and del-map",
    [
      "http-after-response set-map(FILE(m)) %[status] seen",
      'http-after-response set-header X-M "[%[status,map_str(FILE(m))]]"',
      "http-after-response del-map(FILE(m)) %[status]",
    ],
    [get("/")],
    {
      answers: { o1: [RICH] },
      files: { m: "200 old\n" },
      beyondReference: "2.6 has no maps in http-after-response",
      expect: { answerFields: ["x-m: [seen]"] },
    },
  ),
  {
    name: "response rules of the backend run before those of the frontend",
    frontend: ["http-response add-header X-O fe", "http-after-response add-header X-P fe"],
    backends: {
      main: [
        "http-response add-header X-O be",
        "http-after-response add-header X-P be",
        "server o1 ORIGIN1",
      ],
    },
    clients: each(get("/")),
  },
  rules("http-response rules skip the gateway's own answers", [
    "http-request deny if { path /no }",
    "http-response set-header X-R 1",
  ], [get("/no"), get("/ok")]),
  rules(
    "http-response rules skip interim answers",
    ["http-response set-header X-R 1"],
    [get("/")],
    {
      answers: {
        o1: [{
          pieces: [
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
          ],
        }],
      },
    },
  ),
];
