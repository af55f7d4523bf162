import { answer, type Case, each, get, request } from "../case.ts";
import { host, two } from "./site_words.ts";

export const redirects: readonly Case[] = [
  {
    name: "site: everything to https, but for challenges",
    frontend: [
      "acl challenge path_beg /.well-known/acme-challenge/",
      "http-request redirect scheme https code 301 unless { ssl_fc } or challenge",
      "use_backend CASE_other if challenge",
      "default_backend CASE_main",
    ],
    backends: two,
    clients: each(
      get("/a?b=c", host("www.example.com")),
      get("/.well-known/acme-challenge/x"),
      request("POST", "/form", [], "x"),
      get("/", host("www.example.com:8080")),
    ),
  },
  {
    name: "site: one name for all",
    frontend: [
      "http-request redirect prefix http://www.example.com code 308 if { hdr(host) -i example.com }",
      "http-request redirect location http://%[hdr(host),regsub(^old\\.,new.)]%[capture.req.uri] " +
      "code 302 if { hdr_beg(host) -i old. }",
    ],
    clients: each(
      get("/a?b", host("example.com")),
      get("/c/d?e=f&g", host("old.example.com")),
      get("/", host("www.example.com")),
    ),
  },
  {
    name: "site: redirects that drop the query, append a slash, set and clear cookies",
    frontend: [
      "redirect prefix / drop-query append-slash if { path /dir }",
      "redirect location /in set-cookie USER=1 if { path /login }",
      "redirect location /out clear-cookie USER= if { path /logout }",
      "redirect location /seen code 303 if { method POST } { path /form }",
      "redirect prefix /mobile if { hdr_sub(user-agent) -i mobile } !{ path_beg /mobile }",
    ],
    clients: each(
      get("/dir?x=1"),
      get("/login"),
      get("/logout"),
      request("POST", "/form", [], "a=b"),
      get("/page?q=1", "User-Agent: A Mobile Browser"),
      get("/mobile/page", "User-Agent: A Mobile Browser"),
    ),
  },
];

export const rewriting: readonly Case[] = [
  {
    name: "site: what a server behind a proxy wants to know",
    frontend: [
      "option forwardfor except 127.0.0.66 header X-Client",
      "http-request set-header X-Forwarded-Proto http",
      "http-request set-header X-Forwarded-Host %[req.hdr(host)]",
      "http-request set-header X-Forwarded-Port %[dst_port]",
      "http-request add-header Via 1.1-edge",
      "http-request del-header X-Secret- -m beg",
      "http-request set-header Host internal.example",
    ],
    clients: [
      {
        pieces: [get("/", "X-Client: 9.9.9.9", "Via: 1.0-other", "X-Secret-A: 1", "X-Secret-B: 2")],
      },
      { pieces: [get("/")], from: "127.0.0.66" },
    ],
  },
  {
    name: "site: forwardfor only where nobody said it",
    frontend: ["option forwardfor if-none"],
    clients: each(get("/", "X-Forwarded-For: 1.2.3.4"), get("/")),
  },
  {
    name: "site: an application under another path",
    frontend: [
      "http-request replace-path /app/(.*) /\\1 if { path_beg /app/ }",
      "http-request set-query %[query,regsub(debug=[^&]*&?,,g)] if { query -m found }",
      "http-response replace-header Location http://internal\\.example/(.*) http://www.example.com/app/\\1",
      "http-response replace-value Set-Cookie (.*)Path=/(.*) \\1Path=/app\\2",
    ],
    clients: each(get("/app/x/y?a=1&debug=yes&b=2"), get("/other?debug=1")),
    answers: {
      o1: [
        answer("302 Found", [
          "Location: http://internal.example/z",
          "Set-Cookie: a=b; Path=/",
        ]),
      ],
    },
  },
  {
    name: "site: an id for each request, given on and logged",
    frontend: [
      "unique-id-format %[src]-%[req.hdr(x-seed)]",
      "unique-id-header X-Request-ID",
      'log-format "CASE %ID %ST %b %{+Q}r"',
      "http-response set-header X-Request-ID %[unique-id]",
    ],
    clients: each(get("/a", "X-Seed: 1"), get("/b", "X-Seed: 2")),
    logs: 2,
    mask: [/^<\d+>.*?\]: /, /\n$/],
  },
  {
    name: "site: captures of headers and cookies in the log",
    frontend: [
      "option httplog",
      "capture request header Host len 20",
      "capture request header User-Agent len 10",
      "capture response header Content-Type len 12",
      "capture cookie SID len 12",
      "http-request capture path len 6",
    ],
    clients: each(
      get("/abcdefgh", "User-Agent: a very long agent", "Cookie: x=y; SID=1234567890abcdef"),
      get("/"),
    ),
    answers: { o1: [answer("200 OK", ["Content-Type: text/html; charset=utf-8"], "x")] },
    logs: 2,
    mask: [/^<\d+>.*?\] /, / [-\d/+]+ 200 \d+ /, / \d+\/\d+\/\d+\/\d+\/\d+ /],
  },
  {
    name: "site: health checks of others stay out of the log",
    frontend: [
      "option httplog",
      "http-request set-log-level silent if { path /ping }",
      "http-request return status 200 content-type text/plain string pong if { path /ping }",
    ],
    clients: each(get("/ping"), get("/real")),
    logs: 1,
    mask: [/^<\d+>.*?\] /, / [-\d/+]+ 200 \d+ /, / \d+\/\d+\/\d+\/\d+\/\d+ /],
  },
  {
    name: "site: compression and ranges are the server's affair",
    frontend: ["http-request del-header Accept-Encoding if { path_end .zip }"],
    clients: each(get("/a.zip", "Accept-Encoding: gzip"), get("/a.txt", "Accept-Encoding: gzip")),
  },
];

export const defaults: readonly Case[] = [
  {
    name: "site: balancing by address, by URI and by a parameter",
    frontend: [
      "use_backend CASE_uri if { path_beg /u }",
      "use_backend CASE_param if { path_beg /p }",
      "default_backend CASE_hdr",
    ],
    backends: {
      uri: ["balance uri", ...[1, 2, 3].map((n) => `server o${n} ORIGIN${n}`)],
      param: ["balance url_param id", ...[1, 2, 3].map((n) => `server o${n} ORIGIN${n}`)],
      hdr: ["balance hdr(x-key)", ...[1, 2, 3].map((n) => `server o${n} ORIGIN${n}`)],
    },
    clients: each(
      ...["/u/a", "/u/b", "/u/c?x", "/u/a", "/p?id=1", "/p?id=22", "/p?id=333"].map((p) => get(p)),
      ...["k1", "k2", "k3", "k1"].map((key) => get("/", `X-Key: ${key}`)),
    ),
  },
  {
    name: "site: connections that close after each answer",
    frontend: ["option httpclose"],
    clients: each([get("/a"), get("/b")]),
  },
  {
    name: "site: requests on one connection go where each belongs",
    frontend: ["use_backend CASE_other if { path_beg /o }", "default_backend CASE_main"],
    backends: two,
    clients: each([get("/m1"), get("/o1"), get("/m2"), get("/o2")]),
  },
  {
    name: "site: a list of users' agents and a default for what has none",
    frontend: [
      'http-request set-header User-Agent "unknown" unless { req.hdr(user-agent) -m found }',
      "http-request set-header X-Device mobile if { req.hdr(user-agent) -i -m sub iphone android }",
      "http-request set-header X-Device desktop unless { req.hdr(x-device) -m found }",
    ],
    clients: each(get("/", "User-Agent: an iPhone"), get("/", "User-Agent: other"), get("/")),
  },
];
