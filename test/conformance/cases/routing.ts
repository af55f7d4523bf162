import { type Case, each, get, request, rules } from "../case.ts";

const TWO = {
  main: ["server o1 ORIGIN1"],
  other: ["server o2 ORIGIN2"],
  third: ["server o3 ORIGIN3"],
};

const ERROR_FILE = "HTTP/1.0 503 Down\r\nContent-Type: text/plain\r\nX-Page: mine\r\n\r\nsorry\n";

export const routingCases: readonly Case[] = [
  rules(
    "use_backend takes the first that holds",
    [
      "use_backend CASE_other if { path_beg /o }",
      "use_backend CASE_third if { path_beg /o /t }",
      "default_backend CASE_main",
    ],
    ["/o", "/t", "/m"].map((p) => get(p)),
    { backends: TWO },
  ),
  rules(
    "use_backend without a condition",
    ["use_backend CASE_other", "default_backend CASE_main"],
    [get("/")],
    { backends: TWO },
  ),
  rules(
    "use_backend unless",
    ["use_backend CASE_other unless { hdr(host) main.example }", "default_backend CASE_main"],
    [get("/"), get("/", "Host: main.example")],
    { backends: TWO },
  ),
  rules(
    "use_backend with a log format",
    ["use_backend CASE_%[req.hdr(x-to)]", "default_backend CASE_main"],
    [get("/", "X-To: other"), get("/", "X-To: third"), get("/", "X-To: nope"), get("/")],
    { backends: TWO },
  ),
  rules(
    "use_backend through a map",
    ["use_backend CASE_%[hdr(host),lower,map(FILE(hosts),main)]"],
    [get("/", "Host: a.example"), get("/", "Host: B.Example"), get("/", "Host: c.example")],
    { backends: TWO, files: { hosts: "a.example other\nb.example third\n" } },
  ),
  rules("a backend that is nowhere gives 503", ["use_backend CASE_%[path,bytes(1)] if TRUE"], [
    get("/other"),
    get("/none"),
  ], { backends: TWO }),
  {
    name: "no backend at all gives 503",
    frontend: ["use_backend CASE_main if { path /never }"],
    backends: TWO,
    clients: each(get("/")),
  },
  {
    name: "hosts by prefix and suffix",
    frontend: [
      "acl host_www hdr_beg(host) -i www",
      "acl host_static hdr_beg(host) -i img. video. download. ftp.",
      "acl url_static path_beg /static /images /img /css",
      "acl url_static path_end .gif .png .jpg .css .js",
      "use_backend CASE_other if host_static or host_www url_static",
      "use_backend CASE_main if host_www",
      "default_backend CASE_third",
    ],
    backends: TWO,
    clients: each(
      get("/", "Host: www.x"),
      get("/img/a", "Host: www.x"),
      get("/a.png", "Host: WWW.x"),
      get("/", "Host: img.x"),
      get("/a.png", "Host: other.x"),
      get("/"),
    ),
  },
  {
    name: "a refused server gives 503 after retries",
    frontend: [],
    backends: { main: ["timeout connect 200ms", "server dead REFUSED"] },
    clients: each(get("/")),
  },
  {
    name: "redispatch goes to another server",
    frontend: [],
    backends: {
      main: [
        "balance roundrobin",
        "option redispatch",
        "retries 1",
        "timeout connect 200ms",
        "server dead REFUSED",
        "server live ORIGIN2",
      ],
    },
    clients: each(get("/")),
  },
  {
    name: "no servers gives 503",
    frontend: [],
    backends: { main: ["balance roundrobin"] },
    clients: each(get("/")),
  },
  {
    name: "disabled servers are left out",
    frontend: [],
    backends: { main: ["server a ORIGIN1 disabled", "server b ORIGIN2"] },
    clients: each(get("/1"), get("/2")),
  },
  {
    name: "a backup serves when the others are disabled",
    frontend: [],
    backends: {
      main: ["server a ORIGIN1 disabled", "server b ORIGIN2 backup", "server c ORIGIN3 backup"],
    },
    clients: each(get("/1"), get("/2"), get("/3")),
  },
  {
    name: "a backup waits while others serve",
    frontend: [],
    backends: { main: ["server a ORIGIN1", "server b ORIGIN2 backup"] },
    clients: each(get("/1"), get("/2")),
  },
  {
    name: "allbackups spreads over all backups",
    frontend: [],
    backends: {
      main: [
        "option allbackups",
        "balance roundrobin",
        "server a ORIGIN1 disabled",
        "server b ORIGIN2 backup",
        "server c ORIGIN3 backup",
      ],
    },
    clients: each(get("/1"), get("/2"), get("/3"), get("/4")),
  },
  ...["roundrobin", "static-rr", "leastconn", "first"].map((algorithm): Case => ({
    name: `balance ${algorithm} over sequential requests`,
    frontend: [],
    backends: {
      main: [
        `balance ${algorithm}`,
        "server a ORIGIN1 maxconn 10",
        "server b ORIGIN2 maxconn 10",
        "server c ORIGIN3 maxconn 10",
      ],
    },
    clients: each(...["/1", "/2", "/3", "/4", "/5"].map((p) => get(p))),
  })),
  {
    name: "balance roundrobin with weights",
    frontend: [],
    backends: {
      main: [
        "balance roundrobin",
        "server a ORIGIN1 weight 3",
        "server b ORIGIN2 weight 1",
        "server c ORIGIN3 weight 2",
      ],
    },
    clients: each(...Array.from({ length: 12 }, (_, n) => get(`/${n}`))),
  },
  {
    name: "balance static-rr with weights",
    frontend: [],
    backends: {
      main: ["balance static-rr", "server a ORIGIN1 weight 2", "server b ORIGIN2 weight 1"],
    },
    clients: each(...Array.from({ length: 7 }, (_, n) => get(`/${n}`))),
  },
  {
    name: "balance source keeps a client on its server",
    frontend: [],
    backends: {
      main: ["balance source", "server a ORIGIN1", "server b ORIGIN2", "server c ORIGIN3"],
    },
    clients: Array.from(
      { length: 12 },
      (_, n) => ({ pieces: [get(`/${n}`)], from: `127.0.0.${10 + (n >> 1) * 7}` }),
    ),
  },
  {
    name: "balance source with weights",
    frontend: [],
    backends: {
      main: ["balance source", "server a ORIGIN1 weight 3", "server b ORIGIN2 weight 1"],
    },
    clients: Array.from(
      { length: 8 },
      (_, n) => ({ pieces: [get(`/${n}`)], from: `127.0.0.${20 + n}` }),
    ),
  },
  {
    name: "weight 0 takes no new requests",
    frontend: [],
    backends: { main: ["server a ORIGIN1 weight 0", "server b ORIGIN2"] },
    clients: each(get("/1"), get("/2")),
  },
  {
    name: "use-server",
    frontend: [],
    backends: {
      main: [
        "use-server b if { path_beg /b }",
        "use-server c if { req.hdr(x-c) -m found }",
        "server a ORIGIN1",
        "server b ORIGIN2 weight 0",
        "server c ORIGIN3 weight 0",
      ],
    },
    clients: each(get("/a"), get("/b"), get("/", "X-C: 1")),
  },
  {
    name: "errorfile replaces the page",
    frontend: ["errorfile 503 FILE(page)", "use_backend CASE_main if { path /never }"],
    files: { page: ERROR_FILE },
    clients: each(get("/")),
  },
  {
    name: "errorfile of the backend",
    frontend: [],
    files: { page: ERROR_FILE },
    backends: { main: ["errorfile 503 FILE(page)", "http-request deny deny_status 503"] },
    clients: each(get("/")),
  },
  {
    name: "errorloc redirects",
    frontend: ["errorloc 403 /sorry", "http-request deny"],
    clients: each(get("/")),
  },
  {
    name: "errorloc303",
    frontend: ["errorloc303 403 http://e.example/x", "http-request deny"],
    clients: each(get("/"), request("POST", "/", [], "x")),
  },
  {
    name: "http-error with a string",
    frontend: [
      "http-error status 403 content-type text/plain string nope hdr x-e 1",
      "http-request deny",
    ],
    clients: each(get("/")),
  },
  {
    name: "http-error with a log format",
    frontend: [
      'http-error status 403 content-type text/plain lf-string "no %[path]"',
      "http-request deny",
    ],
    clients: each(get("/p")),
  },
  {
    name: "http-errors section and errorfiles",
    frontend: [
      "errorfiles CASE_errors 503",
      "http-request deny deny_status 503 if { path /a }",
      "http-request deny deny_status 403",
    ],
    sections: {
      "http-errors CASE_errors": ["errorfile 503 FILE(page)", "errorfile 403 FILE(page2)"],
    },
    files: { page: ERROR_FILE, page2: "HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nno\n" },
    clients: each(get("/a"), get("/b")),
  },
  {
    name: "return errorfiles of a section",
    frontend: ["http-request return status 403 errorfiles CASE_errors"],
    sections: { "http-errors CASE_errors": ["errorfile 403 FILE(page)"] },
    files: { page: "HTTP/1.1 403 No\r\nX-S: 1\r\nContent-Length: 3\r\n\r\nno\n" },
    clients: each(get("/a")),
  },
  {
    name: "monitor-uri answers before any rule",
    frontend: ["monitor-uri /up", "http-request deny"],
    clients: each(get("/up"), get("/up?x"), get("/UP"), "HEAD /up HTTP/1.1\r\nHost: a\r\n\r\n"),
  },
  {
    name: "monitor fail",
    frontend: ["monitor-uri /up", "acl low nbsrv(CASE_main) lt 2", "monitor fail if low"],
    clients: each(get("/up")),
  },
  {
    name: "http-send-name-header",
    frontend: [],
    backends: { main: ["http-send-name-header X-Server", "server named ORIGIN1"] },
    clients: each(get("/")),
  },
  {
    name: "maxconn 1 queues nobody in sequence",
    frontend: [],
    backends: { main: ["server a ORIGIN1 maxconn 1"] },
    clients: each(get("/1"), get("/2")),
  },
];
