import { type Case, each, get, request } from "../case.ts";
import { host, two } from "./site_words.ts";

export const switching: readonly Case[] = [
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

export const maintenance: readonly Case[] = [
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
