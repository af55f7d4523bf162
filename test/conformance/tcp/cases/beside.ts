import { get, hasty, patient, ssh, three, www } from "./first_bytes.ts";
import {
  ask,
  close,
  end,
  greeter,
  halfClose,
  send,
  type TcpCase,
  turnedAway,
  until,
} from "../case.ts";

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

export const besideCases: readonly TcpCase[] = [
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
