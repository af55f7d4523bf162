/** One case of rules run over one message, here and by haproxy. */
export interface RuleCase {
  /** Rule lines; `http-request` is meant where no rule set is named. */
  readonly rules: readonly string[];
  /** Method and target, `GET /` without one. */
  readonly request?: string;
  /** Request headers behind Host, one a line. */
  readonly headers?: string;
  readonly host?: string;
  /** What the server answers: head without its last empty line. */
  readonly response?: string;
}

/** A rule line with its rule set. */
export function splitRule(line: string): { ruleSet: RuleLineSet; words: string } {
  for (const ruleSet of ["http-request", "http-response", "http-after-response"] as const) {
    if (line.startsWith(ruleSet + " ")) return { ruleSet, words: line.slice(ruleSet.length + 1) };
  }
  return { ruleSet: "http-request", words: line };
}

export type RuleLineSet = "http-request" | "http-response" | "http-after-response";

const normalizers = [
  ["path-strip-dot", "/. /./ /./bar/ /a/./a /.well-known/ /a/. /a/./?x=/./ /././. /a. /a/.? /./.."],
  [
    "path-strip-dotdot",
    "/foo/../ /foo/../bar/ /foo/bar/../ /../bar/ /bar/../../ /foo//../ /foo/.. /.. /../.. " +
    "/a/b/../../.. /a/../.. /a/..?x=/b/.. /a/... /../a/.. //.. /a/b/.. /../../a /a/../../b/.. /a/../b",
  ],
  [
    "path-strip-dotdot full",
    "/foo/../ /foo/../bar/ /foo/bar/../ /../bar/ /bar/../../ /foo//../ /foo/.. /.. /../.. " +
    "/a/b/../../.. /a/../.. /a/..?x=/b/.. /a/... /../a/.. //.. /a/b/.. /../../a /a/../../b/..",
  ],
  ["path-merge-slashes", "// /foo//bar /a///b//?x//y"],
  [
    "percent-decode-unreserved",
    "/%61dmin /foo%3Fbar=baz /%%36%36 /%ZZ /%7e%7E%2d%2D%5f%5F%2e /% /%4 /a?%61=%62 /%2f%41 /%25%36%31",
  ],
  ["percent-decode-unreserved strict", "/%61dmin /%%36%36 /%ZZ /% /%4 /a?%61=%6"],
  ["percent-to-uppercase", "/%6f /%zz /%aF%3c /% /%4 /a?%6f%aa /%%aa"],
  ["percent-to-uppercase strict", "/%6f /%zz /% /%4 /a?%6f%a"],
  [
    "query-sort-by-name",
    "/?c=3&a=1&b=2 /?aaa=3&a=1&aa=2 /?a=3&b=4&a=1&b=5&a=2 /? / /?&&b&a /?a&a=1&a= /?b;a /?z=1& " +
    "/?a-=1&a=2 /?A=1&a=2&B=3 /?ab=1&a%=2",
  ],
] as const;

const normalizerCases: RuleCase[] = normalizers.flatMap(([normalizer, targets]) =>
  targets.split(" ").map((target) => ({
    rules: [`normalize-uri ${normalizer}`],
    request: `GET ${target}`,
  }))
);

const requestLineCases: RuleCase[] = [
  { rules: ["set-path /new"], request: "GET /old?x=1" },
  { rules: ["set-path /%[path]"], request: "GET /old" },
  { rules: ["set-path /new"], request: "GET http://a.tld/old?x=1", host: "a.tld" },
  { rules: ["set-path /star"], request: "OPTIONS *" },
  { rules: ["set-path /a?b"], request: "GET /old?x" },
  { rules: ["set-pathq /new"], request: "GET /old?x=1" },
  { rules: ["set-pathq /new?y"], request: "GET http://a.tld/old?x=1", host: "a.tld" },
  { rules: ["set-query y=2"], request: "GET /old?x=1" },
  { rules: ["set-query y=2"], request: "GET /old" },
  { rules: ["set-query %[req.hdr(none)]"], request: "GET /old" },
  { rules: ["set-query %[req.hdr(none)]"], request: "GET /old?x" },
  { rules: ["set-query %[query]&z"], request: "GET /old?x?y" },
  { rules: ["set-uri /a/b?c"], request: "GET /old?x" },
  { rules: ["set-uri http://new.tld/a"], request: "GET /old?x" },
  { rules: ["set-uri http://new.tld:8080/a"], request: "GET /old?x" },
  { rules: ["set-uri /a"], request: "GET http://a.tld/old", host: "a.tld" },
  { rules: ["set-uri http://new.tld"], request: "GET /old?x" },
  { rules: ["set-method POST"], request: "GET /" },
  { rules: ["set-method FOO%[path,bytes(1)]"], request: "GET /BAR" },
  { rules: ["replace-path (.*) /foo\\1"], request: "GET /bar?q=1" },
  { rules: ["replace-path /foo/(.*) /\\1"], request: "GET /foo/bar?q=1" },
  { rules: ["replace-path /b(.)r /X\\1"], request: "GET /foo/bar/baz" },
  { rules: ["replace-path nomatch /X"], request: "GET /foo" },
  { rules: ["replace-path /(a)(x)?(.) /\\3\\2\\1\\0\\9"], request: "GET /ab" },
  { rules: ["replace-path /(a) /\\x41\\x62\\q"], request: "GET /a" },
  { rules: ["replace-path (.*) /p\\1"], request: "GET http://a.tld/x?y", host: "a.tld" },
  { rules: ["replace-pathq ([^?]*)(\\?(.*))? \\1/foo\\2"], request: "GET /bar?q=1" },
  { rules: ["replace-pathq ([^?]*)(\\?(.*))? \\1/foo\\2"], request: "GET /bar" },
  { rules: ["replace-uri ([^/:]*://[^/]*)?(.*) \\1/foo\\2"], request: "GET /bar?q=1" },
  { rules: ["replace-uri ^http://(.*) https://\\1"], request: "GET http://a.tld/x", host: "a.tld" },
  { rules: ["replace-uri ^/(.*) http://other.tld/\\1"], request: "GET /x" },
  { rules: ["replace-path /(.*) /%[method]-\\1"], request: "GET /x" },
  { rules: ["replace-path (.*) /x\\1"], request: "OPTIONS *" },
  { rules: ["replace-pathq (.*) /x\\1"], request: "OPTIONS *" },
  { rules: ["replace-uri (.*) /x\\1"], request: "OPTIONS *" },
  { rules: ["set-query a"], request: "OPTIONS *" },
  { rules: ["set-uri *"], request: "OPTIONS /x" },
  { rules: ["set-uri zzz"], request: "GET /x" },
  { rules: ["normalize-uri path-strip-dot"], request: "OPTIONS *" },
  { rules: ["add-header Host other.tld"], request: "GET http://a.tld/x", host: "a.tld" },
  { rules: ["del-header Host"], request: "GET http://a.tld/x", host: "a.tld" },
  { rules: ["del-header Host", "set-uri http://b.tld/x"], request: "GET /x" },
  { rules: ["replace-value Host .* other.tld"], request: "GET http://a.tld/x", host: "a.tld" },
  { rules: ["set-uri http://user@b.tld:80/x"], request: "GET /x" },
  { rules: ["set-header Host b.tld:80"], request: "GET http://a.tld/x", host: "a.tld" },
];

const headerCases: RuleCase[] = [
  { rules: ["add-header X-A one", "add-header X-A two"], headers: "X-A: zero" },
  { rules: ["set-header X-A one"], headers: "X-A: a\nX-B: b\nx-a: c" },
  { rules: ["set-header X-A %[req.hdr(x-a)],new"], headers: "X-A: a" },
  { rules: ["set-header X-A %[req.hdr(none)]"] },
  { rules: ["del-header x-a"], headers: "X-A: a\nX-AB: b\nX-A: c" },
  { rules: ["del-header X-A -m beg"], headers: "X-A: a\nX-AB: b\nY-X-A: c" },
  { rules: ["del-header -A -m end"], headers: "X-A: a\nX-AB: b\nY-X-A: c" },
  { rules: ["del-header -a -m end"], headers: "X-A: a\nX-AB: b\nY-X-A: c" },
  { rules: ["del-header ab -m sub"], headers: "X-A: a\nX-AB: b\nY-X-A: c" },
  { rules: ["del-header ^x-.b -m reg"], headers: "X-A: a\nX-AB: b\nY-X-A: c" },
  { rules: ["del-header ^X-.B -m reg"], headers: "X-A: a\nX-AB: b\nY-X-A: c" },
  { rules: ["del-header X-A -m str"], headers: "X-A: a\nX-AB: b" },
  { rules: ["set-header Host other.tld"], request: "GET /x" },
  { rules: ["set-header Host other.tld"], request: "GET http://a.tld/x?y", host: "a.tld" },
  { rules: ["replace-header Host .* other.tld"], request: "GET http://a.tld/x", host: "a.tld" },
  {
    rules: ["replace-header Cookie foo=([^;]*);(.*) foo=\\1;ip=bi;\\2"],
    headers: "Cookie: foo=foobar; expires=Tue, 14-Jun-2016 01:40:45 GMT;",
  },
  { rules: ["replace-header User-Agent curl foo"], headers: "User-Agent: curl/7.47.0" },
  { rules: ["replace-header X (a)(b)? <\\2\\1>"], headers: "X: a, ab\nX: b\nX: xa" },
  { rules: ["replace-header X ^$ empty"], headers: "X:" },
  { rules: ["replace-header X (.*) [\\1]"], headers: "X: a, b" },
  { rules: ["replace-header X a %[method]\\\\1"], headers: "X: a" },
  {
    rules: ["replace-value X-Forwarded-For ^192\\.168\\.(.*)$ 172.16.\\1"],
    headers: "X-Forwarded-For: 192.168.10.1, 192.168.13.24, 10.0.0.37",
  },
  { rules: ["replace-value X b c"], headers: 'X: a,b , b;q=1,"x,b" ,,b' },
  { rules: ["replace-value X ^$ e"], headers: "X: a,,b\nX:" },
  { rules: ["replace-value X (.*) [\\1]"], headers: "X: a,  b\t,c" },
  { rules: ["set-header X-A a", "strict-mode off", "set-header X-B b", "strict-mode on"] },
];

const variableCases: RuleCase[] = [
  { rules: ["set-var(txn.a) req.hdr(x),upper", "set-header Y %[var(txn.a)]"], headers: "X: abc" },
  {
    rules: ["set-var(txn.a) int(1)", "set-var(txn.a) req.hdr(none)", "set-header Y %[var(txn.a)]"],
  },
  { rules: ["set-var-fmt(req.a) <%[path]>", "set-header Y %[var(req.a)]"], request: "GET /p" },
  { rules: ["set-var(txn.a) int(1)", "unset-var(txn.a)", "set-header Y %[var(txn.a)]"] },
  {
    rules: [
      "set-var(txn.a) int(1)",
      "set-var(txn.a,ifnotset) int(2)",
      "set-header Y %[var(txn.a)]",
    ],
  },
  {
    rules: ["set-var(txn.a,ifset) int(2)", "set-header Y %[var(txn.a)]"],
  },
  {
    rules: ["set-var(txn.a) int(5)", "set-var(txn.a,ifgt) int(3)", "set-header Y %[var(txn.a)]"],
  },
  {
    rules: ["set-var(txn.a) int(5)", "set-var(txn.a,iflt) int(3)", "set-header Y %[var(txn.a)]"],
  },
  {
    rules: ["set-var(txn.a,ifnotempty) req.hdr(x)", "set-header Y %[var(txn.a)]"],
    headers: "X:",
  },
  {
    rules: ["set-var(txn.a,ifempty) req.hdr(x)", "set-header Y <%[var(txn.a)]>"],
    headers: "X:",
  },
];

const redirectCases: RuleCase[] = [
  { rules: ["redirect location /new?a=%[path]"], request: "GET /r?x" },
  { rules: ["redirect location http://x/ code 301"] },
  { rules: ["redirect prefix http://x code 301"], request: "GET /r?x=y" },
  { rules: ["redirect prefix http://x"], request: "GET http://a.tld/r?z", host: "a.tld" },
  { rules: ["redirect prefix http://x"], request: "OPTIONS *" },
  { rules: ["redirect prefix / drop-query append-slash set-cookie A=b"], request: "GET /r?x" },
  { rules: ["redirect prefix /"], request: "GET /r?x" },
  { rules: ["redirect prefix /%[path] drop-query"], request: "GET /r?x" },
  { rules: ["redirect prefix http://x append-slash"], request: "GET /r?x" },
  { rules: ["redirect prefix http://x append-slash"], request: "GET /r" },
  { rules: ["redirect prefix http://x drop-query append-slash"], request: "GET /r/?x" },
  { rules: ["redirect scheme https code 308 clear-cookie Z="], request: "GET /r?x" },
  { rules: ["redirect scheme https drop-query append-slash"], request: "GET /r?x" },
  { rules: ["redirect scheme https append-slash"], request: "GET /r?x" },
  { rules: ["redirect scheme https"], request: "OPTIONS *" },
  { rules: ["redirect scheme https"], request: "GET http://a.tld/r", host: "a.tld" },
  { rules: ["redirect location %[req.hdr(none)] ignore-empty", "set-header Y z"] },
  { rules: ["redirect location %[req.hdr(none)]"] },
  { rules: ["redirect location a code 307 append-slash drop-query"] },
  { rules: ["redirect location a code 303"] },
  { rules: ["redirect location / prefix /a code 302 code 301"], request: "GET /x" },
  {
    rules: ["redirect location /no if { path /x }", "redirect location /yes unless { path /x }"],
    request: "GET /y",
  },
];

const replyCases: RuleCase[] = [
  { rules: ["return status 200 content-type text/plain string hello hdr X-A b hdr X-C d"] },
  { rules: ["return"] },
  { rules: ["return status 404"] },
  { rules: ["return status 418"] },
  { rules: ["return status 599 hdr A b"] },
  { rules: ["return status 204"] },
  { rules: ["return status 404 default-errorfiles"] },
  {
    rules: ["return content-type text/html lf-string %[path] hdr X-B %[method]"],
    request: "GET /p",
  },
  { rules: ["return content-type a/b lf-string %[req.hdr(none)]"] },
  { rules: ["deny"] },
  { rules: ["deny deny_status 429"] },
  { rules: ["deny status 404"] },
  { rules: ["deny status 418 content-type text/plain string no"] },
  { rules: ["deny hdr a b"] },
  { rules: ["deny content-type a/b"] },
  { rules: ["deny status 200 hdr a b"] },
  { rules: ["tarpit"] },
  { rules: ["tarpit deny_status 403"] },
  { rules: ["auth"] },
  { rules: ["auth realm Gimme"] },
  { rules: ["allow", "deny"] },
  { rules: ["deny if { hdr(x) a } or { hdr(x) b }"], headers: "X: b" },
  { rules: ["deny unless { hdr(x) a }"], headers: "X: a" },
  ...[200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 421, 422, 425, 429, 500, 501, 502, 503, 504]
    .map((status) => ({ rules: [`return status ${status} default-errorfiles`] })),
];

const response = "HTTP/1.1 200 OK\nSet-Cookie: C=1; expires=Tue, 14-Jun-2016 01:40:45 GMT\n" +
  "Cache-Control: max-age=3600, public\nX-A: a\nX-A: b\nContent-Length: 0";

const responseCases: RuleCase[] = [
  "http-response set-status 431",
  "http-response set-status 503 reason SlowDown",
  "http-response set-status 599",
  "http-response set-status 777",
  "http-response add-header X-A c",
  "http-response set-header X-A c",
  "http-response set-header X-A %[status]",
  "http-response del-header x-a",
  "http-response del-header x- -m beg",
  "http-response replace-header Set-Cookie (C=[^;]*);(.*) \\1;ip=bi;\\2",
  "http-response replace-value Cache-Control ^public$ private",
  "http-response deny",
  "http-response deny status 403",
  "http-response return status 201 content-type text/plain string r",
  "http-response redirect location /z",
  "http-response redirect location /%[status] code 301",
  "http-response allow",
  "http-after-response set-header X-After %[status]",
  "http-after-response del-header set-cookie",
  "http-after-response set-status 404",
  "http-response set-var(res.a) status",
].map((rule) => ({ rules: [rule], response }));

export const ruleCases: readonly RuleCase[] = [
  ...requestLineCases,
  ...headerCases,
  ...variableCases,
  ...redirectCases,
  ...replyCases,
  ...responseCases,
  ...normalizerCases,
];
