import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Address } from "../../src/lang/address.ts";
import { parseLogFormat } from "../../src/lang/log_format.ts";
import { logFormatAliases } from "../../src/lang/log_format_aliases.ts";
import { predefinedLogFormats } from "../../src/lang/log_formats_predefined.ts";
import { offlineContext, type OfflineOptions } from "../../src/lang/offline_context.ts";
import { request } from "./fetch_cases.ts";
import { fetchScope } from "./fetch_expression.ts";
import { refusedFormats } from "./log_format_cases.ts";

const logScope = fetchScope({ phase: "log" });

/** Half past three on the first of February 2026, UTC. */
const startedAt = Date.UTC(2026, 1, 1, 15, 30, 5, 7);

const timers = {
  startedAt,
  handshake: 0,
  idle: 12,
  request: 1,
  queue: 2,
  connect: 3,
  response: 40,
  active: 50,
  total: 62,
};

function transaction(options: OfflineOptions = {}) {
  return offlineContext({
    raw: request("/a?b=c", { fields: ["Host: h"] }),
    rawResponse: "HTTP/1.1 200 OK\r\n\r\n",
    src: "192.0.2.1",
    srcPort: 40000,
    dst: "2001:db8::80",
    dstPort: 443,
    frontend: { name: "fe", connections: () => 4 },
    backend: { name: "be", connections: () => 3 },
    server: { name: "s1", connections: () => 2, address: Address.v4(0x0a000001), port: 8080 },
    process: { pid: 99, hostname: "host", connections: () => 5 },
    timers,
    uniqueId: "id-1",
    log: {
      bytesToClient: 1234,
      bytesFromClient: 321,
      terminationState: "--",
      terminationStateCookie: "--NI",
      retries: 1,
      redispatched: true,
      requestCounter: 77,
      logCounter: 8,
      sourceAddress: Address.v4(0x0a000002),
      sourcePort: 51000,
      serverQueue: 6,
      backendQueue: 7,
    },
    ...options,
  });
}

function logged(format: string, options: OfflineOptions = {}): string {
  return parseLogFormat(format, logScope, { forLog: true }).render(transaction(options));
}

test("every common alias of HAProxy's table is there, but %o, which only sets flags", () => {
  const lines = readFileSync(new URL("./tables/log-format-aliases.tsv", import.meta.url), "utf8")
    .trimEnd().split("\n").slice(1).map((line) => line.split("\t"));
  const common = lines.filter((cells) => cells[8] === "y").map((cells) => cells[0]!.slice(1));
  expect(common.filter((name) => name !== "o" && !logFormatAliases.has(name))).toEqual([]);
});

test("an HTTP log line", () => {
  const format = predefinedLogFormats.httplog.replace("%tr", "%trg");
  expect(logged(format)).toBe(
    "192.0.2.1:40000 [01/Feb/2026:15:30:05 +0000] fe be/s1 1/2/3/40/50 200 1234 - - --NI " +
      '5/4/3/2/+1 6/7 "GET /a?b=c HTTP/1.1"',
  );
});

test("captured headers stand between their own blanks", () => {
  const options = { requestCaptures: ["www", undefined], responseCaptures: ["9"] };
  expect(logged("a %hr %hs b", options)).toBe("a {www|} {9} b");
  expect(logged("a %hr %hs b")).toBe("a b");
});

test("a CLF line has its text in quotes", () => {
  const options = { requestCaptures: ["www"], responseCaptures: [undefined] };
  expect(logged(predefinedLogFormats.clf, options)).toBe(
    '192.0.2.1 - - [01/Feb/2026:15:30:05 +0000] "GET /a?b=c HTTP/1.1" 200 1234 "" "" 40000 007 ' +
      '"fe" "be" "s1" 1 2 3 40 50 --NI 5 4 3 2 +1 6 7 "" "" "www" ""',
  );
});

test("a TCP log line", () => {
  const format = predefinedLogFormats.tcplog.replace("%t]", "%T]");
  expect(logged(format)).toBe(
    "192.0.2.1:40000 [01/Feb/2026:15:30:05 +0000] fe be/s1 2/3/62 1234 -- 5/4/3/2/+1 6/7",
  );
});

test("times are those of the manual's figure", () => {
  expect(logged("%Ta %Tc %Td %Th %Ti %Tq %TR %Tr %Tt %Tu %Tw")).toBe("50 3 4 0 12 13 1 40 62 50 2");
});

test("dates come in local time and UTC", () => {
  expect(logged("%Ts %ms %T %trg")).toBe(
    `${Math.floor(startedAt / 1000)} 007 01/Feb/2026:15:30:05 +0000 01/Feb/2026:15:30:05 +0000`,
  );
  const shape = /^[0-9]{2}\/[A-Z][a-z]{2}\/2026:[0-9]{2}:[0-9]{2}:05/;
  expect(logged("%t")).toMatch(new RegExp(shape.source + "\\.007$"));
  expect(logged("%tr")).toMatch(new RegExp(shape.source + "\\.019$"));
  expect(logged("%Tl")).toMatch(new RegExp(shape.source + " [+-][0-9]{4}$"));
  expect(logged("%trl")).toMatch(new RegExp(shape.source + " [+-][0-9]{4}$"));
});

test("X writes addresses, ports and some numbers in hexadecimal", () => {
  expect(logged("%{+X}o%ci:%cp %fi:%fp %si:%sp %bi:%bp %pid %rt")).toBe(
    "C0000201:9C40 20010DB8000000000000000000000080:01BB 0A000001:1F90 0A000002:C738 0063 004D",
  );
});

test("identity, bytes and counters", () => {
  expect(logged("%ID %H %U %B %lc %rt %pid %f %ft %ts")).toBe(
    "id-1 host 321 1234 8 77 99 fe fe --",
  );
  const tls = { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" };
  expect(logged("%ft %sslv %sslc", { log: { tls } })).toBe(
    "fe~ TLSv1.3 TLS_AES_128_GCM_SHA256",
  );
});

test("a request that could not be read is shown as one", () => {
  const cx = offlineContext({ frontend: { name: "fe" } });
  const format = parseLogFormat("%HM %HP %HQ %{+Q}r %ST %b/%s", logScope, { forLog: true });
  expect(format.render(cx)).toBe('<BADREQ> <BADREQ> - "<BADREQ>" -1 fe/<NOSRV>');
});

test("the path alone of an absolute target", () => {
  const raw = request("http://h/x/y?z", { fields: ["Host: h"] });
  expect(logged("%HPO %HP %HU", { raw })).toBe("/x/y http://h/x/y http://h/x/y?z");
});

test("a sample cannot begin a new line in a log", () => {
  const variables = { "txn.x": "a\r\nforged" };
  expect(logged("%[var(txn.x)]", { variables })).toBe("a#0D#0Aforged");
});

test("a format without items is constant", () => {
  const constant = (text: string, forLog: boolean) =>
    parseLogFormat(text, logScope, { forLog }).constant;
  expect(constant("a  b%%", false)).toBe("a  b%");
  expect(constant("  a  b ", true)).toBe("a b ");
  expect(constant("%f", false)).toBeUndefined();
});

test("blanks merge outside of logs where it is asked for", () => {
  const options = { forLog: false, mergeBlanks: true };
  expect(parseLogFormat("%f  %CC x", logScope, options).render(transaction())).toBe("fe  x");
});

describe("json", () => {
  test("named items become one object, the rest is left out", () => {
    const format = "%{+json}o %(client)ci text %(port)cp %s %(ok)[bool(true)] %(n)[int(5)] " +
      "%(as:str)[int(5)] %(none)CC %(line)r";
    expect(JSON.parse(logged(format))).toEqual({
      client: "192.0.2.1",
      port: 40000,
      ok: true,
      n: 5,
      as: "5",
      none: null,
      line: "GET /a?b=c HTTP/1.1",
    });
  });
  test("bytes that are not ASCII are escaped, so that the line is", () => {
    const line = logged("%{+json}o %(x)[var(txn.x)]", { variables: { "txn.x": '\u00e9"\n\x7f' } });
    expect(line).toBe('{"x": "\\u00e9\\"\\n\\u007f"}');
  });
});

describe("what haproxy refuses is refused in its words", () => {
  for (const [format, message] of refusedFormats) {
    test(format, () => {
      expect(() => parseLogFormat(format, fetchScope(), { forLog: false })).toThrow(message);
    });
  }
});
