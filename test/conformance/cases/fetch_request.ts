import { type Case, expression, get, request } from "../case.ts";

const RICH = get(
  "/a/b/c.png?x=1&y=2;z=3&x=4",
  'X-L: a, b ,"c,d",e',
  "X-L: f",
  "X-N: 12",
  "X-E:",
  "X-A: 1.2.3.4, bad, [2001:db8::1], 5.6.7.8:80",
  'Cookie: k=v; s="t u"; $Path=/; empty=; bare; k=second',
  "Authorization: Basic YWxpY2U6c2VjcmV0OjE=",
  "X-Tok: Bearer abc.def",
);
const BARE = get("/");
const STAR = "OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n";
const ABSOLUTE = get("http://127.0.0.9:81/p/q?r=s", "Host: 127.0.0.9:81");
const FORM = request(
  "POST",
  "/f?q=1",
  ["Content-Type: application/x-www-form-urlencoded"],
  "a=1&B=two&a=3",
);

const TARGET_EXPRESSIONS = [
  "base",
  "baseq",
  "base32",
  "base,length",
  "url",
  "url32",
  "path",
  "pathq",
  "query",
  "url_ip",
  "url_port",
  "url_param(x)",
  "url_param(y)",
  "url_param(z)",
  "url_param(nope)",
  "urlp(x)",
  "urlp(x,?)",
  "urlp_val(y)",
  "method",
  "req.ver",
  "req_ver",
  "capture.req.method",
  "capture.req.uri",
  "capture.req.ver",
  "http_first_req",
  "req.proto_http",
];

const HEADER_EXPRESSIONS = [
  "hdr(x-l)",
  "hdr(x-l,1)",
  "hdr(x-l,2)",
  "hdr(x-l,3)",
  "hdr(x-l,-1)",
  "hdr(x-l,-2)",
  "hdr(x-l,-5)",
  "hdr(x-l,9)",
  "req.hdr(x-l,0)",
  "req.fhdr(x-l)",
  "req.fhdr(x-l,1)",
  "req.fhdr(x-l,-2)",
  "hdr_cnt(x-l)",
  "req.fhdr_cnt(x-l)",
  "hdr_cnt(nope)",
  "req.hdr(x-e)",
  "req.hdr_cnt(x-e)",
  "req.hdr(nope)",
  "hdr_val(x-n)",
  "hdr_val(x-l,1)",
  "req.hdr_val(x-e)",
  "hdr_ip(x-a)",
  "hdr_ip(x-a,1)",
  "hdr_ip(x-a,3)",
  "req.hdr_ip(x-a,2)",
  "req.hdr_names",
  "req.hdr_names(|)",
  "req.hdrs,length",
  "req.hdr(HOST)",
  "req.hdr(host),lower",
  "hdr_cnt(host)",
];

const COOKIE_EXPRESSIONS = [
  "cook(k)",
  "req.cook(k)",
  "cookie(k)",
  "cook(s)",
  "cook(empty)",
  "cook(nope)",
  "cook(K)",
  "cook_cnt(k)",
  "cook_cnt(nope)",
  "req.cook_cnt(k)",
  "cook_val(k)",
  "req.cook_val(k)",
  "cook(bare)",
  "cook",
  "cook_cnt",
];

const AUTH_EXPRESSIONS = [
  "http_auth_type",
  "http_auth_user",
  "http_auth_pass",
  "http_auth(CASE_users)",
  "http_auth_bearer",
  "http_auth_bearer(x-tok)",
];

const USERS = {
  "userlist CASE_users": [
    "group staff users alice",
    "user alice insecure-password secret:1",
    "user bob insecure-password hunter2",
  ],
};

const BODY_EXPRESSIONS = [
  "req.body",
  "req.body_len",
  "req.body_size",
  "req.body_param(a)",
  "req.body_param(b)",
  "req.body_param(nope)",
  "req.body_param",
];

const OPTIONAL_EXPRESSIONS: readonly Case[] = [
  expression("url_param(X,,i)", RICH, {
    beyondReference: "the i flag of url_param is newer than 2.6",
    expect: { bodies: ["[1]"] },
  }),
  expression("req.hdr(x-l)", BARE),
  expression("query,length", [get("/?"), get("/"), get("/?a=b?c")]),
  expression("path", [get("//a//b"), get("/a;b=c/d"), get("/a%2Fb"), get("/?x"), ABSOLUTE, STAR]),
  expression("pathq", [get("/a?b"), ABSOLUTE, STAR]),
  expression("url", [get("/a?b"), ABSOLUTE, STAR]),
  expression("base", [get("/a?b"), ABSOLUTE, STAR, get("/x", "Host: UPPER.example:8080")]),
  expression("base32+src,hex", [get("/a"), get("/b")]),
  expression("url32+src,hex", [get("/a"), get("/b?c")]),
  expression("url_ip", [ABSOLUTE, get("http://localhost/", "Host: localhost")]),
  expression("url_port", [ABSOLUTE, get("http://127.0.0.1/", "Host: 127.0.0.1"), BARE]),
  expression("method", [
    "DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "BREW /x HTTP/1.1\r\nHost: a\r\n\r\n",
    STAR,
  ]),
  expression("req.ver", ["GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"]),
  expression("http_auth_type", [
    BARE,
    get("/", "Authorization: Bearer tok"),
    get("/", "Authorization: basic YTpi"),
  ]),
  expression("http_auth_user", [
    get("/", "Authorization: Basic !!!"),
    get("/", "Authorization: Basic bm9jb2xvbg=="),
    BARE,
  ]),
  expression("http_auth_bearer", [
    get("/", "Authorization: Bearer tok"),
    get("/", "Authorization: bearer  two words"),
    BARE,
  ]),
  expression("url_param", [get("/?a=1&b=2"), get("/")]),
  expression("urlp(a)", [
    get("/?a"),
    get("/?a="),
    get("/?aa=1&a=2"),
    get("/?a=%41+b"),
    get("/?b=1;a=2"),
    get("/?A=1"),
  ]),
  expression("urlp(a,;)", [get("/p;a=7?a=8"), get("/?a=1;a=2")]),
  expression("cook(a)", [
    get("/", "Cookie: a=1", "Cookie: a=2"),
    get("/", "Cookie: b=0; a = 3 ; c=4"),
    get("/", 'Cookie: a="q;r"; b=1'),
    get("/", "Cookie: ;;a=5"),
    get("/", "Cookie: a"),
  ]),
  expression("hdr_ip(x)", [
    get("/", "X: 10.0.0.1"),
    get("/", "X: 10.0.0.1 trailing"),
    get("/", "X: ::1"),
    get("/", "X: 10.0.0.256"),
    get("/", "X: 1.2.3.4:99999"),
    get("/", "X: 1.1.1.1, 2.2.2.2"),
  ]),
  expression("hdr_val(x)", [
    get("/", "X: 7x"),
    get("/", "X: -3"),
    get("/", "X: 99999999999"),
    get("/", "X: +5"),
    get("/", "X: abc"),
  ]),
];

const BODY_CASES: readonly Case[] = [
  expression("req.body_param(b,i)", FORM, {
    before: ["option http-buffer-request"],
    beyondReference: "the i flag of req.body_param is newer than 2.6",
    expect: { bodies: ["[two]"] },
  }),
  ...BODY_EXPRESSIONS.map((text) =>
    expression(text, FORM, { before: ["option http-buffer-request"] })
  ),
  expression("req.body", FORM, { before: ["http-request wait-for-body time 500ms"] }),
  expression("req.body_len", [
    request("POST", "/", [], ""),
    request("PUT", "/", ["Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\n\r\n"),
  ], {
    before: ["option http-buffer-request"],
  }),
];

export const fetchRequestCases: readonly Case[] = [
  ...TARGET_EXPRESSIONS.map((text) => expression(text, [RICH, BARE])),
  ...HEADER_EXPRESSIONS.map((text) => expression(text, RICH)),
  ...COOKIE_EXPRESSIONS.map((text) => expression(text, [RICH, BARE])),
  ...AUTH_EXPRESSIONS.map((text) => expression(text, [RICH, BARE], { sections: USERS })),
  ...OPTIONAL_EXPRESSIONS,
  ...BODY_CASES,
];
