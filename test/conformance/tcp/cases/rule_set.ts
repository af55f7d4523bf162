import { ask, close, quiet, send, type TcpCase, turnedAway } from "../case.ts";

/** Lets rules of `content` see what the client says first. */
const patient = "tcp-request inspect-delay 6s";
const heard = "{ req.len gt 0 }";
const variables =
  'log-format "CASE %b/%s %ts [%[var(proc.x)]] [%[var(sess.a)]] [%[var(sess.b)]] [%[var(txn.c)]]"';

const connection: readonly TcpCase[] = [
  {
    name: "connection: rejected by address",
    frontend: [
      "tcp-request connection reject if { src 127.0.0.66 127.0.5.0/24 }",
    ],
    logs: 1,
    clients: [
      { ...turnedAway(), from: "127.0.0.66" },
      { ...turnedAway(), from: "127.0.5.9" },
      { ...ask("x"), from: "127.0.0.67" },
    ],
    endsLoose: true,
  },
  {
    name: "connection: accepted before it is rejected",
    frontend: [
      "tcp-request connection accept if { src 127.0.0.66 }",
      "tcp-request connection reject",
    ],
    logs: 1,
    clients: [{ ...ask("x"), from: "127.0.0.66" }, turnedAway()],
    endsLoose: true,
  },
  {
    name: "connection: variables of a session are kept for content and log",
    frontend: [
      "tcp-request connection set-var(sess.a) src",
      "tcp-request connection set-var(sess.b) str(one)",
      "tcp-request session set-var(sess.b) var(sess.b),concat(-two)",
      patient,
      `tcp-request content set-var(txn.c) var(sess.b),concat(-three) if ${heard}`,
      variables,
    ],
    clients: [{ ...ask("x"), from: "127.0.0.5" }],
  },
  {
    name: "connection: set-var-fmt and unset-var",
    frontend: [
      'tcp-request connection set-var-fmt(sess.a) "%[src]!"',
      "tcp-request session set-var(sess.b) str(b)",
      "tcp-request session unset-var(sess.b)",
      patient,
      `tcp-request content set-var-fmt(txn.c) "%[var(sess.a)]%[req.len]" if ${heard}`,
      variables,
    ],
    clients: [{ ...ask("xyz"), from: "127.0.0.5" }],
  },
  {
    name: "connection: addresses changed",
    frontend: [
      "tcp-request connection set-src str(10.1.2.3)",
      "tcp-request connection set-src-port int(4444)",
      "tcp-request connection set-dst str(10.9.9.9)",
      "tcp-request connection set-dst-port int(5555)",
      'log-format "CASE %ci:%cp %[src]:%[src_port] %[dst]:%[dst_port] %fi:%fp"',
    ],
    clients: [ask("x")],
  },
  {
    name: "connection: addresses changed go to the server in a PROXY header",
    frontend: [
      "tcp-request connection set-src str(10.1.2.3)",
      "tcp-request session set-src-port int(4444)",
      "tcp-request content set-dst str(10.9.9.9)",
      "tcp-request content set-dst-port int(5555)",
    ],
    backends: { main: ["server o1 ORIGIN1 send-proxy"] },
    clients: [ask("x")],
  },
  {
    name: "connection: silent-drop",
    frontend: ["tcp-request connection silent-drop if { src 127.0.0.66 }"],
    logs: 1,
    clients: [{ script: [quiet, close], from: "127.0.0.66" }, ask("x")],
  },
];

const session: readonly TcpCase[] = [
  {
    name: "session: rejected by address",
    frontend: ["tcp-request session reject if { src 127.0.0.66 }"],
    logs: 1,
    clients: [{ ...turnedAway(), from: "127.0.0.66" }, ask("x")],
    endsLoose: true,
  },
  {
    name: "session: rejected by the address in a PROXY header",
    bind: "accept-proxy",
    frontend: ["tcp-request session reject if { src 10.0.0.0/8 }"],
    logs: 1,
    clients: [
      turnedAway("PROXY TCP4 10.1.1.1 1.2.3.4 1 2\r\n"),
      ask("PROXY TCP4 11.1.1.1 1.2.3.4 1 2\r\nx"),
    ],
    endsLoose: true,
  },
  {
    name: "session: connection rules do not know the PROXY header yet",
    bind: "accept-proxy",
    frontend: [
      "tcp-request connection set-var(sess.a) src",
      "tcp-request session set-var(sess.b) src",
      variables,
    ],
    clients: [{ ...ask("PROXY TCP4 10.1.1.1 1.2.3.4 1 2\r\nx"), from: "127.0.0.9" }],
  },
  {
    name: "session: expect-proxy for some",
    frontend: [
      "tcp-request connection expect-proxy layer4 if { src 127.0.0.66 }",
      'log-format "CASE %ci %b/%s %ts"',
    ],
    clients: [
      { ...ask("PROXY TCP4 10.1.1.1 1.2.3.4 1 2\r\nx"), from: "127.0.0.66" },
      ask("PROXY TCP4 10.1.1.1 1.2.3.4 1 2\r\nx"),
    ],
  },
];

const content: readonly TcpCase[] = [
  {
    name: "content: rejected at once",
    frontend: ["tcp-request content reject"],
    clients: [turnedAway()],
    endsLoose: true,
  },
  {
    name: "content: rejected by the first byte",
    frontend: [patient, "tcp-request content reject if { req.payload(0,1) -m str x }"],
    clients: [turnedAway("x"), ask("y")],
    endsLoose: true,
  },
  {
    name: "content: silent-drop",
    frontend: [patient, "tcp-request content silent-drop if { req.payload(0,1) -m str x }"],
    clients: [{ script: [send("x"), quiet, close] }, ask("y")],
  },
  {
    name: "content: accepted, so that later rules of the set do not count",
    frontend: [
      patient,
      `tcp-request content accept if ${heard}`,
      "tcp-request content reject",
    ],
    clients: [ask("x")],
  },
  {
    name: "content: rules of the backend follow those of the frontend",
    frontend: [
      patient,
      `tcp-request content set-var(sess.a) str(front) if ${heard}`,
      variables,
    ],
    backends: {
      main: [
        "tcp-request inspect-delay 6s",
        "tcp-request content set-var(sess.b) var(sess.a),concat(-back)",
        "tcp-request content reject if { req.payload(0,1) -m str x }",
        "tcp-request content set-var(txn.c) str(passed)",
        "server o1 ORIGIN1",
      ],
    },
    clients: [turnedAway("x"), ask("y")],
    endsLoose: true,
  },
  {
    name: "content: the backend waits for its own delay",
    frontend: [],
    backends: {
      main: [
        "tcp-request inspect-delay 500ms",
        "tcp-request content accept if { req.len ge 4 }",
        "tcp-request content reject",
        "server o1 ORIGIN1",
      ],
    },
    clients: [ask("ab", "cd"), turnedAway("ab")],
    endsLoose: true,
  },
  {
    name: "content: accepted by the frontend, still rejected by the backend",
    frontend: [patient, `tcp-request content accept if ${heard}`],
    backends: { main: ["tcp-request content reject", "server o1 ORIGIN1"] },
    clients: [turnedAway("x")],
    endsLoose: true,
  },
  {
    name: "content: captures of several lengths",
    frontend: [
      patient,
      "declare capture request len 5",
      "tcp-request content capture req.payload(0,0) len 4 if { req.len ge 8 }",
      "tcp-request content capture src len 15",
    ],
    clients: [ask("abcdefgh"), ask("abcd", "efgh")],
  },
  {
    name: "content: the level of the log line",
    frontend: [
      patient,
      "tcp-request content set-log-level silent if { req.payload(0,1) -m str x }",
    ],
    logs: 1,
    clients: [ask("x"), ask("y")],
  },
  {
    name: "content: a chosen server",
    frontend: [patient, "tcp-request content accept if { req.len ge 2 }"],
    backends: {
      main: [
        "use-server o2 if { req.payload(0,2) -m str to }",
        "server o1 ORIGIN1",
        "server o2 ORIGIN2 weight 0",
      ],
    },
    clients: [ask("to two"), ask("xx")],
  },
  {
    name: "content: a server named by what was sent",
    frontend: [patient, "tcp-request content accept if { req.len ge 2 }"],
    backends: {
      main: [
        "use-server %[req.payload(0,2)] if TRUE",
        "server o1 ORIGIN1",
        "server o2 ORIGIN2",
      ],
    },
    clients: [ask("o2"), ask("o1"), ask("o2")],
  },
  {
    name: "content: a listen section is one proxy",
    sections: {
      "listen CASE_whole": [
        "bind HOST:OTHERPORT",
        patient,
        `tcp-request content set-var(sess.a) var(sess.a),concat(once) if ${heard}`,
        "tcp-request content reject if { req.payload(0,1) -m str x }",
        "server o1 ORIGIN1",
        variables,
      ],
    },
    clients: [{ ...ask("y"), door: "other" }, { ...turnedAway("x"), door: "other" }],
    endsLoose: true,
  },
];

const orders: readonly TcpCase[] = [
  {
    name: "order: whichever way round they are written, connection comes before content",
    frontend: [
      patient,
      `tcp-request content set-var(sess.b) var(sess.a),concat(-content) if ${heard}`,
      "tcp-request session set-var(sess.a) var(sess.a),concat(-session)",
      "tcp-request connection set-var(sess.a) str(connection)",
      variables,
    ],
    clients: [ask("x")],
  },
  {
    name: "order: a rule of named defaults comes before those of the frontend",
    sections: {
      "defaults CASE_d from usual": [
        "tcp-request content set-var(sess.a) str(d)",
        "tcp-request connection set-var(sess.b) str(d)",
      ],
    },
    from: "CASE_d",
    backendsFrom: "usual",
    frontend: [
      "tcp-request content set-var(sess.a) var(sess.a),concat(-f)",
      "tcp-request connection set-var(sess.b) var(sess.b),concat(-f)",
      variables,
    ],
    clients: [ask("x")],
  },
  {
    name: "order: a rejected client is not asked for a PROXY header",
    bind: "accept-proxy",
    frontend: ["tcp-request connection reject"],
    logs: 0,
    clients: [turnedAway()],
    endsLoose: true,
  },
  {
    name: "order: use_backend is asked after all content rules",
    frontend: [
      patient,
      "use_backend CASE_a if { var(sess.a) -m str late }",
      `tcp-request content set-var(sess.a) str(late) if ${heard}`,
      "default_backend CASE_main",
    ],
    backends: { main: ["server o1 ORIGIN1"], a: ["server o2 ORIGIN2"] },
    clients: [ask("x")],
  },
  {
    name: "order: no backend at all",
    frontend: [
      patient,
      `tcp-request content accept if ${heard}`,
      "use_backend CASE_main if { req.payload(0,1) -m str x }",
    ],
    clients: [ask("x"), turnedAway("y")],
    endsLoose: true,
  },
];

export const ruleSetCases: readonly TcpCase[] = [
  ...connection,
  ...session,
  ...content,
  ...orders,
];
