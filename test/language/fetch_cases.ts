/** A fetch and the requests it is tried on; every pair is also put to the real haproxy. */
export interface FetchCase {
  readonly fetch: string;
  /** Compare bytes: what a string would cut at NUL. */
  readonly hex?: true;
  readonly requests: readonly string[];
}

export function request(
  target: string,
  { method = "GET", version = "1.1", fields = ["Host: h.tld"], body = "" } = {},
): string {
  return `${method} ${target} HTTP/${version}\r\n${
    fields.map((f) => f + "\r\n").join("")
  }\r\n${body}`;
}

const post = (body: string) =>
  request("/", { method: "POST", fields: ["Host: h", `Content-Length: ${body.length}`], body });
const withX = (...values: string[]) =>
  request("/", { fields: ["Host: h", ...values.map((v) => `X: ${v}`)] });
const withCookies = (...values: string[]) =>
  request("/", { fields: ["Host: h", ...values.map((v) => `Cookie: ${v}`)] });
const withAuthorization = (value: string) =>
  request("/", { fields: ["Host: h", `Authorization: ${value}`] });

const targets = [
  request("/p?a=1"),
  request("/p", { version: "1.0", fields: [] }),
  request("/p?x", { version: "1.0", fields: [] }),
  request("/a?b?c", { fields: ["Host: h.tld:8080"] }),
  request("/x/y/../z//?", { fields: ["Host: A.B"] }),
  request("//x/y"),
  request("http://1.2.3.4:81/x?y", { fields: ["Host: 1.2.3.4:81"] }),
  request("https://1.2.3.4/x", { fields: ["Host: 1.2.3.4"] }),
  request("http://[::1]:5/x", { fields: ["Host: [::1]:5"] }),
  request("http://1.2.3.400/x", { fields: ["Host: 1.2.3.400"] }),
  request("*", { method: "OPTIONS" }),
  request("h.tld:443", { method: "CONNECT", fields: ["Host: h.tld:443"] }),
];

const queries = [
  request("/p?a=1&b=2;a=3"),
  request("/p?b&a=&x=1"),
  request("/p;a=5;n=-7?q=1&n=+8"),
  request("/p"),
  request("/p?a"),
  request("/p?aa=2&ba=3"),
  request("/p?=5&a=1"),
  request("/p?n=4294967297&A=9"),
  request("/p?x=1&n=1.5x&&;a=%20z"),
];

const lists = [
  withX(),
  withX(""),
  withX("5"),
  withX("+5"),
  withX("-5x"),
  withX("4294967297"),
  withX("-2147483649"),
  withX("1.2.3.4:80"),
  withX("1.2.3.4:"),
  withX("1.2.3.4:70000"),
  withX("01.2.3.4"),
  withX("1.2.3"),
  withX("1.2.3.4."),
  withX("::1"),
  withX("2001:db8::5:0"),
  withX('a,b,"c,d",'),
  withX("a , b"),
  withX('"a\\",b",c'),
  withX("1.2.3.4 , 5"),
  withX("a", "b, c"),
  withX(",,"),
  withX("é\x7f\tz"),
];

const cookies = [
  withCookies(),
  withCookies("a=1; b=2; a=3"),
  withCookies("a"),
  withCookies("a="),
  withCookies("a=; b=1"),
  withCookies('a = "x;y" ; b=2'),
  withCookies("$Version=1; a=5; $Path=/"),
  withCookies("a=1, b=2; a=4"),
  withCookies("b=2", "a=7;a=", "a=9"),
  withCookies("; ;a=1"),
  withCookies("A=1"),
  withCookies('a="1,2",a=3'),
  withCookies("=5; a=1"),
  withCookies("a==b"),
  withCookies(" a = 1 2 "),
  withCookies("b; a=1"),
];

const authorizations = [
  request("/"),
  withAuthorization("Basic " + btoa("u1:p1")),
  withAuthorization("basic   " + btoa("u1:p1")),
  withAuthorization("Basic " + btoa("u1:bad")),
  withAuthorization("Basic " + btoa("u1")),
  withAuthorization("Basic " + btoa("u1:p:1")),
  withAuthorization("Basic " + btoa("u1:p1") + "=="),
  withAuthorization("Basic !!"),
  withAuthorization("Basic"),
  withAuthorization("Bas " + btoa("u1:p1")),
  withAuthorization("Bearer tok.en"),
  withAuthorization("bearer  tok"),
  withAuthorization("Bearer a, b"),
  withAuthorization("Token x"),
];

const bodies = [
  post("a=1&b=2&a=3"),
  post(""),
  request("/"),
  post("x;a=5"),
  post("b=4"),
  post("a\0b=3"),
  request("/", {
    method: "POST",
    fields: ["Host: h", "Transfer-Encoding: chunked"],
    body: "3\r\na=1\r\n2\r\n&b\r\n0\r\n\r\n",
  }),
];

const methods = [
  request("/x?y", { version: "1.0" }),
  request("/", { method: "DELETE" }),
  request("http://q/z", { method: "FOO", fields: ["Host: q"] }),
];

function on(requests: readonly string[], ...fetches: string[]): FetchCase[] {
  return fetches.map((fetch) => ({ fetch, requests }));
}

export const fetchCases: readonly FetchCase[] = [
  ...on(targets, "path", "pathq", "query", "url", "base", "baseq"),
  ...on(targets, "base32", "url32", "url_ip", "url_port"),
  ...on(queries, "url_param(a)", "url_param", "urlp(a,;)", "urlp(,;)", "urlp_val(n)", "urlp_val"),
  ...on(lists, "hdr(x)", "req.hdr(x,2)", "req.hdr(x,-2)", "req.hdr(x,-9)", "hdr(x,0)", "hdr"),
  ...on(lists, "req.fhdr(x)", "req.fhdr(x,-2)", "req.fhdr(x,1)", "hdr()", "req.hdr(x,3)"),
  ...on(lists, "hdr_cnt(x)", "req.hdr_cnt(x)", "req.fhdr_cnt(x)", "req.hdr_cnt", "req.fhdr_cnt"),
  ...on(lists, "hdr_val(x)", "req.hdr_val(x,1)", "hdr_ip(x)", "req.hdr_ip(x,1)"),
  ...on(lists, "req.hdr_names", "req.hdr_names(;x)", "req.hdrs"),
  { fetch: "req.hdrs_bin", hex: true, requests: [...lists, withX("v".repeat(300))] },
  ...on(
    cookies,
    "req.cook(a)",
    "cook",
    "req.cook_cnt",
    "cook_cnt(a)",
    "req.cook_val(a)",
    "cookie(a)",
  ),
  ...on(authorizations, "http_auth(ul)", "http_auth_group(ul)", "http_auth_user"),
  ...on(authorizations, "http_auth_pass", "http_auth_type", "http_auth_bearer"),
  ...on(bodies, "req.body", "req.body_len", "req.body_size", "req.body_param(a)", "req.body_param"),
  { fetch: "req.body", hex: true, requests: bodies },
  ...on(methods, "method", "req.ver", "req_ver", "http_first_req", "capture.req.method"),
  ...on(methods, "capture.req.uri", "capture.req.ver", "req.proto_http", "wait_end"),
  ...on(methods.slice(0, 1), "always_true", "always_false", "int(-5)", "str(a b)", 'str("x,y")'),
  ...on(methods.slice(0, 1), "bool(true)", "bool(0)", "meth(GET)", "meth(FOO)", "str()"),
  ...on(methods.slice(0, 1), "ipv4(1.2.3.4)", "ipv6(::1)", "bin(616263)", "bin(6100)", "nbproc"),
  ...on(methods.slice(0, 1), "proc", "stopping", "rand(1)", "rand(0)", "fc_rcvd_proxy"),
  ...on(methods.slice(0, 1), "fc_http_major", "unique-id", "env(SLUICE_TEST_NOT_SET)", "src"),
  ...on(methods.slice(0, 1), "src_port", "dst", "dst_port", "so_name", "so_id", "var(txn.none)"),
  ...on(methods.slice(0, 1), "var(txn.none,else)", "capture.req.hdr(7)"),
];
