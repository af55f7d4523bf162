import { type Case, expression, get } from "../case.ts";

const X = (...values: readonly string[]): readonly string[] =>
  values.map((value) => get("/", `X: ${value}`));
const INTEGERS = X("7", "-7", "0", "255", "9223372036854775807", "-9223372036854775808", "abc", "");

const ARITHMETIC = [
  "add(3)",
  "add(-3)",
  "sub(3)",
  "mul(3)",
  "div(2)",
  "div(0)",
  "mod(4)",
  "mod(0)",
  "neg",
  "cpl",
  "and(6)",
  "or(8)",
  "xor(5)",
  "bool",
  "not",
  "odd",
  "even",
  "add(1),mul(2),sub(3)",
  "add(txn.n)",
  "mul(txn.n)",
  "sub(txn.none)",
  "add(9223372036854775807)",
  "mul(9223372036854775807)",
];

const HASHED = ["", "a", "abc", "The quick brown fox", "\xff\x80", "192.168.1.1"];

const HASHES = [
  "crc32",
  "crc32(1)",
  "crc32c",
  "crc32c(1)",
  "djb2",
  "djb2(1)",
  "sdbm",
  "sdbm(1)",
  "wt6",
  "wt6(1)",
  "xxh32",
  "xxh32(7)",
  "xxh64",
  "xxh64(7)",
  "sha1,hex",
  "sha2,hex",
  "sha2(224),hex",
  "sha2(384),hex",
  "sha2(512),hex",
  "digest(md5),hex",
  "digest(sha256),hex",
  "hmac(sha256,a2V5),hex",
  "hmac(sha1,a2V5),base64",
  "sha1,base64",
];

/** 2.6 takes bytes from 0x80 for negative numbers in these two, which 3.5 does not. */
function hashedBy(chain: string): readonly string[] {
  return /^(djb2|sdbm)/.test(chain) ? HASHED.filter((text) => text < "\x80") : HASHED;
}

const DATES = X("0", "784111777", "1700000000");
const DATE_CHAINS = [
  "http_date",
  "http_date(3600)",
  "http_date(0,ms)",
  "utime(%Y-%m-%dT%H:%M:%S)",
  "utime(%d/%b/%Y:%H:%M:%S)",
  "utime(%a %j %U %w %y)",
  "utime(%s)",
  "utime(%H,3600)",
  "utime(%%)",
  "ltime(%Y-%m-%d %H)",
];

const MAPS: Readonly<Record<string, string>> = {
  strings: "# keys\na 1\nb two words  \nab 3\na second\n1.2.3.4 v4\nwww.example.com host\n",
  prefixes: "/ root\n/a short\n/a/b longer\n/img pictures\n",
  suffixes: ".com com\n.example.com example\n.org org\n",
  networks:
    "10.0.0.0/8 ten\n10.1.0.0/16 ten-one\n192.168.0.0/16 home\n::1 loop\n2001:db8::/32 doc\n",
  regexes: "^a+$ only-a\n^[0-9]+$ digits\n^(\\w+)-(\\w+)$ \\2/\\1\n",
  integers: "1 one\n5:9 some\n100: many\n",
  numbers: "a 17\nb -4\n",
  addresses: "a 1.2.3.4\nb ::1\n",
};

const MAP_ROWS: readonly (readonly [chain: string, ...values: string[]])[] = [
  ["map(FILE(strings))", "a", "b", "ab", "c", "A", ""],
  ["map(FILE(strings),dflt)", "a", "zzz"],
  ["map_str(FILE(strings))", "a", "zzz"],
  ["map_beg(FILE(prefixes))", "/", "/a", "/a/b/c", "/imgs", "x"],
  ["map_beg(FILE(prefixes),none)", "x"],
  ["map_end(FILE(suffixes))", "www.example.com", "a.com", "x.org", "com"],
  ["map_sub(FILE(strings))", "xaby", "b", "zzz"],
  ["map_dir(FILE(strings))", "x/a/y", "xa"],
  ["map_dom(FILE(strings))", "x.a.y", "xa"],
  [
    "map_ip(FILE(networks))",
    "10.1.2.3",
    "10.9.9.9",
    "192.168.1.1",
    "::1",
    "2001:db8::9",
    "8.8.8.8",
  ],
  ["map_ip(FILE(networks),unknown)", "8.8.8.8", "junk"],
  ["map_reg(FILE(regexes))", "aaa", "123", "x-y", "?"],
  ["map_regm(FILE(regexes))", "left-right", "aaa"],
  ["map_int(FILE(integers))", "1", "7", "1000", "4"],
  ["map_str_int(FILE(numbers))", "a", "b", "c", "z"],
  ["map_str_int(FILE(numbers),99)", "z"],
  ["map_str_int(FILE(numbers)),add(1)", "a"],
  ["map_str_ip(FILE(addresses))", "a", "b", "z"],
  ["map_ip_int(FILE(counts))", "10.0.0.1", "11.0.0.1"],
  ["map_beg_int(FILE(levels),0)", "/x/y", "/q"],
];

const MAP_FILES = { ...MAPS, counts: "10.0.0.0/8 8\n", levels: "/x 3\n" };

export const converterNumberCases: readonly Case[] = [
  ...ARITHMETIC.map((chain) =>
    expression(`req.fhdr(x),${chain}`, INTEGERS, { before: ["http-request set-var(txn.n) int(5)"] })
  ),
  ...HASHES.map((chain) => expression(`req.fhdr(x),${chain}`, X(...hashedBy(chain)))),
  ...DATE_CHAINS.map((chain) =>
    expression(
      `req.fhdr(x),${chain.includes(" ") ? chain.replace("(", "('").replace(/\)$/, "')") : chain}`,
      DATES,
    )
  ),
  ...MAP_ROWS.map(([chain, ...values]) => {
    const used = /FILE\((\w+)\)/.exec(chain)?.[1] ?? "";
    const text = Object.entries(MAP_FILES).find(([name]) => name === used)?.[1] ?? "";
    return expression(`req.fhdr(x),${chain}`, X(...values), { files: { [used]: text } });
  }),
  expression("req.fhdr(x),date,bool", X("Sun, 06 Nov 1994 08:49:37 GMT"), {
    beyondReference: "the date converter is newer than 2.6",
    expect: { bodies: ["[1]"] },
  }),
  expression("path,map_reg(FILE(m),none)", [get("/abc"), get("/x")], {
    files: { m: "^/ab abc\n" },
  }),
  expression("src,map_ip(FILE(m),out)", get("/"), { files: { m: "127.0.0.0/8 in\n" } }),
  expression("method,map(FILE(m),other)", [
    get("/"),
    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
  ], { files: { m: "GET read\nPUT write\n" } }),
  expression("dst_port,map_int(FILE(m),other)", get("/"), { files: { m: "1:65535 some\n" } }),
];
