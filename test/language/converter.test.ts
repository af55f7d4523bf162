import { describe, expect, test } from "bun:test";
import { Buffer } from "node:buffer";
import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { AclSet } from "../../src/lang/acl_set.ts";
import { Address } from "../../src/lang/address.ts";
import type { BackendFacts, Context, ServerFacts } from "../../src/lang/context.ts";
import { converterSpecs } from "../../src/lang/converter/catalog.ts";
import { parseExpression } from "../../src/lang/expression.ts";
import { offlineContext, type OfflineOptions } from "../../src/lang/offline_context.ts";
import { PatternStore } from "../../src/lang/pattern/store.ts";
import { type ScopeParts, standaloneScope } from "../../src/lang/scope.ts";
import { Bin, type Value } from "../../src/lang/value.ts";
import { bin, str } from "./converter_case.ts";

// What HAProxy 2.6 knows is compared with it elsewhere; here is what came later, and the errors.

function scopeWith(parts: Partial<ScopeParts> = {}) {
  return standaloneScope({ acls: new AclSet(), patterns: new PatternStore(), ...parts });
}

function evaluate(
  expression: string,
  options: OfflineOptions = {},
  parts: Partial<ScopeParts> = {},
): Value | undefined {
  return parseExpression([expression], 0, scopeWith(parts)).expression.get(offlineContext(options));
}

type Vector = readonly [expression: string, value: Value | undefined];

function vectors(name: string, cases: readonly Vector[], options: OfflineOptions = {}): void {
  describe(name, () => {
    for (const [expression, value] of cases) {
      test(expression, () => expect(evaluate(expression, options)).toEqual(value as Value));
    }
  });
}

vectors("bytes as text", [
  ["bin(05ff),base2", "0000010111111111"],
  ["bin(01020304050607),le2dec(:,2)", "513:1027:1541:7"],
  ["bin(01020304050607),le2dec(-,2,1)", "513-1027-1541"],
  ["bin(ffffffffffffffff),le2dec(,8)", "18446744073709551615"],
  ["str(abc),reverse", "cba"],
  ["str(www.haproxy.org),reverse_dom", "org.haproxy.www"],
  [`${str("a\tb")},has_ctl`, true],
  ["str(ab),has_ctl", false],
  ["bin(7f80),has_ctl", false],
]);

vectors("bytes with variables", [
  ["bin(0102030405),bytes(txn.one)", new Bin("\x02\x03\x04\x05")],
  ["bin(0102030405),bytes(txn.one,txn.two)", new Bin("\x02\x03")],
  ["bin(0102030405),bytes(txn.minus)", undefined],
  ["bin(0102030405),bytes(txn.none)", undefined],
  ["bin(0102030405),bytes(0,txn.minus)", undefined],
], { variables: { "txn.one": 1, "txn.two": 2, "txn.minus": -1 } });

vectors("param", [
  ["str(a=b&c=d&a=r),param(a)", "b"],
  ["str(a=b&c=d),param(c)", "d"],
  ["str(a&b=c),param(a)", ""],
  ["str(a=b&c=d),param(x)", undefined],
  ["str(ab=1&a=2),param(a)", "2"],
  ["str(a=b;c=d),param(c,;)", "d"],
  ["str(a=b=c&d),param(a)", "b=c"],
  ["str(b&aa=1),param(a)", undefined],
]);

vectors("timestamps with fractions", [
  ["int(1405000000123),ms_utime('%H:%M:%S.%3N')", "13:46:40.123"],
  ["int(1405000000005),ms_utime(%N)", "005000000"],
  ["int(1405000000123),ms_utime('%%N %6N')", "%N 123000"],
  ["int(1405000000123456),us_utime('%s.%6N')", "1405000000.123456"],
  ["int(1405000000123),ms_utime(%S,1000)", "41"],
  ["int(1405000000123),ms_ltime(%Y)", "2014"],
  ["int(1405000000123456),us_ltime(%m)", "07"],
]);

vectors("dates", [
  ["str('Sun, 06 Nov 1994 08:49:37 GMT'),date", 784111777],
  ["str('Sunday, 06-Nov-94 08:49:37 GMT'),date", 784111777],
  ["str('Sun Nov  6 08:49:37 1994'),date", 784111777],
  ["str('Sun, 06 Nov 1994 08:49:37'),date", undefined],
  ["str('06 Nov 1994'),date", undefined],
  ["str(),date", undefined],
  ["str('Sun, 06 Nov 1994 08:49:37 GMT'),date,http_date", "Sun, 06 Nov 1994 08:49:37 GMT"],
]);

const v6 = Address.parse("2001:db8::1")!;

vectors("Forwarded", [
  ["str(for=127.0.0.1;proto=http),rfc7239_is_valid", true],
  ["str(proto=custom),rfc7239_is_valid", false],
  ["str(proto=https;proto=https),rfc7239_is_valid", false],
  ["str(for=127.0.0.1:80),rfc7239_is_valid", false],
  ["str('for=\"127.0.0.1:80\"'),rfc7239_is_valid", true],
  ["str('for=\"[2001:db8::1]:9\";by=_x'),rfc7239_is_valid", true],
  ["str('for=[2001:db8::1]'),rfc7239_is_valid", false],
  ["str('for=\"127.0.0.1'),rfc7239_is_valid", false],
  ["str(for=unknown;host=example.org),rfc7239_is_valid", true],
  ["str(ext=1;for=_a),rfc7239_is_valid", false],
  ["str(),rfc7239_is_valid", false],
  ["str('proto=https;host=\"haproxy.org:80\"'),rfc7239_field(host)", "haproxy.org:80"],
  ["str('proto=https;for=\"127.0.0.1:9999\"'),rfc7239_field(for)", "127.0.0.1:9999"],
  ["str(proto=https;for=_a),rfc7239_field(proto)", "https"],
  ["str(proto=https;for=_a),rfc7239_field(by)", undefined],
  ["str(127.0.0.1:9999),rfc7239_n2nn", Address.parse("127.0.0.1")],
  ["str([2001:db8::1]:9998),rfc7239_n2nn", v6],
  ["str(_name:_port),rfc7239_n2nn", "_name"],
  ["str(unknown),rfc7239_n2nn", "unknown"],
  ["str(300.1.1.1),rfc7239_n2nn", undefined],
  ["str(127.0.0.1:9999),rfc7239_n2np", 9999],
  ["str(_name:_port),rfc7239_n2np", "_port"],
  ["str(127.0.0.1),rfc7239_n2np", undefined],
  ["str(127.0.0.1:70000),rfc7239_n2np", undefined],
  ["ipv4(1.2.3.4),rfc7239_nn", "1.2.3.4"],
  ["ipv6(2001:db8::1),rfc7239_nn", "[2001:db8::1]"],
  ["str(name),rfc7239_nn", "_name"],
  ["str(),rfc7239_nn", "unknown"],
  ["str(a b),rfc7239_nn", undefined],
  ["int(80),rfc7239_np", "80"],
  ["str(port),rfc7239_np", "_port"],
  ["str(),rfc7239_np", undefined],
]);

describe("AES", () => {
  const key = Buffer.from("0123456789abcdef").toString("base64");
  const nonce = Buffer.from("nonce nonce ").toString("base64");
  const vector16 = Buffer.from("0123456789abcdef").toString("base64");

  test("what GCM encrypts it decrypts, with the tag in a variable", () => {
    const round = `str(secret),aes_gcm_enc(128,${nonce},${key},txn.tag),` +
      `aes_gcm_dec(128,${nonce},${key},txn.tag)`;
    expect(evaluate(round)).toEqual(new Bin("secret"));
    expect(evaluate(round.replaceAll("txn.tag", "txn.tag,YWFk"))).toEqual(new Bin("secret"));
  });

  test("GCM gives nothing when the tag or the additional data are not right", () => {
    const wrong = `str(secret),aes_gcm_enc(128,${nonce},${key},txn.tag,YWFk),` +
      `aes_gcm_dec(128,${nonce},${key},txn.tag)`;
    expect(evaluate(wrong)).toBeUndefined();
    const none = `str(secret),aes_gcm_dec(128,${nonce},${key},txn.none)`;
    expect(evaluate(none)).toBeUndefined();
  });

  // NIST SP 800-38D, test case 2 of the submission: 128-bit key, 96-bit nonce and block of zeros.
  test("GCM encrypts the published vector", () => {
    const zeros = (bytes: number) => Buffer.alloc(bytes).toString("base64");
    const expression = `bin(${"00".repeat(16)}),aes_gcm_enc(128,${zeros(12)},${
      zeros(16)
    },txn.tag),hex`;
    expect(evaluate(expression)).toBe("0388DACE60B6A392F328C2B971B2FE78");
  });

  test("what CBC encrypts it decrypts", () => {
    const round =
      `str(secret),aes_cbc_enc(128,${vector16},${key}),aes_cbc_dec(128,${vector16},${key})`;
    expect(evaluate(round)).toEqual(new Bin("secret"));
    expect(evaluate(`str(secret),aes_cbc_dec(128,${vector16},${key})`)).toBeUndefined();
  });
});

describe("jwt_verify", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = (key: KeyObject) => key.export({ type: "spki", format: "pem" }) as string;
  const files: Record<string, string> = {
    "/rsa.pem": pem(rsa.publicKey),
    "/ec.pem": pem(ec.publicKey),
  };
  const readFile = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error("no such file");
    return text;
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = (alg: string, make: (input: Buffer) => Buffer) => {
    const input = `${part({ alg })}.${part({ sub: "me" })}`;
    return `${input}.${make(Buffer.from(input)).toString("base64url")}`;
  };
  const rs = signed("RS256", (input) => sign("sha256", input, rsa.privateKey));
  const ps = signed("PS256", (input) =>
    sign("sha256", input, {
      key: rsa.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }));
  const es = signed(
    "ES256",
    (input) => sign("sha256", input, { key: ec.privateKey, dsaEncoding: "ieee-p1363" }),
  );
  const verify = (token: string, args: string, variables: Record<string, Value> = {}) =>
    evaluate(`var(txn.token),jwt_verify(${args})`, {
      variables: { "txn.token": token, ...variables },
    }, { readFile });

  test("signatures by key file", () => {
    expect(verify(rs, "RS256,/rsa.pem")).toBe(1);
    expect(verify(ps, "PS256,/rsa.pem")).toBe(1);
    expect(verify(es, "ES256,/ec.pem")).toBe(1);
    expect(verify(rs, "RS512,/rsa.pem")).toBe(0);
    expect(verify(rs, "PS256,/rsa.pem")).toBe(0);
    expect(verify(es, "RS256,/ec.pem")).toBe(0);
    expect(verify(rs.replace(".", "x."), "RS256,/rsa.pem")).toBe(0);
    expect(verify(es.slice(0, -2), "ES256,/ec.pem")).toBe(-3);
  });

  test("a secret is the text itself (RFC 7515 appendix A.1 uses a longer one)", () => {
    const input = `${part({ alg: "HS256" })}.${part({})}`;
    const token = evaluate(`str(${input}),concat(.),hmac(sha256,c2VjcmV0),ub64enc`);
    const correct = evaluate(`str(${input}),hmac(sha256,c2VjcmV0),ub64enc`) as string;
    expect(verify(`${input}.${correct}`, "HS256,secret")).toBe(1);
    expect(verify(`${input}.${token}`, "HS256,secret")).toBe(0);
    expect(verify(`${input}.${correct}`, "HS256,other")).toBe(0);
  });

  test("algorithm and key may be variables; a file must be named in some line", () => {
    const variables = { "txn.alg": "RS256", "txn.key": "/rsa.pem" };
    expect(verify(rs, "txn.alg,/rsa.pem", variables)).toBe(1);
    expect(verify(rs, "txn.alg,txn.key", variables)).toBe(-5);
    expect(verify(rs, "txn.alg,/rsa.pem", { "txn.alg": "XX" })).toBe(-1);
  });

  test("errors have their numbers", () => {
    expect(verify("a.b", "HS256,secret")).toBe(-3);
    expect(verify(`${rs}.x`, "RS256,/rsa.pem")).toBe(-3);
    expect(verify(rs, "RS256,/missing.pem")).toBe(-5);
    expect(verify("a.b.", "none,x")).toBe(1);
    expect(verify("a.b.c", "none,x")).toBe(0);
    expect(() => verify(rs, "RS123,/rsa.pem")).toThrow("unknown JWT algorithm: RS123");
  });
});

describe("side effects", () => {
  test("capture-req and capture-res store the text in their slot, cut to its length", () => {
    const cx = offlineContext({ requestCaptures: ["old"], responseCaptures: [undefined] });
    const run = (expression: string, context: Context) =>
      parseExpression([expression], 0, scopeWith()).expression.get(context);
    expect(run("str(new),capture-req(0)", cx)).toBe("new");
    expect(cx.requestCaptures).toEqual(["new"]);
    run("str(lost),capture-req(3)", cx);
    expect(cx.requestCaptures).toEqual(["new"]);
    run("str(resp),capture-res(0)", cx);
    expect(cx.responseCaptures).toEqual(["resp"]);
    const live = Object.assign(cx, { captureLength: () => 2 });
    run("str(abcdef),capture-req(0)", live);
    expect(cx.requestCaptures).toEqual(["ab"]);
  });

  test("what writes or reads variables is not taken for pure", () => {
    const pure = new Set(converterSpecs.filter((spec) => spec.pure).map((spec) => spec.name));
    for (const name of ["set-var", "unset-var", "capture-req", "concat", "add", "strcmp", "when"]) {
      expect(pure.has(name)).toBe(false);
    }
    for (const name of ["lower", "map", "regsub", "json"]) expect(pure.has(name)).toBe(true);
  });
});

describe("names that come with the request", () => {
  const server: ServerFacts = {
    name: "s1",
    id: 1,
    address: undefined,
    port: 0,
    connections: () => 0,
    queued: () => 4,
    sessionRate: () => 0,
    isUp: () => true,
  };
  const backend = { name: "be", usableServers: () => 3 } as Partial<BackendFacts> as BackendFacts;
  const parts: Partial<ScopeParts> = {
    backend: (name) => name === "be" ? backend : undefined,
    server: (proxy, name) => name === "s1" && (proxy ?? "be") === "be" ? server : undefined,
    frontend: (name) => name === "fe" ? { ...offlineContext().frontend } : undefined,
  };
  const cases: readonly Vector[] = [
    ["str(be),nbsrv", 3],
    ["str(nope),nbsrv", undefined],
    ["str(be/s1),srv_queue", 4],
    ["str(s1),srv_is_up", true],
    ["str(be/s2),srv_is_up", undefined],
    ["str(fe),fe_exists", true],
    ["str(be),fe_exists", false],
  ];
  for (const [expression, value] of cases) {
    test(expression, () => expect(evaluate(expression, {}, parts)).toBe(value as Value));
  }
});

describe("when", () => {
  const failed = { log: { terminationState: "sH" } };
  const cases: readonly (readonly [string, OfflineOptions, Value | undefined])[] = [
    ["str(x),when(error)", failed, "x"],
    ["str(x),when(error)", {}, undefined],
    ["str(x),when(normal)", {}, "x"],
    ["str(x),when(forwarded)", { server: { name: "s" } }, "x"],
    ["str(x),when(forwarded)", {}, undefined],
    ["str(x),when(stopping)", { process: { stopping: true } }, "x"],
    ["str(x),when(acl,TRUE)", {}, "x"],
    ["str(x),when(acl,!TRUE)", {}, undefined],
  ];
  for (const [expression, options, value] of cases) {
    test(`${expression} ${JSON.stringify(options)}`, () => {
      expect(evaluate(expression, options)).toBe(value as Value);
    });
  }

  test("what is not known is refused", () => {
    expect(() => evaluate("str(x),when(toapplet)")).toThrow("unsupported condition 'toapplet'");
    expect(() => evaluate("str(x),when(acl,nope)")).toThrow("ACL 'nope' not found");
  });
});

describe("arguments that are refused, in HAProxy's words", () => {
  const cases: readonly (readonly [chain: string, message: string])[] = [
    ["int(1),add(x)", "invalid args in converter 'add' : expects an integer or a variable name"],
    [
      "str(a),json(foo)",
      "Unexpected input code type. Allowed value are 'ascii', 'utf8', 'utf8s', 'utf8p' and 'utf8ps'",
    ],
    ["str(a),json_query('$.a',foo)", 'output_type only supports "int" as argument'],
    ["str(a),sha2(1)", "invalid args in converter 'sha2' : Unsupported number of bits: '1'"],
    ["str(a),digest(foo)", "algorithm must be a valid OpenSSL message digest name"],
    [
      "str(a),hmac(sha256,x)",
      "failed to parse key : argument needs to be base64 encoded, and can either be a string or a variable",
    ],
    [
      "str(a),be2hex(:)",
      "invalid args in converter 'be2hex' : chunk_size needs to be positive (0)",
    ],
    [
      "str(a),be2dec(:,9)",
      "invalid args in converter 'be2dec' : chunk_size out of [1..8] range (9)",
    ],
    ["str(a),url_enc(x)", "Unexpected encode type. Allowed value is 'query'"],
    ["str(a),regsub(a,b,x)", "invalid regex flag 'x', only 'i' and 'g' are supported"],
    [
      "str(a),regsub('(',b)",
      "regex '(' is invalid (error=missing closing parenthesis, erroffset=1)",
    ],
    [
      "str(a),concat(a,b,c)",
      "invalid args in converter 'concat' : failed to register variable name 'b'",
    ],
    ["str(a),set-var(b)", "invalid args in converter 'set-var' : invalid variable name 'b'."],
    [
      "str(a),set-var(txn.b,foo)",
      "invalid args in converter 'set-var' : unknown condition \"foo\"",
    ],
    [
      "int(1),http_date(0,x)",
      "invalid args in converter 'http_date' : expects 's', 'ms' or 'us', got 'x'",
    ],
    ["str(a),aes_gcm_dec(12,a,b,c)", "key size must be 128, 192 or 256 (bits)"],
    ["str(a),field(0,_)", "invalid args in converter 'field' : Unexpected value 0 for index"],
    [`${bin("a")},bytes(x)`, "expects a non-negative integer or a variable name"],
  ];
  for (const [expression, message] of cases) {
    test(expression, () => expect(() => evaluate(expression)).toThrow(message));
  }
});

test("no two converters share a name, and each says in a line what it does", () => {
  expect(new Set(converterSpecs.map((spec) => spec.name)).size).toBe(converterSpecs.length);
  expect(converterSpecs.filter((spec) => spec.doc === "" || spec.doc.endsWith("."))).toEqual([]);
});
