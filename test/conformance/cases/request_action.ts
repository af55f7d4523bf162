import { type Case, each, get, request, rules } from "../case.ts";

const USERS = {
  "userlist CASE_users": [
    "user alice insecure-password secret",
    "user carol password $1$abcdefgh$G//4keteveJp0qb8z2DxG/",
  ],
};
const ALICE = "Authorization: Basic YWxpY2U6c2VjcmV0";

const ANSWERING: readonly Case[] = [
  rules("deny gives 403", ["http-request deny if { path /no }"], [get("/no"), get("/yes")]),
  ...[200, 400, 401, 403, 404, 405, 408, 410, 413, 425, 429, 500, 501, 502, 503, 504].map((
    status,
  ) =>
    rules(`deny with status ${status}`, [`http-request deny deny_status ${status}`], [get("/")])
  ),
  rules("deny takes a status of any kind with return arguments", [
    "http-request deny status 418 content-type text/plain string teapot hdr x-a b",
  ], [get("/")]),
  rules("deny leaves a field out that has no value", [
    "http-request deny status 403 hdr x-a %[req.hdr(x-none)] hdr x-b %[path]",
  ], [get("/z")]),
  rules("deny with lf-string", [
    'http-request deny status 403 content-type text/plain lf-string "no %[path]"',
  ], [get("/z")]),
  rules("tarpit waits and answers", [
    "timeout tarpit 50ms",
    "http-request tarpit if { path /slow }",
  ], [get("/slow"), get("/fast")]),
  rules("tarpit with a status", ["timeout tarpit 50ms", "http-request tarpit deny_status 429"], [
    get("/"),
  ]),
  rules("allow ends the rule set", ["http-request allow if { path /ok }", "http-request deny"], [
    get("/ok"),
    get("/no"),
  ]),
  rules(
    "auth asks for credentials",
    ["http-request auth realm Staff\\ only unless { http_auth(CASE_users) }"],
    [get("/"), get("/", ALICE), get("/", "Authorization: Basic eHg6eXk=")],
    { sections: USERS },
  ),
  rules(
    "auth without a realm names the frontend's default",
    ["http-request auth unless { http_auth(CASE_users) }"],
    [get("/")],
    { sections: USERS },
  ),
  rules("reject closes without an answer", ["http-request reject if { path /bye }"], [
    get("/bye"),
    get("/hi"),
  ]),
  rules("silent-drop says nothing", ["http-request silent-drop if { path /bye }"], [get("/hi")]),
];

const RETURNS: readonly string[] = [
  "return",
  "return status 204",
  "return status 200 content-type text/html string <p>hi</p>",
  "return status 404 content-type text/plain string gone hdr x-a 1 hdr x-b %[path]",
  'return status 200 content-type "text/plain; charset=x" lf-string "%[method] %[url]"',
  "return content-type text/plain file FILE(page)",
  "return status 201 content-type text/plain lf-file FILE(page)",
  "return status 503",
  "return status 404 default-errorfiles",
  "return errorfile FILE(raw)",
  "return status 299 content-type text/plain string odd",
  "return status 200 hdr location /x",
  "return status 200 hdr x-a %[req.hdr(x-none)] hdr x-b 1",
];

const REDIRECTS: readonly string[] = [
  "redirect location /new",
  "redirect location https://other.example/x code 301",
  "redirect prefix https://other.example",
  "redirect prefix /base code 307",
  "redirect prefix /",
  "redirect prefix / drop-query append-slash",
  "redirect scheme https",
  "redirect scheme https code 308",
  "redirect prefix https://o.example drop-query",
  "redirect prefix https://o.example append-slash drop-query",
  "redirect location /x set-cookie SEEN=1",
  "redirect location /x set-cookie SEEN",
  "redirect location /x clear-cookie USER=",
  "redirect location /x clear-cookie USER",
  "redirect location /l%[path]?%[query] code 303",
  "redirect location %[req.hdr(none)]/x",
  "redirect prefix http://%[req.hdr(host)]/p",
  "redirect location /x ignore-empty",
  'redirect location "/with space"',
  "redirect scheme %[str(https)] code 302",
];

const REDIRECT_REQUESTS = [
  get("/a/b?c=d"),
  get("/a"),
  get("/a/"),
  request("POST", "/p", [], "xy"),
  "HEAD /h HTTP/1.1\r\nHost: h.example\r\n\r\n",
  get("http://abs.example/z?q", "Host: abs.example"),
];

const HEADERS: readonly (readonly [name: string, lines: readonly string[]])[] = [
  ["set-header replaces every line", ["http-request set-header X-A new"]],
  ["add-header adds behind", [
    "http-request add-header X-A extra",
    "http-request add-header X-New 1",
  ]],
  ["del-header", ["http-request del-header x-a"]],
  ["del-header -m beg", ["http-request del-header x- -m beg"]],
  ["del-header -m end", ["http-request del-header -b -m end"]],
  ["del-header -m sub", ["http-request del-header -a -m sub"]],
  ["del-header -m reg", ["http-request del-header ^x-[ab]$ -m reg"]],
  ["replace-header on the whole value", ["http-request replace-header X-A ^(.)(.*)$ \\2-\\1"]],
  ["replace-header leaves what does not match", ["http-request replace-header X-A nomatch gone"]],
  ["replace-header on a comma list sees the whole line", [
    "http-request replace-header X-L ^a.*$ [\\0]",
  ]],
  ["replace-value on each value", ["http-request replace-value X-L ^(.)$ <\\1>"]],
  ["replace-value with a log format", ["http-request replace-value X-L b %[path]"]],
  ["set-header from a log format", [
    'http-request set-header X-F "%[src] %HM %HP %[req.hdr(x-a),upper]"',
  ]],
  ["set-header host", ["http-request set-header Host other.example"]],
  ["set-header to an empty value", ['http-request set-header X-A "%[req.hdr(none)]"']],
  ["rules run in order", [
    "http-request set-header X-C 1",
    "http-request replace-header X-C 1 2",
    "http-request add-header X-C 3",
    "http-request del-header X-C if { path /nope }",
  ]],
  ["set-header with quotes flag", ['http-request set-header X-Q "%{+Q}[req.hdr(x-a)]"']],
  ["set-header connection does not reach the wire twice", [
    "http-request set-header X-Forwarded-Proto http",
    "http-request set-header X-Forwarded-Port %[dst_port]",
  ]],
  ["set-src changes what src gives", [
    "http-request set-src req.hdr(x-ip)",
    "http-request set-header X-S %[src]",
  ]],
  ["set-src leaves src when the value is no address", [
    "http-request set-src req.hdr(x-a)",
    "http-request set-header X-S %[src]",
  ]],
  ["set-src-port", [
    "http-request set-src-port int(1234)",
    "http-request set-header X-S %[src_port]",
  ]],
  ["set-dst and set-dst-port", [
    "http-request set-dst str(9.8.7.6)",
    "http-request set-dst-port int(99)",
    'http-request set-header X-D "%[dst]:%[dst_port]"',
  ]],
  ["set-var and unset-var", [
    "http-request set-var(txn.a) str(one)",
    'http-request set-header X-V "[%[var(txn.a)]]"',
    "http-request unset-var(txn.a)",
    'http-request set-header X-U "[%[var(txn.a)]]"',
  ]],
  ["set-var-fmt", [
    'http-request set-var-fmt(txn.f) "%HM-%[path]"',
    "http-request set-header X-V %[var(txn.f)]",
  ]],
  ["set-var with a condition", [
    "http-request set-var(txn.a) int(1) if { path /a }",
    'http-request set-header X-V "[%[var(txn.a)]]"',
  ]],
  ["early-hint before the answer", [
    'http-request early-hint Link "</s.css>; rel=preload"',
    'http-request early-hint Link "</t.js>; rel=preload"',
  ]],
  ["strict-mode off forgives a failing rewrite", [
    "http-request strict-mode off",
    "http-request set-header X-Ok 1",
  ]],
  ["strict-mode on", ["http-request strict-mode on", "http-request set-header X-Ok 1"]],
  ["set-log-level leaves the exchange alone", ["http-request set-log-level silent"]],
  ["set-nice and set-tos of no effect here are left out", [
    "http-request set-header X-Ok 1 if TRUE",
  ]],
];

const HEADER_REQUEST = get(
  "/a",
  "X-A: first",
  "X-B: bee",
  "X-A: second",
  "X-L: a, b,c",
  "X-Ip: 1.2.3.4",
  "Not-A: 1",
);

const LISTS: readonly Case[] = [
  rules(
    "add-acl and del-acl change the list for later requests",
    [
      "http-request add-acl(FILE(l)) %[req.hdr(x-v)] if { path /add }",
      "http-request del-acl(FILE(l)) %[req.hdr(x-v)] if { path /del }",
      "http-request return status 200 content-type text/plain string in if { req.hdr(x-v) -f FILE(l) }",
      "http-request return status 200 content-type text/plain string out",
    ],
    ["/see", "/add", "/see", "/del", "/see"].map((path) => get(path, "X-V: value")),
    { files: { l: "other\n" } },
  ),
  rules("set-map and del-map change the map for later requests", [
    "http-request set-map(FILE(m)) %[req.hdr(x-k)] %[req.hdr(x-v)] if { path /set }",
    "http-request del-map(FILE(m)) %[req.hdr(x-k)] if { path /del }",
    'http-request return status 200 content-type text/plain lf-string "[%[req.hdr(x-k),map(FILE(m))]]"',
  ], [
    get("/", "X-K: a"),
    get("/set", "X-K: a", "X-V: 2"),
    get("/", "X-K: a"),
    get("/set", "X-K: n", "X-V: new"),
    get("/", "X-K: n"),
    get("/del", "X-K: a"),
    get("/", "X-K: a"),
  ], { files: { m: "a 1\n" } }),
];

export const requestActionCases: readonly Case[] = [
  ...ANSWERING,
  ...RETURNS.map((line) =>
    rules(`http-request ${line}`, [`http-request ${line}`], [
      get("/x?y"),
      "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n",
    ], {
      files: {
        page: "path is %[path]\n",
        raw: "HTTP/1.1 404 Nowhere\r\nX-Raw: 1\r\nContent-Length: 4\r\n\r\nraw\n",
      },
    })
  ),
  ...REDIRECTS.map((line) =>
    rules(`http-request ${line}`, [`http-request ${line}`], REDIRECT_REQUESTS)
  ),
  rules("redirect keyword comes after the http-request rules", [
    "redirect location /r if { path /a }",
    "http-request set-path /a if { path /b }",
  ], [get("/a"), get("/b"), get("/c")]),
  ...HEADERS.map(([name, lines]) => rules(name, lines, [HEADER_REQUEST])),
  ...LISTS,
  rules("wait-for-body holds the request until the body is there", [
    "http-request wait-for-body time 500ms",
    "http-request set-header X-Len %[req.body_len]",
  ], [
    [request("POST", "/", ["Content-Length: 6"]), "abc", "def"],
  ], {
    clients: [{
      pieces: [request("POST", "/", ["Content-Length: 6"]), "abc", "def"],
      methods: ["POST"],
    }],
  }),
  rules(
    "wait-for-body at-least",
    [
      "http-request wait-for-body time 500ms at-least 3",
      "http-request set-header X-Len %[req.body_len,bool]",
    ],
    [],
    {
      clients: [{
        pieces: [request("POST", "/", ["Content-Length: 6"]), "abc", "def"],
        methods: ["POST"],
      }],
    },
  ),
  rules("http-request capture into a declared slot", [
    "declare capture request len 5",
    "http-request capture req.hdr(x-a) id 0",
    'http-request set-header X-Cap "[%[capture.req.hdr(0)]]"',
  ], [HEADER_REQUEST]),
  rules("http-request capture len", [
    "http-request capture req.hdr(x-b) len 2",
    'http-request set-header X-Cap "[%[capture.req.hdr(0)]]"',
  ], [HEADER_REQUEST]),
  {
    name: "backend rules run after those of the frontend",
    frontend: ["http-request set-header X-O fe"],
    backends: { main: ["http-request add-header X-O be", "server o1 ORIGIN1"] },
    clients: each(get("/")),
  },
  rules("disable-l7-retry leaves a first attempt alone", ["http-request disable-l7-retry"], [
    get("/"),
  ]),
  {
    name: "set-timeout server in a backend",
    frontend: [],
    backends: { main: ["http-request set-timeout server 2s", "server o1 ORIGIN1"] },
    clients: each(get("/")),
  },
  {
    name: "a backend's deny answers instead of the server",
    frontend: [],
    backends: { main: ["http-request deny if { path /no }", "server o1 ORIGIN1"] },
    clients: each(get("/no"), get("/ok")),
  },
];
