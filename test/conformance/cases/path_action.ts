import { type Case, get, request, rules } from "../case.ts";

const REQUESTS = [
  get("/a/b?c=d"),
  get("/"),
  get("/x?y?z"),
  get("http://abs.example/p?q=r", "Host: abs.example"),
  "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
];

const REWRITES: readonly string[] = [
  "set-path /new",
  "set-path /pre%[path]",
  "set-path /new?with=query",
  "set-path relative",
  "set-pathq /new?x=y",
  "set-pathq /only",
  "set-query a=b",
  "set-query ?a=b",
  "set-query %[query,upper]",
  'set-query "%[req.hdr(none)]"',
  "set-uri /fresh?uri",
  "set-uri http://u.example/z",
  "set-method PUT",
  "set-method BREW",
  "set-method head",
  "replace-path ^/a/(.*)$ /z/\\1",
  "replace-path (.*) /all\\1",
  "replace-path /nomatch /x",
  "replace-path ^/a /%[src]",
  "replace-pathq ^/([^?]*)(\\?.*)?$ /n/\\1\\2",
  "replace-pathq [?].* /cut",
  "replace-uri ^/(.*) /u/\\1",
  "replace-uri ^http://[^/]+ http://other.example",
  "replace-path (a)(b) \\2\\1",
  "normalize-uri path-merge-slashes",
  'set-path "/sp%[str(ace)]"',
  "replace-path ^/(\\w)/(\\w)$ /\\2/\\1",
];

const NORMALIZERS: readonly string[] = [
  "fragment-strip",
  "fragment-encode",
  "path-merge-slashes",
  "path-strip-dot",
  "path-strip-dotdot",
  "path-strip-dotdot full",
  "percent-decode-unreserved",
  "percent-decode-unreserved strict",
  "percent-to-uppercase",
  "percent-to-uppercase strict",
  "query-sort-by-name",
];

const NORMAL_REQUESTS = [
  get("//a///b//c?x//y"),
  get("/a/./b/../c/."),
  get("/../../x/.."),
  get("/%41%2f%7e%zz?%3d"),
  get("/a%2Fb%c3%a9?z=1&a=2&m&a=1"),
  get("/plain"),
];

export const pathActionCases: readonly Case[] = [
  ...REWRITES.filter((line) => !line.startsWith("normalize")).map((line) =>
    rules(`http-request ${line}`, [`http-request ${line}`], REQUESTS)
  ),
  ...NORMALIZERS.map((line) =>
    rules(`normalize-uri ${line}`, [`http-request normalize-uri ${line}`], NORMAL_REQUESTS)
  ),
  rules("set-method applies to requests with a body", ["http-request set-method PATCH"], [
    request("POST", "/", [], "abc"),
  ]),
  rules("rewritten path is what later rules see", [
    "http-request set-path /two if { path /one }",
    "http-request set-header X-P %[path]",
    "http-request set-header X-U %[url]",
    "http-request set-header X-C %[capture.req.uri]",
  ], [get("/one?q")]),
  rules(
    "use_backend sees the rewritten path",
    [
      "http-request set-path /img/x if { path /i }",
      "use_backend CASE_img if { path_beg /img }",
      "default_backend CASE_main",
    ],
    [get("/i"), get("/j")],
    {
      backends: { main: ["server o1 ORIGIN1"], img: ["server o2 ORIGIN2"] },
    },
  ),
];
