import { Buffer } from "node:buffer";

/** An expression, as it stands in a configuration after the first level of quoting. */
export interface ConverterCase {
  readonly expression: string;
  /** What 3.5 gives where 2.6 differs (in the form that the test compares), with the reason. */
  readonly differs?: { readonly value: string | undefined; readonly reason: string };
}

/** Bytes as a sample of type bin. */
export function bin(text: string): string {
  return `bin(${Buffer.from(text, "latin1").toString("hex")})`;
}

/** A text as a sample of type str, whatever its bytes (but NUL). */
export function str(text: string): string {
  return text === "" ? "str()" : `${bin(text)},concat()`;
}

/** Variables that every case can read. */
export const variables: Readonly<Record<string, string>> = {
  "txn.seven": "int(7)",
  "txn.big": "int(9223372036854775807)",
  "txn.negative": "int(-3)",
  "txn.abc": "str(abc)",
  "txn.bytes": "bin(616263)",
  "txn.digits": "str(12x)",
  "txn.key": "str(a2V5)",
  "txn.nonce": "str(Zm9vb2Zvb29mb29wZm9v)",
};

function each(inputs: readonly string[], chains: readonly string[]): ConverterCase[] {
  return inputs.flatMap((input) => chains.map((chain) => ({ expression: `${input},${chain}` })));
}

const every = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
const everyButNul = every.substring(1);

const integers = [
  "int(0)",
  "int(1)",
  "int(-1)",
  "int(42)",
  "int(-42)",
  "int(2147483648)",
  "int(-2147483649)",
  "int(9007199254740993)",
  "int(9223372036854775807)",
  "int(-9223372036854775808)",
];

const sumReason = "2.6 gives the largest integer for a sum of two negative numbers";

/** The cases of add and sub, with the sums that 2.6 gets wrong. */
function sums(name: "add" | "sub", operands: readonly string[]): ConverterCase[] {
  const known: Record<string, bigint> = { "txn.seven": 7n, "txn.big": 9223372036854775807n };
  return integers.flatMap((input) =>
    operands.map((operand) => {
      const a = BigInt(input.slice(4, -1));
      const operandValue = known[operand] ?? BigInt(operand);
      const b = name === "add" ? operandValue : -operandValue;
      const expression = `${input},${name}(${operand})`;
      const wrong = a < 0n && b < 0n && a + b >= -9223372036854775808n;
      return wrong
        ? { expression, differs: { value: `plain ${a + b}`, reason: sumReason } }
        : { expression };
    })
  );
}

const operands = ["0", "1", "-1", "3", "4294967295", "9223372036854775807", "txn.seven", "txn.big"];

const arithmetic: readonly ConverterCase[] = [
  ...sums("add", operands),
  ...sums("sub", operands),
  ...each(integers, [
    ...["mul", "div", "mod", "and", "or", "xor"].flatMap((name) =>
      operands.map((operand) => `${name}(${operand})`)
    ),
    "neg",
    "cpl",
    "bool",
    "not",
    "odd",
    "even",
    "htonl,hex",
    "iif(yes,no)",
  ]),
  ...each(["int(5)"], [
    "add(txn.nothing)",
    "add(txn.digits)",
    "add(txn.abc)",
    "add()",
    "mul(txn.negative)",
    "div(txn.negative)",
  ]),
];

const texts = [
  "",
  "a",
  "Hello World",
  "\xc9t\xe9 \xdf\xff",
  "  padded\t ",
  "line\r\nnext",
  "xxaxx",
];

const text: readonly ConverterCase[] = [
  ...each(texts.map(str), [
    "lower",
    "upper",
    "length",
    "ltrim(' x')",
    "rtrim(' x\\t')",
    "ltrim(x),rtrim(x)",
    "cut_crlf",
    "base64",
    "ub64enc",
    "hex",
    "url_enc",
    "json",
    "iif(yes,no)",
  ]),
  ...each([bin(every)], ["base64", "ub64enc", "hex", "be2hex", "lower", "length"]),
  ...each([str(everyButNul)], [
    "url_enc",
    "json",
    "json(ascii)",
    "lower",
    "upper",
    "length",
    "json(utf8s)",
  ]),
  ...each(
    [
      "Example.COM",
      "Example.com:80",
      "127.0.0.1",
      "127.0.0.1:8080",
      "[::1]",
      "[::1]:443",
      "::1",
      "host:",
      ":80",
      "",
      "host:8x",
      "a:b:c",
      "host:99999999999",
      "[::1",
    ].map(str),
    ["host_only", "port_only"],
  ),
];

const cuts = [
  "f1_f2_f3__f5",
  "_f1__f2_",
  "___",
  "",
  "f1",
  "a_b-c_d-",
  "/f1/f2/f3/f4",
  "_",
];

const parts: readonly ConverterCase[] = [
  ...each(
    cuts.map(str),
    [-5, -4, -3, -2, -1, 1, 2, 3, 4, 5].flatMap((index) => [
      `field(${index},_)`,
      `field(${index},_-,0)`,
      `field(${index},_,2)`,
      `word(${index},_)`,
      `word(${index},_-,0)`,
      `word(${index},_,2)`,
      `word(${index},/_,3)`,
      `field(${index},_,-1)`,
      `word(${index},_,-1)`,
    ]),
  ),
  ...each([bin("0123456789")], [
    "bytes(0)",
    "bytes(3)",
    "bytes(3,4)",
    "bytes(8,9)",
    "bytes(9,1)",
    "bytes(0,0)",
  ]),
  ...each(["str(abc)", "str()", "bin(00)", "int(3)", "ipv4(1.2.3.4)"], [
    "concat",
    "concat(-)",
    "concat(-,txn.seven)",
    "concat(-,txn.abc,+)",
    "concat(-,txn.nothing,+)",
    "concat(,,z)",
    "concat(,txn.bytes)",
    "add_item(;,txn.abc)",
    "add_item(;,txn.nothing,)",
    "add_item(;,txn.nothing,x)",
    "add_item(;,,x)",
    "add_item(;,txn.seven,x)",
    "add_item(,txn.abc,x)",
  ]),
];

const regsub: readonly ConverterCase[] = [
  ...each(
    ["/////a///b/c/xzxyz/", "abc", "axxb", "", "x", "aaa", "AbAb", "foo12bar3", "a\nb"].map(str),
    [
      "regsub('/+','/')",
      "regsub('/+','/',g)",
      "regsub('x*','-',g)",
      "regsub('x*','-')",
      "regsub('^a','-',g)",
      "regsub('a$','-',g)",
      "regsub('\\ba','-',g)",
      "regsub('B','_',i)",
      "regsub('b','_',gi)",
      "regsub('([a-z]+)([0-9]+)','\\2\\1',g)",
      "regsub('([a-z])|([0-9])','<\\1|\\2>',g)",
      "regsub('.','\\x41\\\\',g)",
      "regsub('(a)(b)?','[\\0\\1\\2\\3]',g)",
      "regsub('$','-',g)",
      "regsub('a|$','-',g)",
    ],
  ),
];

const encoded = [
  "",
  "YQ==",
  "YWI=",
  "YWJj",
  "YQ",
  "YWI",
  "Y",
  "Y===",
  "YQ=a",
  "Y Q=",
  "_-8=",
  "_-8",
  "+/8=",
  "+/8",
  "YQ==YQ==",
  "====",
  "=",
  "YR==",
];

const encodings: readonly ConverterCase[] = [
  ...each(encoded.map(str), ["b64dec", "ub64dec"]),
  ...each(
    [
      "",
      "0",
      "ff",
      "FF",
      "00ff",
      "7fffffffffffffff",
      "8000000000000000",
      "1ffffffffffffffff",
      "fg",
      "0x10",
      "20000000000001",
      " 1",
    ].map(str),
    ["hex2i"],
  ),
  ...each(
    ["bin(01020304050607)", "bin(ff)", "bin(7f000001)", "str()", "bin(ffffffffffffffffffff)"],
    [
      "be2dec(:,2)",
      "be2dec(-,2,1)",
      "be2dec(,2,1)",
      "be2dec(.,1)",
      "be2dec(:,8)",
      "be2hex",
      "be2hex(:,2)",
      "be2hex(--,2,1)",
      "be2hex(,3,1)",
      "be2hex(:,1)",
      "be2hex(:,16)",
      "be2hex(,4)",
    ],
  ),
  ...each(
    ["a%20b+c", "a?b+c%2B", "%", "%4", "%4g", "%41%", "?+", "+", "plain", "%00a", "%e9", "a%3Fb+c"]
      .map(str),
    [
      "url_dec",
      "url_dec(0)",
      "url_dec(1)",
      "url_dec,hex",
    ],
  ),
];

const utf8 = [
  'plain "q" \\ / \b\f\n\r\t\x01\x7f',
  "\xc3\xa9",
  "\xe2\x82\xac",
  "\xf0\x9f\x98\x80x",
  "\x80a",
  "\xc3",
  "a\xc3b",
  "\xe2\x82",
  "\xe2\x82z",
  "\xc1\x81",
  "\xe0\x81\x81",
  "\xed\xa0\x80",
  "\xef\xbf\xbe",
  "\xef\xbf\xbf",
  "\xfe",
  "\xff",
  "\xf8\x88\x80\x80\x80",
  "\xfc\x84\x80\x80\x80\x80",
  "\xf0\x80\x81\x81",
];

const json: readonly ConverterCase[] = [
  ...each(utf8.map(str), [
    "json",
    "json(ascii)",
    "json(utf8)",
    "json(utf8s)",
    "json(utf8p)",
    "json(utf8ps)",
  ]),
  ...each(
    [
      '{"integer":4,"s":"te\\"xt","t":true,"f":false,"n":null,"fl":-1.5e3,"my.key":"v","o":{"k":{"z":1}},"a":[10,"x",{"y":2}],"u":"\\u00e9\\n","w":"\\u20ac","sl":"x\\/y","big":12345678901234567890,"e":"","neg":-7,"six":1234567,"small":0.00001234,"d":{"k":1},"d":{"k":2},"bool-false":false}',
    ].map(str),
    [
      ...[
        "integer",
        "s",
        "t",
        "f",
        "n",
        "fl",
        "my\\\\.key",
        "o",
        "o.k",
        "o.k.z",
        "a[0]",
        "a[1]",
        "a[2].y",
        "a[3]",
        "u",
        "w",
        "sl",
        "e",
        "neg",
        "six",
        "small",
        "d.k",
        "none",
        "bool-false",
      ]
        .flatMap((path) => [`json_query('$.${path}')`, `json_query('$.${path}','int')`]),
      "json_query('$')",
      "json_query('x')",
      "json_query('$.')",
      "json_query('$[0]')",
    ],
  ),
  ...each(
    [
      "[1,2,3]",
      "{}",
      "7",
      '"s"',
      "true",
      "",
      "x",
      "{",
      '{"a"',
      '{"a":1',
      '{"a":1,"b":}',
      ' { "a" : 1 } ',
      '{"a":01}',
      '{"a":1}x',
      "[[1],2,3]",
    ].map(str),
    [
      "json_query('$.a')",
      "json_query('$[1]')",
      "json_query('$[1][1]')",
      "json_query('$.b')",
      "json_query('$[1][1][0]')",
    ],
  ),
];

const nested = each([str("[[1],[2,[3]]]")], [
  "json_query('$[0][0]')",
  "json_query('$[1][0]')",
  "json_query('$[1][1][0]')",
  "json_query('$[1][1][1]')",
]);

const arrays: readonly ConverterCase[] = (
  [
    ["[1,2,3]", "$", "[1,2,3]"],
    ["[]", "$", "[]"],
    ['{"a":[10, "x"]}', "$.a", '[10, "x"]'],
    ["[[1],[2,[3]]]", "$[1]", "[2,[3]]"],
  ] as const
).map(([text, path, array]) => ({
  expression: `${str(text)},json_query('${path}')`,
  differs: { value: base64(array), reason: "2.6 does not give arrays" },
}));

const hashes: readonly ConverterCase[] = each(
  [
    "",
    "a",
    "abc",
    "The quick brown fox jumps over the lazy dog",
    every,
    "\xff\xfe",
    "0123456789abcdef",
    "0123456789abcdef0123456789abcdef01234",
  ]
    .map((text) => text === "" ? "str()" : bin(text)),
  [
    "djb2",
    "djb2(1)",
    "sdbm",
    "sdbm(1)",
    "wt6",
    "wt6(1)",
    "crc32",
    "crc32(1)",
    "crc32c",
    "crc32c(1)",
    "xxh32",
    "xxh32(5)",
    "xxh32(-1)",
    "xxh64",
    "xxh64(5)",
    "xxh64(-1)",
    "sha1",
    "sha2",
    "sha2(224)",
    "sha2(384)",
    "sha2(512)",
    "digest(md5)",
    "digest(SHA256)",
    "digest(sha512)",
    "hmac(sha256,a2V5)",
    "hmac(sha1,txn.key)",
    "hmac(md5,txn.abc)",
    "hmac(sha256,txn.nothing)",
    "sha1,hex,lower",
  ],
);

const formats =
  "%a|%A|%b|%B|%c|%C|%d|%D|%e|%F|%g|%G|%h|%H|%I|%j|%k|%l|%m|%M|%n|%p|%P|%r|%R|%s|%S|%t|%T|%u|%U|%V|%w|%W|%x|%X|%y|%Y|%z|%Z|%%";
const stamps = [
  "int(0)",
  "int(1)",
  "int(1405000000)",
  "int(1767225599)",
  "int(1798761600)",
  "int(951782400)",
  "int(1230768000)",
  "int(1451606400)",
  "int(-1)",
  "int(4102444800)",
  "int(1735603200)",
  "int(1704067199)",
  "int(253402300800)",
];

const times: readonly ConverterCase[] = [
  ...each(stamps, [
    ...formats.split("|").flatMap((one) => [`utime('${one}')`, `ltime('${one}')`]),
    "utime(%Y%m%d%H%M%S)",
    "utime(%Y,3600)",
    "utime(%H:%M,-60)",
    "utime('%_d|%-d|%0e|%^a|%#p|%10Y|%-m|%_H|%05d|%#Z|%^B|%#b|%3d|%-I|%_j|%-y|%10a|%010a|%-k|%-l|%_M|%Ey|%Od|%3S|%-e')",
    "utime('%Q %i %')",
    "http_date",
    "http_date(5)",
    "http_date(-5,s)",
  ]),
  ...each(["int(1405000000123)", "int(1405000000123456)", "int(-1500)"], [
    "http_date(0,ms)",
    "http_date(0,us)",
    "http_date(999,ms)",
  ]),
  ...each(["int(9223372036854775807)"], ["http_date", "utime(%Y)"]),
];

const languages: readonly ConverterCase[] = each(
  [
    "fr",
    "en",
    "de",
    "fr;q=0.3,en;q=0.8",
    "en;q=0.5, es ;q=0.5",
    "fr-CA",
    "fr-CA;q=0.9,en-US",
    "en;q=0",
    "*",
    "",
    "en;q=",
    "en;x=1",
    "en ; q = 0.7 , fr;q=0.9",
    "en;q=1.5",
    "en;q=0.1234,fr;q=0.1235",
    "e",
    "english",
    "EN",
    "es;level=1;q=0.5,fr;q=0.4",
    ",,fr",
    "en x,fr",
    "en;q=0.5;q=0.9,fr;q=0.6",
    "fr;q=.9,en;q=0.2",
  ].map(str),
  ["language(es;fr;en)", "language(es;fr;en,de)", "language(fr-CA;en)", "language(en-US)"],
);

const addresses: readonly ConverterCase[] = [
  ...each([
    "ipv4(192.168.17.250)",
    "ipv6(2001:db8:1:2:3:4:5:6)",
    "str(10.1.2.3)",
    "str(::ffff:1.2.3.4)",
    "str(nope)",
    "int(16909060)",
  ], [
    "ipmask(24)",
    "ipmask(255.255.0.255)",
    "ipmask(8,64)",
    "ipmask(0,0)",
    "ipmask(32,128)",
    "ipmask(16,ffff:ffff::)",
  ]),
];

const comparisons: readonly ConverterCase[] = each(
  [
    "str(abc)",
    "str(abd)",
    "str(ab)",
    "str(abcd)",
    "str()",
    "str(Abc)",
    "bin(616263)",
    "bin(6162)",
    "int(7)",
    bin("\xe9"),
  ],
  [
    "strcmp(txn.abc)",
    "strcmp(txn.nothing)",
    "secure_memcmp(txn.bytes)",
    "secure_memcmp(txn.abc)",
    "secure_memcmp(txn.nothing)",
    "strcmp(txn.seven)",
  ],
);

const settings: readonly ConverterCase[] = each(["str(x)", "str()", "int(9)"], [
  "set-var(txn.set)",
  "set-var(txn.set),concat(-,txn.set)",
  "set-var(txn.seven),concat(-,txn.seven)",
  "unset-var(txn.abc),concat(-,txn.abc)",
  ...["ifexists", "ifnotexists", "ifempty", "ifnotempty", "ifset", "ifnotset", "ifgt", "iflt"]
    .flatMap((condition) => [
      `set-var(txn.seven,${condition}),concat(-,txn.seven)`,
      `set-var(txn.fresh,${condition}),concat(-,txn.fresh)`,
    ]),
  "set-var(txn.seven,ifexists,ifempty),concat(-,txn.seven)",
]);

function base64(text: string): string {
  return `base64 ${Buffer.from(text).toString("base64")}`;
}

function part(text: string): string {
  return Buffer.from(text).toString("base64url");
}
const token = `${part('{"alg":"HS256","typ":"JWT"}')}.${part('{"iss":"me","n":5}')}`;

const tokens: readonly ConverterCase[] = [
  ...each([`${token}.sig`, token, part("{}"), `${token}.a.b`, "a.b.c", ""].map(str), [
    "jwt_header_query('$.alg')",
    "jwt_payload_query('$.n','int')",
    "jwt_payload_query('$.iss')",
    "jwt_verify(HS256,secret)",
    "jwt_verify(txn.abc,secret)",
    "jwt_verify(none,secret)",
    "jwt_verify(RS256,/no/such/file)",
  ]),
  ...(["jwt_header_query", "jwt_payload_query"] as const).map((name, i) => ({
    expression: `${str(`${token}.sig`)},${name}`,
    differs: {
      value: base64(['{"alg":"HS256","typ":"JWT"}', '{"iss":"me","n":5}'][i]!),
      reason: "2.6 gives nothing without a path, against its manual",
    },
  })),
];

export const converterCases: readonly ConverterCase[] = [
  ...arithmetic,
  ...text,
  ...parts,
  ...regsub,
  ...encodings,
  ...json,
  ...nested,
  ...arrays,
  ...hashes,
  ...times,
  ...languages,
  ...addresses,
  ...comparisons,
  ...settings,
  ...tokens,
];
