import { rdpPacket } from "../../../language/raw_bytes.ts";
import { cuts } from "../client_hello.ts";
import { get, hasty, patient, rdp, three } from "./first_bytes.ts";
import {
  ask,
  close,
  end,
  greeter,
  halfClose,
  quiet,
  send,
  type TcpCase,
  turnedAway,
  until,
} from "../case.ts";

export const payloadCases: readonly TcpCase[] = [
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
