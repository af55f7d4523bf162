import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AclSet } from "../../src/lang/acl_set.ts";
import { parseExpression } from "../../src/lang/expression.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { PatternStore } from "../../src/lang/pattern/store.ts";
import { standaloneScope } from "../../src/lang/scope.ts";
import type { GatewayProcess } from "../support/child_process.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";

const haproxy = haproxyAvailable();

const files: Readonly<Record<string, string>> = {
  str: "# comment\nabc one\n  def \t two words \n/a/b 3\nabc again\nEmpty\n",
  words: "/static s\n/static/css c\nexample.com e\nwww w\n.png p\nag a\n",
  int: "1 one\n10:20 ten\n15 fifteen\n30: many\n",
  ip: "10.0.0.0/8 ten\n10.1.0.0/16 tenone\n192.168.1.1 host\n2001:db8::/32 doc\n::1 loop\n",
  reg: "^/user/([0-9]+) id=\\1\n^/(a)(b)?$ [\\1|\\2|\\0]\n\\.png$ image\n",
  numbers: "abc 1\ndef -20\nghi 9223372036854775807\n",
  addresses: "abc 1.2.3.4\ndef ::1\nghi 2001:db8::5\n",
};

// HAProxy 2.6 keeps what it found per file, and mixes up the methods of one file: a file for each.
const wordMethods = ["beg", "sub", "dir", "dom", "end"] as const;

const texts = [
  "abc",
  "def",
  "ABC",
  "/a/b",
  "/static/css/x.png",
  "/static",
  "www.example.com",
  "/ab",
  "/a",
  "/user/42/x",
  "image.png",
  "none",
  "",
  "Empty",
  "ghi",
  "/x/static/y",
  "tagged",
];
const addresses = [
  "10.2.3.4",
  "10.1.3.4",
  "192.168.1.1",
  "192.168.1.2",
  "2001:db8::1",
  "::1",
  "::ffff:10.1.1.1",
];

function cases(path: (file: string) => string): string[] {
  const of = (inputs: readonly string[], chains: readonly string[]) =>
    inputs.flatMap((input) => chains.map((chain) => `${input},${chain}`));
  const strings = texts.map((text) => `str(${text})`);
  return [
    ...of(strings, [
      `map(${path("str")})`,
      `map(${path("str")},none)`,
      `map_str(${path("str")})`,
      `map_str_int(${path("numbers")})`,
      `map_str_int(${path("numbers")},7)`,
      `map_str_ip(${path("addresses")})`,
      `map_str_ip(${path("addresses")},9.9.9.9)`,
      ...wordMethods.map((match) => `map_${match}(${path(`words.${match}`)},none)`),
      `map_reg(${path("reg")},none)`,
      `map_regm(${path("reg")},none)`,
    ]),
    ...of(["int(1)", "int(10)", "int(15)", "int(21)", "int(99)", "int(-1)", "str(12x)"], [
      `map_int(${path("int")})`,
      `map_int(${path("int")},none)`,
    ]),
    ...of(addresses.map((address) => `str(${address})`), [
      `map_ip(${path("ip")})`,
      `map_ip(${path("ip")},none)`,
    ]),
  ];
}

describe.skipIf(!haproxy.available)("maps against HAProxy", () => {
  const directory = mkdtempSync(join(tmpdir(), "sluice-maps-"));
  const path = (file: string) => join(directory, file);
  const expressions = cases(path);
  let gateway: GatewayProcess | undefined;
  let port = 0;

  beforeAll(async () => {
    for (const [name, text] of Object.entries(files)) writeFileSync(path(name), text);
    for (const match of wordMethods) writeFileSync(path(`words.${match}`), files.words!);
    port = await freePort();
    const lines = [
      "defaults\n mode http\n timeout client 10s\n timeout server 10s\n timeout connect 1s",
      `frontend reference\n bind 127.0.0.1:${port}\n use_backend %[path,field(2,/)]`,
      ...expressions.map((expression, i) =>
        `backend c${i}\n http-request set-var(txn.v) '${expression}'\n` +
        " http-request return status 204 unless { var(txn.v) -m found }\n" +
        ' http-request return status 200 content-type text/plain lf-string "=%[var(txn.v)]"'
      ),
    ];
    writeFileSync(path("haproxy.cfg"), lines.join("\n") + "\n");
    gateway = await startHaproxy(path("haproxy.cfg"), { host: "127.0.0.1", port });
  }, 30_000);

  afterAll(async () => {
    await gateway?.stop();
    rmSync(directory, { recursive: true });
  });

  test(`same value for ${expressions.length} lookups`, async () => {
    const scope = standaloneScope({
      acls: new AclSet(),
      patterns: new PatternStore(),
      readFile: (name) => readFileSync(name, "latin1"),
    });
    const differences: string[] = [];
    for (const [i, expression] of expressions.entries()) {
      const answer = await fetch(`http://127.0.0.1:${port}/c${i}`);
      const theirs = answer.status === 204 ? undefined : await answer.text();
      const value = parseExpression([expression], 0, scope).expression.get(offlineContext());
      const own = value === undefined ? undefined : `=${String(value)}`;
      if (own !== theirs) differences.push(`${expression}: ${own}, HAProxy ${theirs}`);
    }
    expect(differences).toEqual([]);
  }, 30_000);
});

describe("maps", () => {
  const read: string[] = [];
  const scope = standaloneScope({
    acls: new AclSet(),
    patterns: new PatternStore(),
    readFile: (name) => {
      read.push(name);
      const text = files[name];
      if (text === undefined) throw new Error("no such file");
      return text;
    },
  });
  const evaluate = (expression: string) =>
    parseExpression([expression], 0, scope).expression.get(offlineContext());

  test("the key that matches (map_*_key)", () => {
    expect(evaluate("str(/static/x),map_beg_key(words)")).toBe("/static");
    expect(evaluate("int(12),map_int_key(int)")).toBe("10:20");
    expect(evaluate("str(10.1.2.3),map_ip_key(ip)")).toBe("10.1.0.0/16");
    expect(evaluate("str(zzz),map_beg_key(words)")).toBeUndefined();
  });

  test("a value that the output type cannot be is refused with its line", () => {
    expect(() => evaluate("str(a),map_str_int(str)")).toThrow(
      "invalid args in converter 'map_str_int' : unable to parse 'one' at line 2 of file 'str'",
    );
    expect(() => evaluate("str(a),map(nowhere)")).toThrow(
      "invalid args in converter 'map' : failed to open pattern file <nowhere>",
    );
  });

  test("a map changed at run time answers with its new values", () => {
    const { expression } = parseExpression(["str(new),map_str_int(virt@live,0)"], 0, scope);
    const list = scope.patterns.find("virt@live")!;
    expect(expression.get(offlineContext())).toBe(0);
    list.add("new", "5");
    expect(expression.get(offlineContext())).toBe(5);
    list.add("bad", "x");
    const bad = parseExpression(["str(bad),map_str(virt@live)"], 0, scope).expression;
    expect(bad.get(offlineContext())).toBe("x");
  });
});
