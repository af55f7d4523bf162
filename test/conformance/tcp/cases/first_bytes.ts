import { rdpPacket } from "../../../language/raw_bytes.ts";
import { ask, greeter, halfClose, quiet, send, type TcpCase, turnedAway } from "../case.ts";
import { close, end, until } from "../case.ts";
import { clientHello, cuts, placesIn } from "../client_hello.ts";

const www = clientHello({ name: "www.example.com", protocols: ["h2", "http/1.1"], tls13: true });
const mail = clientHello({ name: "mail.example.org" });
const nameless = clientHello();
const get = "GET /a HTTP/1.1\r\nHost: www.example.com\r\n\r\n";
const ssh = "SSH-2.0-OpenSSH_9.2\r\n";
const rdp = rdpPacket("Cookie: mstshash=user\r\n");

/** Three backends with one origin each. */
const three = {
  main: ["server o1 ORIGIN1"],
  a: ["server o2 ORIGIN2"],
  b: ["server o3 ORIGIN3"],
};
const patient = "tcp-request inspect-delay 6s";
const hasty = "tcp-request inspect-delay 500ms";

const bySni: readonly TcpCase[] = [
  {
    name: "SNI: a backend by name, another by its end, a default",
    frontend: [
      patient,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_sni www.example.com }",
      "use_backend CASE_b if { req.ssl_sni -m end .example.org }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [ask(www), ask(mail), ask(nameless), ask(clientHello({ name: "x.example" }))],
  },
  ...placesIn(www, "www.example.com").map((at): TcpCase => ({
    name: `SNI: a hello in two pieces of ${at} and ${www.length - at} bytes`,
    frontend: [
      patient,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_sni www.example.com }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [ask(www.slice(0, at), www.slice(at))],
  })),
  {
    name: "SNI: a hello byte by byte",
    frontend: [
      patient,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_sni www.example.com }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [ask(...www)],
  },
  {
    name: "SNI: letters of either case",
    frontend: [
      patient,
      "tcp-request content accept if { req_ssl_hello_type 1 }",
      "use_backend CASE_a if { req_ssl_sni -i www.example.com }",
      "use_backend CASE_b if { req_ssl_sni,lower mail.example.org }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: ["WWW.Example.COM", "Mail.EXAMPLE.org", "www.example.comx", ""]
      .map((name) => ask(clientHello({ name }))),
  },
  {
    name: "SNI: a map chooses the backend",
    files: { names: "www.example.com CASE_a\nmail.example.org CASE_b\ngone.example CASE_gone\n" },
    frontend: [
      patient,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend %[req.ssl_sni,lower,map(FILE(names),CASE_main)]",
      "default_backend CASE_b",
    ],
    backends: three,
    clients: [ask(www), ask(mail), ask(nameless), ask(clientHello({ name: "gone.example" }))],
  },
  {
    name: "SNI: names by regular expression, and who is not named is rejected",
    frontend: [
      patient,
      "acl named req.ssl_sni -m found",
      "acl shop req.ssl_sni -m reg ^shop[0-9]+\\.",
      "tcp-request content reject if { req.ssl_hello_type 1 } !named",
      "tcp-request content reject if !{ req.ssl_hello_type 1 } { req.len gt 5 }",
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if shop",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [
      ask(clientHello({ name: "shop12.example" })),
      ask(www),
      turnedAway(nameless),
      turnedAway(get),
    ],
  },
  {
    name: "SNI: a hello that never ends goes to the default when the delay is over",
    frontend: [
      hasty,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_sni -m found }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [ask(www.slice(0, 60)), ask(www.slice(0, 5)), ask("\x16")],
  },
  {
    name: "SNI: rejected when no hello came in time",
    frontend: [
      hasty,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "tcp-request content reject",
    ],
    clients: [ask(www), turnedAway(www.slice(0, 60)), turnedAway(get), turnedAway()],
  },
  {
    name: "SNI: logged, captured and set as a variable",
    frontend: [
      patient,
      "declare capture request len 20",
      // Without a condition it would take what is there at the first look.
      "tcp-request content set-var(sess.name) req.ssl_sni if { req.ssl_hello_type 1 }",
      "tcp-request content capture req.ssl_sni len 10",
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      'log-format "CASE %b/%s [%[var(sess.name)]] {%hr} %[capture.req.hdr(1)] %ts"',
    ],
    clients: [ask(www), ask(mail), ask(nameless), ask(...cuts(www, [70])[0]!)],
  },
];

const byHello: readonly TcpCase[] = [
  {
    name: "hello: ALPN",
    frontend: [
      patient,
      "tcp-request content set-var(sess.seen) req.ssl_alpn if { req.ssl_hello_type 1 }",
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_alpn h2 }",
      "use_backend CASE_b if { req.ssl_alpn -m sub http/1.1 }",
      "default_backend CASE_main",
      'log-format "CASE %b [%[var(sess.seen)]]"',
    ],
    backends: three,
    clients: [
      ask(www),
      ask(clientHello({ protocols: ["h2"] })),
      ask(clientHello({ protocols: ["http/1.1"] })),
      ask(clientHello({ protocols: ["acme-tls/1"] })),
      ask(nameless),
    ],
  },
  {
    name: "hello: a challenge of ACME goes to the one who answers it",
    frontend: [
      patient,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_alpn acme-tls/1 }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [ask(clientHello({ name: "a.example", protocols: ["acme-tls/1"] })), ask(www)],
  },
  {
    name: "hello: versions",
    frontend: [
      patient,
      "tcp-request content set-var(sess.seen) req.ssl_ver if { req.ssl_hello_type 1 }",
      "tcp-request content reject if { req.ssl_ver lt 3.1 }",
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_ver 3.3 }",
      "use_backend CASE_b if { req_ssl_ver 3.1:3.2 }",
      "default_backend CASE_main",
      'log-format "CASE %b [%[var(sess.seen)]]"',
    ],
    backends: three,
    clients: [
      ask(www),
      ...[0x0301, 0x0302].map((version) => ask(clientHello({ version }))),
      turnedAway(clientHello({ version: 0x0300, recordVersion: 0x0300 })),
    ],
  },
  {
    name: "hello: other types of messages and of records",
    frontend: [
      hasty,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_hello_type 1 }",
      "use_backend CASE_b if { req.ssl_hello_type 2 }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [
      ask(www.slice(0, 5) + "\x02" + www.slice(6)),
      ask("\x17" + www.slice(1)),
      ask(www.slice(0, 1) + "\x02" + www.slice(2)),
      ask(clientHello({ sessionIdLength: 0, name: "a" })),
      ask(clientHello({ sessionIdLength: 33, name: "a" })),
    ],
  },
  {
    name: "hello: early data behind it goes along",
    frontend: [patient, "tcp-request content accept if { req.ssl_hello_type 1 }"],
    clients: [ask(www + "\x17\x03\x03\x00\x05early")],
  },
  {
    name: "hello: extensions of elliptic curves and others",
    frontend: [
      patient,
      "tcp-request content set-var(sess.curves) req.ssl_ec_ext if { req.ssl_hello_type 1 }",
      "tcp-request content set-var(sess.ticket) req.ssl_st_ext if { req.ssl_hello_type 1 }",
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_ec_ext 1 }",
      "default_backend CASE_main",
      'log-format "CASE %b [%[var(sess.curves)]] [%[var(sess.ticket)]]"',
    ],
    backends: three,
    clients: [ask(www), ask(nameless)],
  },
];

const beside: readonly string[] = [
  patient,
  "acl hello req.ssl_hello_type 1",
  "tcp-request content accept if hello or HTTP",
  "tcp-request content accept if { req.payload(0,4) -m str SSH- }",
  "tcp-request content reject if { req.len ge 8 }",
  "use_backend CASE_a if hello",
  "use_backend CASE_b if HTTP",
  "default_backend CASE_main",
];

const besides: readonly TcpCase[] = [
  {
    name: "beside: TLS, HTTP and SSH on one port",
    frontend: beside,
    backends: three,
    clients: [
      ask(www),
      ask(get),
      ask(ssh),
      turnedAway("\0".repeat(12)),
      ask("OPTIONS * HTTP/1.0\r\n\r\n"),
    ],
  },
  ...[1, 3, 4, 8, 16, 20, get.length - 2, get.length - 1].map((at): TcpCase => ({
    name: `beside: HTTP in pieces, the first of ${at} bytes`,
    frontend: beside.filter((line) => !line.includes("req.len")),
    backends: three,
    clients: [ask(get.slice(0, at), get.slice(at))],
  })),
  ...[1, 2, 3].map((at): TcpCase => ({
    name: `beside: SSH in pieces, the first of ${at} bytes`,
    frontend: beside,
    backends: three,
    clients: [ask(ssh.slice(0, at), ssh.slice(at))],
  })),
  {
    name: "beside: a server that speaks first is found by the client's silence",
    frontend: [
      hasty,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "tcp-request content accept if HTTP",
      "use_backend CASE_a if { req.ssl_hello_type 1 }",
      "use_backend CASE_b if HTTP",
      "default_backend CASE_main",
    ],
    backends: three,
    origins: { o1: [greeter] },
    clients: [
      { script: [until("\n"), send(ssh), halfClose, end, close] },
      ask(www),
      ask(get),
    ],
  },
  {
    name: "beside: HTTP by method, by path and by version",
    frontend: [
      patient,
      "tcp-request content accept if HTTP",
      "use_backend CASE_a if { method POST }",
      "use_backend CASE_b if { path_beg /b }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [
      ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
      ask("GET /b/c HTTP/1.1\r\nHost: a\r\n\r\n"),
      ask(get),
    ],
  },
  {
    name: "beside: HTTP by Host, without HTTP being spoken",
    frontend: [
      patient,
      "tcp-request content accept if HTTP",
      "use_backend CASE_a if { hdr(host) -i a.example }",
      "use_backend CASE_b if { req.hdr(host),lower -m end .b.example }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: ["A.example", "x.B.example", "other"].map((host) =>
      ask(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    ),
  },
];

const byPayload: readonly TcpCase[] = [
  {
    name: "payload: a magic number",
    frontend: [
      patient,
      "tcp-request content accept if { req.payload(0,4) -m found }",
      "use_backend CASE_a if { req.payload(0,4) -m bin 00ff00ff }",
      "use_backend CASE_b if { req.payload(1,2) -m str bc }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [
      ask("\x00\xff\x00\xff"),
      ask("\x00\xff", "\x00\xff"),
      ask("abcd"),
      ask("a", "b", "c", "d"),
      ask("....."),
    ],
  },
  {
    name: "payload: the whole buffer",
    frontend: [
      hasty,
      "tcp-request content accept if { req.payload(0,0) -m beg HELO }",
      "use_backend CASE_a if { req.payload(0,0) -m beg HELO }",
      "use_backend CASE_b if { payload(0,0) -m end ! }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [ask("HELO a\r\n"), ask("HE", "LO"), ask("EHLO"), ask("so!")],
  },
  {
    name: "payload: behind its length",
    frontend: [
      patient,
      "tcp-request content accept if { req.payload_lv(0,2) -m found }",
      "use_backend CASE_a if { req.payload_lv(0,2) -m str alpha }",
      "use_backend CASE_b if { payload_lv(0,2) -m len 4 }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [
      ask("\x00\x05alpha"),
      ask("\x00", "\x05", "alp", "ha"),
      ask("\x00\x04beta and more"),
      ask("\x00\x01x"),
    ],
  },
  {
    name: "payload: a connection is refused when the delay is over and too little came",
    frontend: [
      hasty,
      "tcp-request content accept if { req.len ge 4 }",
      "tcp-request content reject",
    ],
    clients: [ask("abcd"), ask("ab", "cd"), turnedAway("abc"), turnedAway()],
  },
  {
    name: "payload: length decides the backend",
    frontend: [
      hasty,
      "tcp-request content accept if WAIT_END",
      "use_backend CASE_a if { req.len 0 }",
      "use_backend CASE_b if { req_len gt 3 }",
      "default_backend CASE_main",
    ],
    backends: three,
    origins: { o2: [greeter] },
    clients: [
      { script: [until("\n"), halfClose, end, close] },
      ask("abcd"),
      ask("abc"),
    ],
  },
  {
    name: "payload: without a delay what is there decides",
    frontend: [
      "tcp-request content reject if { req.len gt 1000 }",
      "tcp-request content accept",
    ],
    clients: [ask("abc")],
  },
  {
    name: "payload: WAIT_END waits for the delay though all is there",
    frontend: [hasty, "tcp-request content accept if WAIT_END"],
    clients: [
      { script: [send("x"), until("\n"), halfClose, end, close] },
      { script: [send("x"), halfClose, end, close] },
    ],
  },
  {
    name: "payload: a client that ends while it is waited for",
    frontend: [
      patient,
      "tcp-request content accept if { req.len ge 4 }",
      "use_backend CASE_a if { req.len ge 2 }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [
      { script: [send("ab"), halfClose, end, close] },
      { script: [send("a"), halfClose, end, close] },
    ],
  },
  {
    name: "payload: while a rule waits nothing goes to the server",
    frontend: [patient, "tcp-request content accept if { req.len ge 4 }"],
    clients: [{
      script: [send("ab"), quiet, send("cd"), until("\n"), halfClose, end, close],
    }],
  },
  {
    name: "payload: negated conditions wait too",
    frontend: [
      hasty,
      "tcp-request content reject if !{ req.payload(0,4) -m str PING }",
      "tcp-request content accept",
    ],
    clients: [ask("PING"), ask("PI", "NG"), turnedAway("PONG"), turnedAway("PIN")],
  },
  {
    name: "payload: several rules that wait, in order",
    frontend: [
      hasty,
      "tcp-request content set-var(sess.first) req.payload(0,1) if { req.len ge 1 }",
      "tcp-request content accept if { req.payload(0,2) -m str ab }",
      "tcp-request content reject if { req.payload(0,3) -m str xyz }",
      "use_backend CASE_a if { var(sess.first) -m str a }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [ask("a", "b"), turnedAway("x", "y", "z"), ask("q"), turnedAway("xyz")],
  },
  {
    name: "payload: RDP cookie",
    frontend: [
      patient,
      "tcp-request content set-var(sess.cookie) req.rdp_cookie if RDP_COOKIE",
      "tcp-request content set-var(sess.count) req.rdp_cookie_cnt(mstshash)",
      "tcp-request content accept if RDP_COOKIE",
      "use_backend CASE_a if { req.rdp_cookie(mstshash) user }",
      "use_backend CASE_b if { req_rdp_cookie_cnt(other) gt 0 }",
      "default_backend CASE_main",
      'log-format "CASE %b [%[var(sess.cookie)]] %[var(sess.count)]"',
    ],
    backends: three,
    clients: [
      ask(rdp),
      ...cuts(rdp, [1, 11, 12, 19, 28, rdp.length - 1]).map((pieces) => ask(...pieces)),
      ask(rdpPacket("Cookie: other=1\r\n")),
      ask(rdpPacket("Cookie: mstshash=else\r\n")),
    ],
  },
  {
    name: "payload: no RDP cookie",
    frontend: [hasty, "tcp-request content accept if RDP_COOKIE", "tcp-request content reject"],
    clients: [
      ask(rdp),
      turnedAway(rdpPacket("Kookie: a=b\r\n")),
      turnedAway(get),
      turnedAway("\x03"),
    ],
  },
  {
    name: "payload: converters over bytes",
    frontend: [
      patient,
      "tcp-request content set-var(sess.waited) bool(true) if { req.len ge 6 }",
      ...["0,3),hex", "0,6),base64", "0,0),length", "1,2),sha1,hex", "0,0),bytes(3,2)"].map(
        (rest, n) => `tcp-request content set-var(sess.v${n}) req.payload(${rest}`,
      ),
      'log-format "CASE %[var(sess.v0)] %[var(sess.v1)] %[var(sess.v2)] %[var(sess.v3)] %[var(sess.v4)]"',
    ],
    clients: [ask("abcdef"), ask("abc", "defg\n")],
  },
];

export const firstBytesCases: readonly TcpCase[] = [...bySni, ...byHello, ...besides, ...byPayload];
