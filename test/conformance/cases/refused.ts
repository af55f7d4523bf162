/** A frontend that must not load. */
export interface RefusedCase {
  readonly name: string;
  readonly lines: readonly string[];
  /** Part of the message in both programs; absent where the wording is each one's own. */
  readonly message?: string;
  /** haproxy 2.6 accepts it; 3.5 does not. */
  readonly sinceNewer?: string;
}

function refused(
  lines: string | readonly string[],
  message?: string,
  sinceNewer?: string,
): RefusedCase {
  const list = typeof lines === "string" ? [lines] : lines;
  return { name: list.join("; "), lines: list, message, sinceNewer };
}

const REQUEST = "HTTP request headers";
const RESPONSE = "HTTP response headers";

function stranger(
  rule: string,
  expression: string,
  needs: string,
  called = expression,
  rest = "",
): RefusedCase {
  const message = `fetch method '${called}' extracts information from '${needs}', ` +
    "none of which is available here";
  return refused(`${rule} ${expression}${rest}`, message);
}

/** Expressions that have no answer where they stand. */
const strangers: readonly RefusedCase[] = [
  stranger("http-request set-var(txn.x)", "res.hdr(x)", RESPONSE, "set-var(txn.x)"),
  stranger("http-request set-src", "res.hdr(x)", RESPONSE),
  stranger("http-request set-src", "res.hdr(x) lower", RESPONSE, "lower"),
  stranger("http-request set-src-port", "res.hdr(x),length", RESPONSE),
  stranger("http-request set-dst", "res.hdr(x)", RESPONSE),
  stranger("http-request set-dst-port", "res.hdr(x),length", RESPONSE),
  stranger("http-request set-src", "srv_id", "server"),
  stranger("http-request set-src", "be_name", "backend"),
  stranger("http-request capture", "res.hdr(x)", RESPONSE, undefined, " len 10"),
  stranger("http-request capture", "be_name", "backend", undefined, " len 10"),
  stranger("http-response set-var(txn.x)", "path", REQUEST, "set-var(txn.x)"),
  stranger("http-response set-var(txn.x)", "req.body", REQUEST, "set-var(txn.x)"),
  stranger("http-response capture", "req.hdr(x)", REQUEST, undefined, " id 0"),
  stranger("http-after-response set-var(txn.x)", "path", REQUEST, "set-var(txn.x)"),
  stranger(
    "tcp-request connection set-var(sess.x)",
    "req.len",
    "request buffer",
    "set-var(sess.x)",
  ),
  stranger("tcp-request connection set-src", "res.hdr(x)", RESPONSE),
  stranger("tcp-request session set-var(sess.x)", "path", REQUEST, "set-var(sess.x)"),
  stranger("tcp-request content set-var(sess.x)", "res.hdr(x)", RESPONSE, "set-var(sess.x)"),
  stranger("tcp-request content capture", "res.hdr(x)", RESPONSE, undefined, " len 10"),
  stranger("tcp-request content set-src", "res.hdr(x)", RESPONSE),
  refused("http-request pause res.hdr(x),length", undefined),
];

/** Frontend lines that are fatal, with HAProxy's words for it. */
export const refusedCases: readonly RefusedCase[] = [
  refused("http-request deny if nope", "no such ACL : 'nope'"),
  refused("http-request deny if { nope /x }", "unknown fetch method 'nope'"),
  refused("http-request deny if { path,nope /x }", "unknown converter 'nope'"),
  refused(
    "http-request deny if { req.body abc }",
    "matching method must be specified first (using '-m') when using a sample fetch of this type",
  ),
  refused(
    "http-request deny if { req.body -m int 5 }",
    "matching method 'int' cannot be used with fetch keyword 'req.body'",
  ),
  refused("http-request deny if { path -m nope /x }", "unknown matching method 'nope'"),
  refused(
    "http-request deny if { path -m str -m beg /x }",
    "only one explicit matching method can be defined with '-m' parameter",
    "2.6 takes the last -m",
  ),
  refused(
    "http-request deny if { int(5) foo }",
    "'foo' is not a number",
  ),
  refused(
    "http-request deny if { int(5) gt foo }",
    "'foo' is neither a number nor a supported operator",
  ),
  refused("http-request deny if { int(5) 9:1 }", "'9:1' is not a valid number range"),
  refused("http-request deny if { path -m reg ( }", "is invalid"),
  refused("http-request deny if { path /x", "missing closing '}' in condition"),
  refused("http-request deny if { }", "missing fetch method in ACL expression"),
  refused("http-request deny when TRUE", "expects"),
  refused("http-request deny if a and b", "no such ACL"),
  refused("http-request deny if ( TRUE )", "no such ACL : '('"),
  refused("http-request deny if {path /x}", "no such ACL : '{path'"),
  refused("acl a! path /x", "character '!' is not permitted in acl name 'a!'"),
  refused("acl or path /x", "acl name 'or' will never match"),
  refused("acl a", undefined),
  refused("acl a path -z /x", "'-z' is not a valid ACL option"),
  refused("acl a path -f /does/not/exist", "failed to open pattern file"),
  refused("acl a src 1.2.3.4.5.6", "is not a valid IPv4 or IPv6 address"),
  refused("acl a src -n 10.12", "is not a valid IPv4 or IPv6 address"),
  refused("acl a hdr(x,-11) y", "header occurrence must be >= -10"),
  refused("acl a hdr(x,y) z", "failed to parse 'y' as type 'integer'"),
  refused("acl a hdr(x z", undefined),
  refused("acl a http_auth(nowhere)", "unable to find userlist 'nowhere'"),
  refused("acl a nbsrv(nowhere) gt 1", "unable to find"),
  refused("http-request nope", undefined),
  refused("http-request set-header X-A", undefined),
  refused("http-request set-header X-A %[nope]", "unknown fetch method 'nope'"),
  refused("http-request set-header X-A %[status]", "may not be reliably used here"),
  refused("http-request set-header X-A %[path", undefined),
  refused("http-request redirect", undefined),
  refused("http-request redirect location /x code 305", undefined),
  refused("http-request redirect nowhere /x", undefined),
  refused("http-request return status 200 string", undefined),
  refused("http-request return status 99", undefined),
  refused("http-request return status 200 string text", undefined),
  refused("http-request deny deny_status abc", undefined),
  refused("http-request set-var(nope.x) str(a)", undefined),
  refused("http-request set-var(txn.x) nope", undefined),
  ...strangers,
  refused("http-request set-var(txn.x)", undefined),
  refused("http-request replace-header X ( y", undefined),
  refused("http-request del-header X -m nope", undefined),
  refused("http-request capture path id 3", undefined),
  refused("http-response set-status abc", undefined),
  refused("http-response tarpit", undefined),
  refused("http-after-response deny", undefined),
  refused("use_backend nowhere if TRUE", "unable to find required use_backend: 'nowhere'"),
  refused("default_backend nowhere", "unable to find required default_backend: 'nowhere'"),
  refused("timeout client 10x", undefined),
  refused("timeout client 1.5s", "unexpected character '.' in 'timeout client'"),
  refused("timeout client 25d", "timer overflow"),
  refused("timeout nope 1s", undefined),
  refused("nope", "unknown keyword 'nope' in 'frontend' section"),
  refused("optoin httplog", "unknown keyword 'optoin' in 'frontend' section"),
  refused("option nope", undefined),
  refused("mode nope", undefined),
  refused("errorfile 503 /does/not/exist", undefined),
  refused("errorfile 299 /dev/null", undefined),
  refused("capture request header X", undefined),
  refused("bind 127.0.0.1:99999", undefined),
  refused("bind 127.0.0.1:0", undefined),
  refused("bind 127.0.0.1:0 nope", undefined),
  refused('http-request set-header "" x', undefined),
  refused('http-request set-header X-A "unclosed', "unmatched quote"),
  refused("http-request set-header X-A \\xZZ", "hexadecimal"),
  refused("log-format %[nope]", "unknown fetch method 'nope'"),
  refused("log-format %{+Z", undefined),
  refused("http-request set-header X-A %[path,add(x,y)]", undefined),
  refused("http-request set-header X-A %[path,field(1)]", undefined),
  refused("http-request set-header X-A %[path,regsub((,x)]", undefined),
  refused("http-request set-header X-A %[path,map(/does/not/exist)]", undefined),
];
