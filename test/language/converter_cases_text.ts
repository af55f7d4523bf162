import { bin, type ConverterCase, each, every, str } from "./converter_case.ts";

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

export const textCases: readonly ConverterCase[] = [...arithmetic, ...text, ...parts, ...regsub];
