import { Buffer } from "node:buffer";
import { base64, bin, type ConverterCase, each, str } from "./converter_case.ts";

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

export const timeCases: readonly ConverterCase[] = [
  ...times,
  ...languages,
  ...addresses,
  ...comparisons,
  ...settings,
  ...tokens,
];
