import { clientHello } from "../client_hello.ts";
import { hasty, nameless, patient, three, www } from "./first_bytes.ts";
import { ask, type TcpCase, turnedAway } from "../case.ts";

export const helloCases: readonly TcpCase[] = [
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
