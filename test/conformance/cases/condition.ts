import { type Case, condition, each, get, request } from "../case.ts";

const PATHS = ["/a", "/b", "/c", "/a?q"].map((target) => get(target));
const ACLS = ["a path /a", "b path /b", "q query -m found", "ab path /a", "ab path /b"];

const LOGIC = [
  "a",
  "!a",
  "! a",
  "!!a",
  "a or b",
  "a || b",
  "a OR b",
  "a q",
  "a !q",
  "!a !b",
  "a q or b",
  "b or a q",
  "a or b or q",
  "ab",
  "!ab",
  "ab q",
  "{ path /a }",
  "!{ path /a }",
  "a { query q }",
  "{ path /a } or { path /b }",
  "{ path /a } { query -m found } or b",
  "a or",
  "! a or b",
  "a !b !{ query z } or b",
];

const BUILT_IN = [
  "TRUE",
  "FALSE",
  "HTTP",
  "HTTP_1.0",
  "HTTP_1.1",
  "HTTP_2.0",
  "HTTP_CONTENT",
  "HTTP_URL_ABS",
  "HTTP_URL_SLASH",
  "HTTP_URL_STAR",
  "LOCALHOST",
  "METH_CONNECT",
  "METH_DELETE",
  "METH_GET",
  "METH_HEAD",
  "METH_OPTIONS",
  "METH_POST",
  "METH_PUT",
  "METH_TRACE",
  "WAIT_END",
];

const VARIED = [
  get("/x"),
  "HEAD /x HTTP/1.0\r\n\r\n",
  request("POST", "/x", [], "body"),
  request("PUT", "/x", ["Content-Length: 0"]),
  "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
  get("http://a.example/x", "Host: a.example"),
  "DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n",
  "TRACE /x HTTP/1.1\r\nHost: a\r\n\r\n",
];

export const conditionCases: readonly Case[] = [
  ...LOGIC.map((text) => condition(text, PATHS, { acls: ACLS })),
  ...BUILT_IN.map((text) => condition(text, VARIED)),
  condition("and", [get("/a"), get("/b")], { acls: ["and path /a"] }),
  condition("METH_GET", [get("/a"), get("/never")], { acls: ["METH_GET path /never"] }),
  condition("late", [get("/a"), get("/b")], {
    acls: ["late path /a"],
    // An acl line after the rule still extends the ACL that the rule uses.
    backends: { main: ["server o1 ORIGIN1"] },
  }),
  {
    name: "an acl line after the rule extends the ACL",
    frontend: ["acl late path /a", "http-request deny if late", "acl late path /b"],
    clients: each(get("/a"), get("/b"), get("/c")),
  },
  {
    name: "unless inverts the result",
    frontend: ["http-request deny unless { path /ok }"],
    clients: each(get("/ok"), get("/no")),
  },
  {
    name: "an empty condition is false",
    frontend: ["http-request deny if"],
    clients: each(get("/")),
  },
  {
    name: "deny unless nothing always denies",
    frontend: ["http-request deny unless"],
    clients: each(get("/")),
  },
  {
    name: "a quoted closing brace ends an anonymous ACL",
    frontend: ['http-request deny if { path /x "}"'],
    clients: each(get("/x"), get("/y")),
  },
  {
    name: "comment in the middle of a word",
    frontend: ["acl commented path /a#b", "http-request deny if commented"],
    clients: each(get("/a"), get("/b")),
  },
  {
    name: "quotes and escapes in words",
    frontend: [
      "http-request set-header x-q a\\ b\\#c\\\\d",
      "http-request set-header x-r \"one two\"' three'four",
      "http-request set-header x-s 'a\\b\"c'",
      "http-request set-header x-t \\x41\\x42",
    ],
    clients: each(get("/")),
  },
  condition("{ req.hdr(x) 'a b' }", [get("/", "X: a b"), get("/", "X: a")]),
  condition("{ req.hdr(x) a\\ b }", [get("/", "X: a b"), get("/", "X: a")]),
  condition("{ var(txn.a) -m str 'x,y' }", [get("/")], {
    acls: [],
    frontend: ["http-request set-var(txn.a) \"str('x,y')\""],
  }),
];
