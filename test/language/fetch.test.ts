import { describe, expect, test } from "bun:test";
import { Address } from "../../src/lang/address.ts";
import { offlineContext, type OfflineOptions } from "../../src/lang/offline_context.ts";
import { Bin, Method } from "../../src/lang/value.ts";
import { request } from "./fetch_cases.ts";
import {
  compileFetch,
  fetchScope,
  shown,
  userlist,
  valueOf,
  valuesOf,
} from "./fetch_expression.ts";

const response = "HTTP/1.1 404 Not Found\r\nServer: o\r\nX: a, b\r\nX: 7\r\n" +
  "Set-Cookie: id=5; Path=/; Expires=Wed, 21 Oct 2015 07:28:00 GMT\r\n" +
  'Set-Cookie: s="q;r"\r\n\r\nbody';

function live(options: OfflineOptions = {}) {
  return offlineContext({
    raw: request("/p?a=1&A=2&a=3", {
      fields: ["Host: h", "X: 1, 2", 'x: "a,b", 3', "Cookie: a=1; b=2", "Cookie: a=4"],
    }),
    ...options,
  });
}

/** The same when the answer is there: of the request only little is remembered. */
function answered(options: OfflineOptions = {}) {
  return live({ rawResponse: response, ...options });
}

describe("in ACLs every value is seen in turn", () => {
  const cx = live();
  test("header values cut at commas outside quotes, whatever the case of the name", () => {
    expect(valuesOf("req.hdr(x)", cx)).toEqual(["1", "2", '"a,b"', "3"]);
    expect(valuesOf("req.hdr(X,0)", cx)).toEqual(["1", "2", '"a,b"', "3"]);
  });
  test("whole header lines", () => {
    expect(valuesOf("req.fhdr(x)", cx)).toEqual(["1, 2", '"a,b", 3']);
  });
  test("one value when the occurrence is given", () => {
    expect(valuesOf("req.hdr(x,2)", cx)).toEqual(["2"]);
    expect(valuesOf("req.hdr(x,-1)", cx)).toEqual(["3"]);
  });
  test("numbers and addresses, values that are no address left out", () => {
    expect(valuesOf("req.hdr_val(x)", cx)).toEqual([1, 2, -14, 3]);
    const ips = offlineContext({
      raw: request("/", { fields: ["Host: h", "X: a, 1.2.3.4, [::1], ::2"] }),
    });
    expect(valuesOf("req.hdr_ip(x)", ips).map(shown)).toEqual(["1.2.3.4", "::1", "::2"]);
  });
  test("parameters, cookies and body parameters of one name or of all", () => {
    expect(valuesOf("urlp(a)", cx)).toEqual(["1", "3"]);
    expect(valuesOf("urlp(a,?,i)", cx)).toEqual(["1", "2", "3"]);
    expect(valuesOf("urlp", cx)).toEqual(["1", "2", "3"]);
    expect(valuesOf("req.cook(a)", cx)).toEqual(["1", "4"]);
    expect(valuesOf("req.cook", cx)).toEqual(["1", "2", "4"]);
    const body = live({ requestBody: { text: "a=1&b=2&A=3" } });
    expect(valuesOf("req.body_param(a,i)", body)).toEqual([new Bin("1"), new Bin("3")]);
  });
  test("the walk stops where the visitor says so", () => {
    const seen: unknown[] = [];
    const stopped = compileFetch("req.hdr(x)").each!(cx, (value) => {
      seen.push(value);
      return value === "2";
    });
    expect(stopped).toBe(true);
    expect(seen).toEqual(["1", "2"]);
  });
});

test("outside ACLs it is the last header and cookie, the first parameter", () => {
  const cx = live();
  expect(valueOf("req.hdr(x)", cx)).toBe("3");
  expect(valueOf("req.cook(a)", cx)).toBe("4");
  expect(valueOf("req.cook", cx)).toBe("1");
  expect(valueOf("urlp(a)", cx)).toBe("1");
});

test("hdr and cookie read the message that passes where they stand", () => {
  expect(valueOf("hdr(x)", live())).toBe("3");
  const cx = answered();
  const inResponse = fetchScope({ phase: "fe_http_res_hdr" });
  expect(valueOf("hdr(x)", cx, inResponse)).toBe("7");
  expect(valueOf("cookie(id)", cx, inResponse)).toBe("5");
});

test("the rules of an answer see of the request only what is remembered", () => {
  const cx = answered();
  for (const gone of ["path", "url", "req.hdr(x)", "req.cook(a)", "urlp(a)", "base", "req.body"]) {
    expect([gone, valueOf(gone, cx)]).toEqual([gone, undefined]);
  }
  expect(valueOf("method", cx)).toEqual(new Method("GET"));
  expect(valueOf("req.ver", cx)).toBe("1.1");
  expect(valueOf("http_first_req", cx)).toBe(true);
});

test("responses answer status, version, headers, cookies and body", () => {
  const cx = answered();
  expect(valueOf("status", cx)).toBe(404);
  expect(valueOf("txn.status", cx)).toBe(404);
  expect(valueOf("server_status", cx)).toBe(404);
  expect(valueOf("res.ver", cx)).toBe("1.1");
  expect(valueOf("capture.res.ver", cx)).toBe("HTTP/1.1");
  expect(valuesOf("res.hdr(x)", cx)).toEqual(["a", "b", "7"]);
  expect(valueOf("res.hdr_cnt(x)", cx)).toBe(3);
  expect(valueOf("res.fhdr(x,1)", cx)).toBe("a, b");
  expect(valueOf("res.cook(id)", cx)).toBe("5");
  expect(valueOf("res.cook(s)", cx)).toBe('"q;r"');
  expect(valueOf("scook_val(id)", cx)).toBe(5);
  expect(valueOf("res.cook_names", cx)).toBe("id,s");
  expect(valueOf("res.body", cx)).toEqual(new Bin("body"));
  expect(valueOf("res.body_len", cx)).toBe(4);
  expect(valueOf("res.hdr_names(-)", cx)).toBe("server-x-x-set-cookie-set-cookie");
});

test("a response that is not there gives nothing and may still come", () => {
  const cx = offlineContext({ raw: request("/") });
  for (const fetch of ["status", "res.hdr(x)", "res.body", "res.ver", "server_status"]) {
    expect(valueOf(fetch, cx)).toBeUndefined();
  }
  expect(cx.mayChange).toBe(true);
  expect(valueOf("txn.status", cx)).toBe(-1);
});

test("a request that is not there gives nothing and may still come", () => {
  for (const fetch of ["path", "hdr(x)", "method", "urlp(a)", "req.body", "http_first_req"]) {
    const cx = offlineContext({ final: false });
    expect(valueOf(fetch, cx)).toBeUndefined();
    expect(cx.mayChange).toBe(true);
  }
});

test("wait_end is nothing until the evaluation is final", () => {
  expect(valueOf("wait_end", offlineContext({ final: false }))).toBeUndefined();
  expect(valueOf("wait_end", offlineContext())).toBe(true);
});

test("addresses and ports of the connection, none on a unix socket", () => {
  const cx = live({ src: "192.0.2.7", srcPort: 1234, dst: "2001:db8::1", dstPort: 443 });
  expect(shown(valueOf("src", cx))).toBe("192.0.2.7");
  expect(valueOf("src_port", cx)).toBe(1234);
  expect(shown(valueOf("dst", cx))).toBe("2001:db8::1");
  expect(valueOf("dst_port", cx)).toBe(443);
  cx.client.src = Address.v4(0x0a000001);
  expect(shown(valueOf("src", cx))).toBe("10.0.0.1");
  expect(shown(valueOf("fc_src", cx))).toBe("192.0.2.7");
  const unix = live({ src: undefined, dst: undefined });
  for (const fetch of ["src", "src_port", "dst", "dst_port", "fc_src_port"]) {
    expect(valueOf(fetch, unix)).toBeUndefined();
  }
});

test("addresses of the loopback network are this host's, those for documentation are not", () => {
  expect(valueOf("src_is_local", live({ src: "127.9.9.9" }))).toBe(true);
  expect(valueOf("src_is_local", live({ src: "192.0.2.1" }))).toBe(false);
});

test("a hash and the client's address stand behind each other", () => {
  const cx = live({ src: "1.2.3.4" });
  const hash = valueOf("base32", cx) as number;
  const bytes = (valueOf("base32+src", cx) as Bin).bytes;
  expect(bytes.length).toBe(8);
  expect(bytes.substring(4)).toBe("\x01\x02\x03\x04");
  expect(bytes.charCodeAt(0)).toBe(hash >>> 24);
  expect((valueOf("url32+src", live({ src: "::1" })) as Bin).bytes.length).toBe(20);
});

test("known methods are one object each", () => {
  const cx = live();
  expect(valueOf("method", cx)).toBe(valueOf("meth(GET)", cx)!);
  expect(valueOf("meth(FOO)", cx)).toEqual(new Method("FOO"));
});

test("query may keep its question mark", () => {
  expect(valueOf("query(with_qm)", live())).toBe("?a=1&A=2&a=3");
  expect(valueOf("query(with_qm)", offlineContext({ raw: request("/") }))).toBeUndefined();
});

test("dates come in seconds, milliseconds and microseconds, with an offset", () => {
  const cx = live({ now: 1_700_000_000_123, timers: { startedAt: 1_700_000_000_000, idle: 40 } });
  expect(valueOf("date", cx)).toBe(1_700_000_000);
  expect(valueOf("date(-10)", cx)).toBe(1_699_999_990);
  expect(valueOf("date(1,ms)", cx)).toBe(1_700_000_000_124);
  expect(valueOf("date(0,us)", cx)).toBe(1_700_000_000_123_000);
  expect(valueOf("date_us", cx)).toBe(123_000);
  expect(valueOf("accept_date(ms)", cx)).toBe(1_700_000_000_000);
  expect(valueOf("request_date(ms)", cx)).toBe(1_700_000_000_040);
});

test("random numbers stay below their range and UUIDs have their version", () => {
  const cx = live({ now: 0x0123456789ab });
  for (let i = 0; i < 100; i++) {
    expect(valueOf("rand(3)", cx)).toBeOneOf([0, 1, 2]);
    const wide = valueOf("rand", cx) as number;
    expect(wide >= 0 && wide < 2 ** 32).toBe(true);
  }
  expect(valueOf("uuid", cx)).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(valueOf("uuid(7)", cx)).toMatch(
    /^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test("variables are read by scope and name, with a default", () => {
  const cx = live({ variables: { "txn.x": 5, "sess.x": "s" } });
  expect(valueOf("var(txn.x)", cx)).toBe(5);
  expect(valueOf("var(sess.x)", cx)).toBe("s");
  expect(valueOf("var(req.x)", cx)).toBeUndefined();
  expect(valueOf("var(req.x,else)", cx)).toBe("else");
});

test("proxies and servers answer for themselves and by name", () => {
  const server = {
    name: "s1",
    id: 9,
    address: Address.v4(1),
    port: 80,
    connections: () => 3,
    queued: () => 1,
    sessionRate: () => 2,
    isUp: () => false,
  };
  const cx = live({ backend: { name: "be", id: 4 }, server, frontend: { name: "fe", id: 2 } });
  expect(valueOf("be_name", cx)).toBe("be");
  expect(valueOf("be_id", cx)).toBe(4);
  expect(valueOf("fe_name", cx)).toBe("fe");
  expect(valueOf("srv_name", cx)).toBe("s1");
  expect(valueOf("srv_id", cx)).toBe(9);
  const scope = fetchScope({
    backend: (name) => name === "be" ? { ...cx.backend!, usableServers: () => 2 } : undefined,
    server: (backend, name) => backend === "be" && name === "s1" ? server : undefined,
  });
  expect(valueOf("nbsrv(be)", cx, scope)).toBe(2);
  expect(valueOf("srv_conn(be/s1)", cx, scope)).toBe(3);
  expect(valueOf("srv_is_up(be/s1)", cx, scope)).toBe(false);
  expect(valueOf("be_name", live({ frontend: { name: "fe" } }))).toBe("fe");
});

test("who was authenticated is noted with their groups", () => {
  const cx = offlineContext({
    raw: request("/", { fields: ["Host: h", "Authorization: Basic " + btoa("u1:p1")] }),
  });
  expect(valueOf("http_auth_group(ul)", cx)).toBe("u1");
  expect(cx.authenticated).toEqual({ user: "u1", groups: userlist.groupsOf("u1") });
});

test("timers add up as in the log", () => {
  const timers = {
    startedAt: 0,
    handshake: 1,
    idle: 2,
    request: 3,
    queue: 4,
    connect: 5,
    response: 6,
    active: 98,
    total: 100,
  };
  const cx = live({ timers });
  expect(valueOf("req.timer.tq", cx)).toBe(6);
  expect(valueOf("res.timer.data", cx)).toBe(79);
  expect(valueOf("txn.timer.user", cx)).toBe(98);
  expect(valueOf("txn.timer.total", cx)).toBe(98);
  expect(valueOf("fc.timer.total", cx)).toBe(100);
  const early = live({ timers: { request: -1, response: -1 } });
  expect(valueOf("req.timer.tq", early)).toBe(-1);
  expect(valueOf("res.timer.data", early)).toBe(-1);
});

describe("arguments that make no sense are refused in HAProxy's words", () => {
  const refused: readonly [fetch: string, message: string][] = [
    ["req.hdr(x,-11)", "invalid args in fetch method 'req.hdr' : header occurrence must be >= -10"],
    ["date(1,x)", "invalid args in fetch method 'date' : expects 's', 'ms' or 'us', got 'x'"],
    ["uuid(5)", "invalid args in fetch method 'uuid' : Unsupported UUID version: '5'"],
    ["bool(x)", "invalid args in fetch method 'bool' : Expects 'true', 'false', '0' or '1'"],
    ["bin(6)", "invalid args in fetch method 'bin' : an even number of hex digit is expected"],
    ["bin(6g)", "invalid args in fetch method 'bin' : an hex digit is expected (found 'g')"],
    ["meth(a b)", "invalid args in fetch method 'meth' : expects valid method."],
    ["ipv4(x)", "fetch method 'ipv4' : failed to parse 'x' as type 'IPv4 address' at position 1"],
    ["query(x)", "invalid args in fetch method 'query' : supported options are: 'with_qm'"],
    [
      "nbsrv",
      "proxy 'fe', referenced in arg 1 of sample fetch keyword 'nbsrv' in proxy 'fe', has not backend capability.",
    ],
    ["srv_conn", "missing server name in arg 1 of sample fetch keyword 'srv_conn' in proxy 'fe'."],
  ];
  for (const [fetch, message] of refused) {
    test(fetch, () => expect(() => valueOf(fetch, live())).toThrow(message));
  }
});

test("an unreadable request is no context", () => {
  expect(() => offlineContext({ raw: "GET\r\n\r\n" })).toThrow("Cannot read the request");
  expect(() => offlineContext({ raw: "GET / HTTP/1.1\r\n" })).toThrow("its head is incomplete");
});
