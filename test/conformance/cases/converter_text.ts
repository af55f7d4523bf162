import { type Case, expression, get } from "../case.ts";

const X = (...values: readonly string[]): readonly string[] =>
  values.map((value) => get("/", `X: ${value}`));

/** Converter chains on the header `x`, with the values that they are tried on. */
const ROWS: readonly (readonly [chain: string, ...values: string[]])[] = [
  ["lower", "ABC\xc9d", ""],
  ["upper", "abc\xe9D"],
  ["length", "abc", ""],
  ["ltrim(x)", "xxaxx"],
  ["rtrim(x)", "xxaxx"],
  ["ltrim(ab),rtrim(ab)", "abcab", "ab"],
  ["bytes(1)", "abcdef", "a", ""],
  ["bytes(1,2)", "abcdef", "ab"],
  ["bytes(0,3)", "ab"],
  ["bytes(9)", "abc"],
  ["field(1,.)", "a.b.c", "abc", ".x"],
  ["field(2,.)", "a.b.c", "a..c"],
  ["field(-1,.)", "a.b.c"],
  ["field(-2,.)", "a.b.c"],
  ["field(2,.,2)", "a.b.c.d"],
  ["field(2,.,0)", "a.b.c.d"],
  ["field(-1,.,2)", "a.b.c.d"],
  ["field(5,.)", "a.b"],
  ["word(1,.)", ".a..b", "a.b"],
  ["word(2,.)", "a..b", "..a..b"],
  ["word(-1,.)", "a.b."],
  ["word(1,.,2)", "a.b.c"],
  ["word(2,.,0)", "a.b.c"],
  ["word(3,:/)", "http://h/p"],
  ["regsub(a,b)", "aaca"],
  ["regsub(a,b,g)", "aaca"],
  ["regsub(A,b,gi)", "aAca"],
  ["regsub(^/,,)", "/abc"],
  ["regsub('(a)(b)','<\\2\\1>',g)", "abxab"],
  ["regsub([0-9]+,N,g)", "a1b22c333"],
  ["regsub(x*,-,g)", "abc"],
  ["concat(<,,>)", "mid"],
  ["concat(-,txn.v,-)", "a"],
  ["concat(-,txn.none,-)", "a"],
  ["json", 'a"b\\c/d'],
  ["json(ascii)", "caf\xe9"],
  ["json(utf8s)", "tab\there"],
  ["json(utf8)", "x\xffy"],
  ["url_dec", "a%20b+c%41", "%zz", "a%2", "a+b%00c"],
  ["url_dec(1)", "a%20b+c?d+e"],
  ["url_enc", "a b/c?d=e&f", "~_-.!"],
  ["url_enc(query)", "a b"],
  ["cut_crlf", "abc"],
  ["param(a)", "a=1&b=2&a=3", "b=2", "a", "a=", "aa=1"],
  ["param(b,;)", "a=1;b=2"],
  ["language(fr;en;de)", "de;q=0.8, fr;q=0.5", "xx"],
  ["language(fr;en,none)", "es", "en-GB,fr"],
  ["iif(yes,no)", "1", "0"],
  ["host_only", "a.b:80", "[::1]:80", "a.b", "[::1]"],
  ["port_only", "a.b:80", "[::1]:81", "a.b"],
  ["reverse", "abc"],
  ["reverse_dom", "www.example.com"],
  ["strcmp(txn.v)", "value", "valuf", "a"],
  ["secure_memcmp(txn.v)", "value", "valuf"],
  ["set-var(txn.w)", "kept"],
  ["rfc7239_is_valid", "for=1.2.3.4", "for=bad=", 'for="[::1]:80";proto=http'],
  ["rfc7239_field(for)", "for=1.2.3.4;host=h", "proto=https"],
  ["rfc7239_field(for),rfc7239_n2nn", "for=1.2.3.4", "for=unknown"],
  ["rfc7239_field(for),rfc7239_n2np", 'for="1.2.3.4:80"'],
  ["json_query('\\$.a')", '{"a":"b"}', '{"a":7}', '{"a":true}', '{"b":1}'],
  ["json_query('\\$.a.b')", '{"a":{"b":[1,2]}}'],
  ["json_query('\\$.n','int')", '{"n":42}'],
  ["has_ctl", "ab", "a\tb"],
  ["has_ctl(01)", "ab"],
  ["ub64enc", "any carnal pleas"],
  ["ub64dec", "YW55IGNhcm5hbA"],
  ["base64", "any carnal", ""],
  ["b64dec", "YWJj", "YW Jj", "!!"],
  ["hex", "abc", ""],
  ["hex,lower", "jk"],
  ["b64dec,hex", "AAEC"],
  ["hex2i", "ff", "1G", "-1"],
  ["ipmask(24)", "1.2.3.4", "x"],
  ["ipmask(24,64)", "2001:db8:1:2:3::4"],
  ["ipmask(255.0.255.0)", "1.2.3.4"],
  ["add_item(;,txn.v)", "a"],
  ["jwt_header_query('\\$.alg')", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"],
  ["jwt_payload_query('\\$.sub')", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"],
  ["fe_exists", "CASE"],
  ["nbsrv", "no_such_backend"],
  ["srv_is_up", "none/none"],
  ["srv_queue", "none/none"],
  ["le2dec(:,2)", "abcd"],
  ["be2dec(:,2)", "abcd"],
  ["be2dec(-,2,1)", "abc"],
  ["be2hex(:,2)", "abcd"],
  ["be2hex(:,3,1)", "abcde"],
  ["be2hex", "ab"],
];

/** Converters that Debian's 2.6 has not, with the text of the answers. */
const NEWER: Readonly<Record<string, readonly string[]>> = {
  "param(a)": ["[1]", "[]", "[]", "[]", "[]"],
  "param(b,;)": ["[2]"],
  "host_only": ["[a.b]", "[[::1]]", "[a.b]", "[[::1]]"],
  "port_only": ["[80]", "[81]", "[0]"],
  "reverse": ["[cba]"],
  "reverse_dom": ["[com.example.www]"],
  "rfc7239_is_valid": ["[1]", "[0]", "[1]"],
  "rfc7239_field(for)": ["[1.2.3.4]", "[]"],
  "rfc7239_field(for),rfc7239_n2nn": ["[1.2.3.4]", "[unknown]"],
  "rfc7239_field(for),rfc7239_n2np": ["[80]"],
  "le2dec(:,2)": ["[25185:25699]"],
  "be2dec(:,2)": ["[24930:25444]"],
  "be2dec(-,2,1)": ["[24930]"],
  "be2hex(:,2)": ["[6162:6364]"],
  "be2hex(:,3,1)": ["[616263]"],
  "be2hex": ["[6162]"],
};

/** Too new for the reference and covered by unit vectors of the converter itself. */
const UNIT_ONLY = new Set([
  "srv_is_up",
  "fe_exists",
  "add_item(;,txn.v)",
  "has_ctl",
  "has_ctl(01)",
]);

/** HS256 with the key `key`; the second is signed with nothing. */
const TOKENS = [
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.ERTbwLdvvyt7uJ28SGAxb_0aD9nlp6M-N2NfJOom7ro",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.AAAA",
  "no.token",
];

const EXTRA: readonly Case[] = [
  expression("req.fhdr(x),jwt_verify(HS256,key)", X(...TOKENS)),
  expression("req.fhdr(x),jwt_verify(HS512,key)", X(...TOKENS)),
  expression("req.fhdr(x),fe_exists", X("no_such_frontend"), {
    beyondReference: "fe_exists is newer than 2.6",
    expect: { bodies: ["[0]"] },
  }),
  expression("req.fhdr(x),has_ctl", X("ab", "a\tb"), {
    beyondReference: "has_ctl is newer than 2.6",
    expect: { bodies: ["[0]", "[1]"] },
  }),
];

export const converterTextCases: readonly Case[] = [
  ...EXTRA,
  ...ROWS.filter(([chain]) => !UNIT_ONLY.has(chain))
    .map(
      ([chain, ...values]) => {
        const bodies = NEWER[chain];
        return expression(`req.fhdr(x),${chain}`, X(...values), {
          before: ["http-request set-var(txn.v) str(value)"],
          ...(bodies === undefined
            ? {}
            : { beyondReference: `${chain} is newer than 2.6`, expect: { bodies } }),
        });
      },
    ),
];
