import { answer, type Case, each, get, request } from "../case.ts";

/** Configurations as people run them, in the style of the manual's examples. */

const basic = (user: string, password: string): string =>
  `Authorization: Basic ${btoa(`${user}:${password}`)}`;
const host = (name: string): string => `Host: ${name}`;

const two = { main: ["server o1 ORIGIN1"], other: ["server o2 ORIGIN2"] };

const switching: readonly Case[] = [
  {
    name: "site: static files, an API and the rest",
    frontend: [
      "acl host_www hdr_beg(host) -i www.",
      "acl host_api hdr(host) -i api.example.com",
      "acl is_static path_beg /static/ /images/ /favicon.ico",
      "acl is_static path_end -i .gif .png .jpg .css .js",
      "acl is_api path_beg /api/",
      "use_backend CASE_static if is_static { method GET HEAD }",
      "use_backend CASE_api if host_api or host_www is_api",
      "default_backend CASE_app",
    ],
    backends: {
      app: ["option forwardfor", "server o1 ORIGIN1"],
      api: [
        "http-request set-path %[path,regsub(^/api,)] if { path_beg /api/ }",
        "server o2 ORIGIN2",
      ],
      static: ["http-response set-header Cache-Control max-age=3600", "server o3 ORIGIN3"],
    },
    clients: each(
      get("/static/a.css", host("www.example.com")),
      get("/x/LOGO.PNG", host("www.example.com")),
      request("POST", "/static/upload", [host("www.example.com")], "x"),
      get("/api/v1/users?id=7", host("www.example.com")),
      get("/v1/users", host("API.example.com")),
      get("/api/v1", host("other.example.com")),
      get("/", host("www.example.com")),
    ),
  },
  {
    name: "site: virtual hosts from a map, with a wildcard behind it",
    files: { hosts: "shop.example.com other\nexample.com main\n", wild: ".example.org other\n" },
    frontend: [
      "http-request set-var(txn.site) req.hdr(host),field(1,:),lower,map_str(FILE(hosts))",
      "http-request set-var(txn.site) req.hdr(host),field(1,:),lower,map_end(FILE(wild)) " +
      "if !{ var(txn.site) -m found }",
      "http-request return status 404 content-type text/plain string nowhere unless " +
      "{ var(txn.site) -m found }",
      "use_backend CASE_%[var(txn.site)]",
    ],
    backends: two,
    clients: each(
      ...["shop.example.com", "Example.COM:8080", "a.b.example.org", "example.net"]
        .map((name) => get("/", host(name))),
    ),
  },
  {
    name: "site: versions of an API by Accept",
    frontend: [
      "acl v2 req.hdr(accept) -m sub application/vnd.example.v2+json",
      "use_backend CASE_other if v2",
      "default_backend CASE_main",
    ],
    backends: two,
    clients: each(
      get("/", "Accept: application/vnd.example.v2+json"),
      get("/", "Accept: text/html, application/vnd.example.v2+json;q=0.5"),
      get("/", "Accept: application/json"),
    ),
  },
  {
    name: "site: a canary by header, by cookie and by a part of the users",
    frontend: [
      "acl wants req.hdr(x-canary) -m str always",
      "acl refuses req.hdr(x-canary) -m str never",
      "acl has_cookie req.cook(canary) 1",
      "acl is_lucky req.cook(uid),crc32(1),mod(100) lt 30",
      "use_backend CASE_other if !refuses wants or !refuses has_cookie or !refuses is_lucky",
      "default_backend CASE_main",
    ],
    backends: {
      main: ["server o1 ORIGIN1"],
      other: [
        'http-response add-header Set-Cookie "canary=1; Path=/; Max-Age=3600" unless ' +
        "{ req.cook(canary) -m found }",
        "server o2 ORIGIN2",
      ],
    },
    clients: each(
      get("/", "X-Canary: always"),
      get("/", "X-Canary: never", "Cookie: canary=1"),
      get("/", "Cookie: a=b; canary=1; c=d"),
      ...["ann", "bob", "cid", "dan", "eve", "fay"].map((uid) => get("/", `Cookie: uid=${uid}`)),
      get("/"),
    ),
  },
  {
    name: "site: moved pages from a map",
    files: { moved: "/old /new\n/blog https://blog.example.com/\n" },
    frontend: [
      "http-request redirect code 301 location %[path,map_str(FILE(moved))] if " +
      "{ path,map_str(FILE(moved)) -m found }",
    ],
    clients: each(get("/old"), get("/blog?x=1"), get("/older")),
  },
  {
    name: "site: a spare takes over when nobody else is left",
    frontend: ["option dontlognull"],
    backends: {
      main: [
        "option redispatch",
        "retries 1",
        "retry-on conn-failure",
        "balance first",
        "server dead REFUSED",
        "server o1 ORIGIN1 backup",
        "server o2 ORIGIN2",
      ],
    },
    clients: each(get("/a"), get("/b")),
  },
];

const maintenance: readonly Case[] = [
  {
    name: "site: a maintenance page for all but the administrators",
    files: { page: "<h1>Back soon</h1>\n", admins: "127.0.0.66\n10.0.0.0/8\n" },
    frontend: [
      "acl is_admin src -f FILE(admins)",
      "http-request return status 503 content-type text/html file FILE(page) hdr Retry-After 120 " +
      "unless is_admin",
    ],
    clients: [
      { pieces: [get("/")] },
      { pieces: [get("/")], from: "127.0.0.66" },
    ],
  },
  {
    name: "site: the page of a backend without servers",
    files: {
      sorry:
        "HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nsorry\n",
    },
    frontend: [
      "acl dead nbsrv(CASE_main) lt 1",
      "use_backend CASE_sorry if dead",
      "default_backend CASE_main",
    ],
    backends: {
      main: ["server o1 ORIGIN1 disabled"],
      sorry: ["errorfile 503 FILE(sorry)"],
    },
    clients: each(get("/")),
  },
  {
    name: "site: a monitor that fails when servers do",
    frontend: [
      "monitor-uri /health",
      "acl dead nbsrv(CASE_other) lt 1",
      "monitor fail if dead { hdr(x-strict) 1 }",
      "default_backend CASE_main",
    ],
    backends: { main: ["server o1 ORIGIN1"], other: ["server o2 ORIGIN2 disabled"] },
    clients: each(
      get("/health"),
      get("/health", "X-Strict: 1"),
      get("/health?x"),
      get("/healthy"),
      request("HEAD", "/health"),
    ),
  },
  {
    name: "site: errors from an http-errors section, and one of the backend's own",
    files: {
      e403: "HTTP/1.1 403 No\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nno\n",
      e404: "HTTP/1.1 404 Gone\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\ngone\n",
    },
    sections: {
      "http-errors CASE_pages": ["errorfile 403 FILE(e403)", "errorfile 404 FILE(e404)"],
    },
    frontend: [
      "errorfiles CASE_pages",
      "http-request deny deny_status 404 if { path /gone }",
      "http-request deny if { path /no }",
      "http-request deny deny_status 429 if { path /slow }",
      "http-request deny deny_status 500 errorfiles CASE_pages if { path /whole }",
    ],
    clients: each(get("/gone"), get("/no"), get("/slow"), get("/whole"), get("/yes")),
  },
  {
    name: "site: errors made by http-error",
    frontend: [
      'http-error status 404 content-type application/json lf-string \'{"path":"%[path,json]"}\'',
      'http-error status 503 content-type text/plain string "back soon" hdr Retry-After 30',
      "http-request deny deny_status 404 if { path_beg /x }",
    ],
    backends: { main: ["retries 0", "server dead REFUSED"] },
    clients: each(get('/x"y'), get("/")),
  },
  {
    name: "site: errors sent elsewhere",
    frontend: [
      "errorloc 403 http://errors.example/403",
      "errorloc303 503 http://errors.example/503",
      "http-request deny if { path /no }",
    ],
    backends: { main: ["retries 0", "server dead REFUSED"] },
    clients: each(get("/no"), get("/")),
  },
];

const security: readonly Case[] = [
  {
    name: "site: basic authentication by groups",
    sections: {
      "userlist CASE_users": [
        "group admins users ann",
        "group readers users ann,bob",
        "user ann insecure-password secret",
        "user bob password $5$k6fPBsNS$Q.JFGRkMbXXMvXjCkoaIt4I2VT0yQ1j3hPvUpxQXq/1",
        "user cid insecure-password third",
      ],
    },
    frontend: [
      "acl known http_auth(CASE_users)",
      "acl is_admin http_auth_group(CASE_users) admins",
      "http-request auth realm Members unless known",
      "http-request deny if { path_beg /admin } !is_admin",
      "http-request set-header X-User %[req.hdr(authorization),word(2,\\ ),b64dec,field(1,:)]",
      "http-request del-header Authorization",
    ],
    clients: each(
      get("/"),
      get("/", basic("ann", "secret")),
      get("/admin/x", basic("ann", "secret")),
      get("/admin/x", basic("cid", "third")),
      get("/", basic("ann", "wrong")),
      get("/", "Authorization: Basic ???"),
    ),
  },
  {
    name: "site: who may come in, and how",
    files: { bots: "badbot\nevilcrawler\n" },
    frontend: [
      "acl bot req.hdr(user-agent) -i -m sub -f FILE(bots)",
      "acl safe_method method GET HEAD POST OPTIONS",
      "acl traversal path_sub -i ../ %2e%2e",
      "http-request deny deny_status 405 unless safe_method",
      "http-request deny if bot or traversal",
      "http-request deny deny_status 400 if { req.hdr_cnt(host) gt 1 }",
      "http-request deny deny_status 413 if { req.hdr_val(content-length) gt 100 }",
    ],
    clients: each(
      get("/", "User-Agent: Mozilla BadBot/1.0"),
      get("/a/%2E%2E/b"),
      request("DELETE", "/"),
      request("POST", "/", [], "x".repeat(200)),
      get("/", "User-Agent: Mozilla"),
    ),
  },
  {
    name: "site: tarpit for the impatient",
    frontend: ["timeout tarpit 100ms", "http-request tarpit deny_status 429 if { hdr(x-rude) 1 }"],
    clients: each(get("/", "X-Rude: 1"), get("/")),
  },
  {
    name: "site: an address list with exceptions",
    files: { blocked: "127.0.0.64/26\n192.0.2.0/24\n" },
    frontend: [
      "acl blocked src -f FILE(blocked)",
      "acl friend src 127.0.0.66",
      "http-request deny if blocked !friend",
    ],
    clients: ["127.0.0.65", "127.0.0.66", "127.0.0.2"].map((from) => ({
      pieces: [get("/")],
      from,
    })),
  },
  {
    name: "site: a token in the body, which is waited for",
    frontend: [
      "option http-buffer-request",
      "acl has_token req.body -m sub token=secret",
      "http-request deny unless has_token",
    ],
    clients: [
      { pieces: [request("POST", "/", [], "a=1&token=secret")] },
      { pieces: [request("POST", "/", [], "a=1&token=guess")] },
      {
        pieces: [
          request("POST", "/", ["Content-Length: 16"]),
          "a=1&token",
          "=secret",
        ],
        methods: ["POST"],
      },
    ],
  },
];

const origins = "^https://([a-z0-9-]+\\.)?example\\.com$";

const cors: readonly Case[] = [
  {
    name: "site: CORS with a list of origins",
    frontend: [
      `acl allowed req.hdr(origin) -m reg ${origins}`,
      "acl preflight method OPTIONS",
      "http-request set-var(txn.origin) req.hdr(origin) if allowed",
      "http-request return status 204 hdr Access-Control-Allow-Origin %[var(txn.origin)] " +
      'hdr Access-Control-Allow-Methods "GET, POST" hdr Access-Control-Max-Age 600 ' +
      "if preflight allowed { req.hdr(access-control-request-method) -m found }",
      "http-request deny if preflight",
      "http-response set-header Access-Control-Allow-Origin %[var(txn.origin)] " +
      "if { var(txn.origin) -m found }",
      "http-response add-header Vary Origin",
    ],
    clients: each(
      request("OPTIONS", "/", [
        "Origin: https://app.example.com",
        "Access-Control-Request-Method: POST",
      ]),
      request("OPTIONS", "/", [
        "Origin: https://evil.example.net",
        "Access-Control-Request-Method: POST",
      ]),
      get("/", "Origin: https://example.com"),
      get("/", "Origin: https://example.com.evil.net"),
      get("/"),
    ),
    answers: { o1: [answer("200 OK", ["Vary: Accept-Encoding"], "data")] },
  },
  {
    name: "site: headers that browsers ask for, on every answer",
    frontend: [
      'http-after-response set-header Strict-Transport-Security "max-age=31536000; includeSubDomains"',
      "http-after-response set-header X-Content-Type-Options nosniff",
      "http-after-response del-header Server",
      "http-after-response del-header x-powered-by",
      "http-request deny if { path /no }",
    ],
    clients: each(get("/"), get("/no")),
    answers: { o1: [answer("200 OK", ["Server: apache", "X-Powered-By: PHP"], "x")] },
  },
];

const redirects: readonly Case[] = [
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

const rewriting: readonly Case[] = [
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

const defaults: readonly Case[] = [
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

export const siteCases: Readonly<Record<string, readonly Case[]>> = {
  "content switching": switching,
  "maintenance and error pages": maintenance,
  "access": security,
  "CORS and security headers": cors,
  "redirects": redirects,
  "rewriting and logging": rewriting,
  "connections and balancing": defaults,
};
