import { base64, bin, type ConverterCase, each, every, str } from "./converter_case.ts";

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

export const codeCases: readonly ConverterCase[] = [
  ...encodings,
  ...json,
  ...nested,
  ...arrays,
  ...hashes,
];
