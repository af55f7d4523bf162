import {
  ask,
  bytes,
  close,
  delivered,
  end,
  greeter,
  halfClose,
  hear,
  quiet,
  reset,
  type Script,
  send,
  stopReading,
  type TcpCase,
  tell,
  turnedAway,
  until,
} from "../case.ts";

const orderly: readonly TcpCase[] = [
  {
    name: "end: the client first",
    clients: [{ script: [send("hello\n"), until("\n"), halfClose, end, close] }],
    origins: { o1: [[until("\n"), send("bye\n"), end, close]] },
  },
  {
    name: "end: the server first",
    clients: [{ script: [send("hello\n"), end, close] }],
    origins: { o1: [[until("\n"), send("bye\n"), close]] },
  },
  {
    name: "end: the server at once",
    clients: [{ script: [end, close] }],
    origins: { o1: [[close]] },
  },
  {
    name: "end: the server says something at once and ends",
    clients: [{ script: [end, close] }],
    origins: { o1: [[send("no\n"), close]] },
  },
  {
    name: "end: the client ends and the server goes on",
    clients: [{ script: [send("hello\n"), halfClose, until("three\n"), end, close] }],
    origins: { o1: [[end, send("one\n", "two\n", "three\n"), close]] },
  },
  {
    name: "end: the server ends and the client goes on",
    clients: [{ script: [send("hello\n"), end, send("one\n", "two\n"), halfClose, close] }],
    origins: { o1: [[until("hello\n"), halfClose, until("two\n"), end, close]] },
    endsLoose: true,
  },
  {
    name: "end: the client ends behind what the server still has to read",
    clients: [{ script: [send("x".repeat(200_000)), halfClose, end, close] }],
    origins: { o1: [[bytes(200_000), end, send("got it\n"), close]] },
  },
  {
    name: "end: a big answer before the end",
    clients: [{ script: [send("hello\n"), bytes(300_000), end, close] }],
    origins: { o1: [[until("\n"), send("y".repeat(300_000)), close]] },
  },
  {
    name: "end: a client without a word, behind those of the server",
    clients: [{ script: [until("hi\n"), halfClose, end, close] }],
    origins: { o1: [[send("hi\n"), end, close]] },
  },
  {
    name: "end: a client without a word while rules wait, and a server that would answer",
    frontend: ["tcp-request inspect-delay 6s", "tcp-request content accept if { req.len ge 4 }"],
    clients: [{ script: [halfClose, end, close] }],
    origins: { o1: [[send("hi\n"), end, close]] },
    endsLoose: true,
  },
];

const resets: readonly TcpCase[] = [
  {
    name: "reset: by the client",
    clients: [{ script: [send("hello\n"), until("\n"), reset] }],
    origins: { o1: [[until("\n"), send("hi\n"), end, close]] },
    endsLoose: true,
  },
  {
    name: "reset: by the server",
    clients: [{ script: [send("hello\n"), until("\n"), tell("got"), end, close] }],
    origins: { o1: [[until("\n"), send("hi\n"), hear("got"), reset]] },
    endsLoose: true,
  },
  {
    name: "reset: by the server before it has said anything",
    clients: [{ script: [send("hello\n"), end, close] }],
    origins: { o1: [[until("\n"), reset]] },
    endsLoose: true,
  },
  {
    name: "reset: by the client while rules wait",
    frontend: ["tcp-request inspect-delay 6s", "tcp-request content accept if { req.len ge 4 }"],
    clients: [{ script: [send("ab"), delivered, reset] }],
  },
  {
    name: "reset: by the client behind the end of the server",
    clients: [{ script: [send("hello\n"), end, reset] }],
    origins: { o1: [[until("\n"), halfClose, end, close]] },
    endsLoose: true,
  },
  {
    name: "reset: by the server behind the end of the client",
    clients: [{ script: [send("hello\n"), halfClose, end, close] }],
    origins: { o1: [[end, reset]] },
    endsLoose: true,
  },
];

const connects: readonly TcpCase[] = [
  {
    name: "connect: refused",
    backends: { main: ["retries 0", "server s REFUSED"] },
    clients: [turnedAway("hello")],
    endsLoose: true,
  },
  {
    name: "connect: refused, and tried again",
    backends: { main: ["retries 1", "server s REFUSED"] },
    clients: [turnedAway("hello")],
    endsLoose: true,
  },
  {
    name: "connect: refused, and redispatched",
    backends: {
      main: [
        "retries 1",
        "option redispatch",
        "balance first",
        "server s REFUSED",
        "server o1 ORIGIN1",
      ],
    },
    clients: [ask("hello")],
  },
  {
    name: "connect: refused, redispatched at every attempt",
    backends: {
      main: [
        "retries 3",
        "option redispatch 1",
        "balance roundrobin",
        "server s REFUSED",
        "server o1 ORIGIN1",
      ],
    },
    clients: [ask("hello")],
  },
  {
    name: "connect: never answered",
    backends: { main: ["retries 0", "timeout connect 600ms", "server s DEAF"] },
    clients: [turnedAway("hello")],
    endsLoose: true,
  },
  {
    name: "connect: never answered, and tried again",
    backends: { main: ["retries 2", "timeout connect 600ms", "server s DEAF"] },
    clients: [turnedAway("hello")],
    endsLoose: true,
  },
  {
    name: "connect: never answered, and redispatched",
    backends: {
      main: [
        "retries 1",
        "timeout connect 600ms",
        "option redispatch",
        "balance first",
        "server s DEAF",
        "server o1 ORIGIN1",
      ],
    },
    clients: [ask("hello")],
  },
  {
    name: "connect: the client resets meanwhile",
    backends: { main: ["retries 0", "timeout connect 4s", "server s DEAF"] },
    clients: [{ script: [send("hello"), delivered, reset] }],
  },
  {
    name: "connect: the client ends meanwhile, and what it said waits for the server",
    backends: { main: ["retries 0", "timeout connect 600ms", "server s DEAF"] },
    clients: [{ script: [send("hello"), delivered, halfClose, end, close] }],
    endsLoose: true,
  },
  {
    name: "connect: the client ends meanwhile without a word",
    backends: { main: ["retries 0", "timeout connect 600ms", "server s DEAF"] },
    clients: [{ script: [quiet, halfClose, end, close] }],
    endsLoose: true,
  },
  {
    name: "connect: the client ends meanwhile without a word, with abortonclose",
    backends: {
      main: ["retries 0", "timeout connect 4s", "option abortonclose", "server s DEAF"],
    },
    clients: [{ script: [quiet, halfClose, end, close] }],
    endsLoose: true,
  },
  {
    name: "connect: the client ends while rules wait without a word",
    frontend: ["tcp-request inspect-delay 6s", "tcp-request content accept if { req.len ge 4 }"],
    backends: { main: ["retries 0", "timeout connect 600ms", "server s DEAF"] },
    clients: [{ script: [halfClose, end, close] }],
    endsLoose: true,
  },
  {
    name: "connect: the client ends between two attempts",
    backends: { main: ["retries 1", "timeout connect 4s", "server s REFUSED"] },
    clients: [{ script: [quiet, halfClose, end, close] }],
    endsLoose: true,
  },
  {
    name: "connect: the client resets between two attempts",
    backends: { main: ["retries 1", "timeout connect 4s", "server s REFUSED"] },
    clients: [{ script: [quiet, reset] }],
    endsLoose: true,
  },
  {
    name: "connect: the client ends meanwhile, with abortonclose",
    backends: {
      main: ["retries 0", "timeout connect 4s", "option abortonclose", "server s DEAF"],
    },
    clients: [{ script: [send("hello"), delivered, halfClose, end, close] }],
    endsLoose: true,
  },
  {
    name: "connect: the client resets meanwhile, with abortonclose",
    backends: {
      main: ["retries 0", "timeout connect 4s", "option abortonclose", "server s DEAF"],
    },
    clients: [{ script: [send("hello"), delivered, reset] }],
  },
  {
    name: "connect: no server at all",
    backends: { main: ["timeout connect 600ms"] },
    clients: [turnedAway("hello")],
    endsLoose: true,
  },
  {
    name: "connect: the only server is disabled",
    backends: { main: ["timeout connect 600ms", "server o1 ORIGIN1 disabled"] },
    clients: [turnedAway("hello")],
    endsLoose: true,
  },
  {
    name: "connect: a backup takes over for a disabled server",
    backends: { main: ["server o1 ORIGIN1 disabled", "server o2 ORIGIN2 backup"] },
    clients: [ask("hello")],
  },
  {
    name: "connect: a disabled backend",
    backends: { main: ["disabled", "server o1 ORIGIN1"] },
    clients: [turnedAway("hello")],
    endsLoose: true,
  },
];

/** The first client holds the only place until the second one is done with waiting. */
const holder: Script = [
  send("one\n"),
  until("\n"),
  tell("held"),
  hear("done"),
  halfClose,
  end,
  close,
];

const queues: readonly TcpCase[] = [
  {
    name: "queue: the second waits for the place of the first",
    together: true,
    backends: { main: ["server o1 ORIGIN1 maxconn 1"] },
    clients: [
      { script: [send("one\n"), until("\n"), tell("held"), hear("sent"), halfClose, end, close] },
      {
        script: [
          hear("held"),
          send("two\n"),
          delivered,
          tell("sent"),
          until("\n"),
          halfClose,
          end,
          close,
        ],
      },
    ],
  },
  {
    name: "queue: the second waits for too long",
    together: true,
    backends: { main: ["timeout queue 600ms", "server o1 ORIGIN1 maxconn 1"] },
    clients: [
      { script: holder },
      { script: [hear("held"), send("two\n"), end, tell("done"), close] },
    ],
    endsLoose: true,
  },
  {
    name: "queue: without a timeout of its own the connect timeout counts",
    together: true,
    backends: { main: ["timeout connect 600ms", "server o1 ORIGIN1 maxconn 1"] },
    clients: [
      { script: holder },
      { script: [hear("held"), send("two\n"), end, tell("done"), close] },
    ],
    endsLoose: true,
  },
  {
    name: "queue: the second leaves",
    together: true,
    backends: { main: ["timeout queue 6s", "server o1 ORIGIN1 maxconn 1"] },
    clients: [
      { script: holder },
      { script: [hear("held"), send("two\n"), delivered, reset, tell("done")] },
    ],
  },
  {
    name: "queue: the second ends without a word",
    together: true,
    backends: { main: ["timeout queue 6s", "server o1 ORIGIN1 maxconn 1"] },
    clients: [
      { script: holder },
      { script: [hear("held"), quiet, halfClose, end, tell("done"), close] },
    ],
    endsLoose: true,
  },
  {
    name: "queue: the second ends, with abortonclose",
    together: true,
    backends: {
      main: ["timeout queue 6s", "option abortonclose", "server o1 ORIGIN1 maxconn 1"],
    },
    clients: [
      { script: holder },
      { script: [hear("held"), send("two\n"), delivered, halfClose, end, tell("done"), close] },
    ],
    endsLoose: true,
  },
  {
    name: "queue: the second ends, and is served all the same",
    together: true,
    backends: { main: ["timeout queue 6s", "server o1 ORIGIN1 maxconn 1"] },
    clients: [
      { script: holder },
      {
        script: [
          hear("held"),
          send("two\n"),
          delivered,
          halfClose,
          tell("done"),
          until("\n"),
          end,
          close,
        ],
      },
    ],
    origins: { o1: [[bytes(1), send("NAME\n"), end, close], [end, send("NAME\n"), close]] },
  },
];

const times: readonly TcpCase[] = [
  {
    name: "timeout: a silent client",
    frontend: ["timeout client 600ms"],
    clients: [turnedAway()],
    origins: { o1: [[end, close]] },
    endsLoose: true,
  },
  {
    name: "timeout: a client that falls silent",
    frontend: ["timeout client 600ms"],
    clients: [{ script: [send("hello\n"), until("\n"), end, close] }],
    origins: { o1: [[until("\n"), send("hi\n"), end, close]] },
    endsLoose: true,
  },
  {
    name: "timeout: a server that falls silent",
    backends: { main: ["timeout server 600ms", "server o1 ORIGIN1"] },
    clients: [{ script: [send("hello\n"), end, close] }],
    origins: { o1: [[until("\n"), end, close]] },
    endsLoose: true,
  },
  {
    name: "timeout: a server that falls silent behind its first words",
    backends: { main: ["timeout server 600ms", "server o1 ORIGIN1"] },
    clients: [{ script: [send("hello\n"), until("\n"), end, close] }],
    origins: { o1: [[until("\n"), send("hi\n"), end, close]] },
    endsLoose: true,
  },
  {
    name: "timeout: tunnel instead of client and server, once both have spoken",
    frontend: ["timeout client 600ms"],
    backends: { main: ["timeout server 600ms", "timeout tunnel 1500ms", "server o1 ORIGIN1"] },
    clients: [{ script: [send("hello\n"), until("hi\n"), until("late\n"), halfClose, end, close] }],
    origins: { o1: [[until("\n"), send("hi\n"), hear("never"), close]] },
    // The time of both sides is over at once.
    mask: [/\b[cs]D\b/],
    inVain: true,
    endsLoose: true,
  },
  {
    name: "timeout: tunnel while only the client has spoken",
    frontend: ["timeout client 600ms"],
    backends: { main: ["timeout server 600ms", "timeout tunnel 6s", "server o1 ORIGIN1"] },
    clients: [{ script: [send("hello\n"), end, close] }],
    origins: { o1: [[until("\n"), end, close]] },
    inVain: true,
    endsLoose: true,
  },
  {
    name: "timeout: client-fin, behind the end of what the client gets",
    frontend: ["timeout client-fin 600ms"],
    clients: [{ script: [send("hello\n"), end, hear("gone"), close] }],
    origins: { o1: [[until("\n"), halfClose, end, tell("gone"), close]] },
    endsLoose: true,
  },
  {
    name: "timeout: server-fin, behind the end of what the server gets",
    backends: { main: ["timeout server-fin 600ms", "server o1 ORIGIN1"] },
    clients: [{ script: [send("hello\n"), halfClose, end, close] }],
    origins: { o1: [[end, hear("never"), close]] },
    endsLoose: true,
  },
  {
    name: "timeout: the client's, while rules wait for longer",
    frontend: [
      "timeout client 600ms",
      "tcp-request inspect-delay 6s",
      "tcp-request content accept if { req.len ge 100 }",
    ],
    clients: [turnedAway("abc"), turnedAway()],
    endsLoose: true,
  },
  {
    name: "timeout: a client that does not read",
    frontend: ["timeout client 600ms"],
    clients: [{ script: [stopReading, send("hello\n"), hear("gone"), close] }],
    origins: { o1: [[until("\n"), send("z".repeat(8_000_000)), end, tell("gone"), close]] },
    // How much of it went out is the kernel's affair.
    mask: [/"z+"/, / \d{5,} /],
    endsLoose: true,
  },
  {
    name: "timeout: a server that does not read",
    backends: { main: ["timeout server 600ms", "server o1 ORIGIN1"] },
    clients: [{ script: [send("z".repeat(8_000_000)), end, close] }],
    origins: { o1: [[stopReading, hear("never"), close]] },
    mask: [/"z*"/],
    endsLoose: true,
  },
  {
    name: "log: without a word and without a server's, dontlognull",
    frontend: [
      "option dontlognull",
      "tcp-request inspect-delay 600ms",
      "tcp-request content reject if WAIT_END",
    ],
    logs: 1,
    clients: [turnedAway(), turnedAway("x")],
    endsLoose: true,
  },
  {
    name: "log: logasap",
    frontend: ["option logasap"],
    clients: [{ script: [send("hello\n"), until("\n"), halfClose, end, close] }],
    origins: { o1: [greeter] },
  },
  {
    name: "log: dontlog-normal leaves errors",
    frontend: [
      "option dontlog-normal",
      "use_backend CASE_gone if { src 127.0.0.66 }",
      "default_backend CASE_main",
    ],
    backends: { main: ["server o1 ORIGIN1"], gone: ["retries 0", "server s REFUSED"] },
    logs: 1,
    clients: [ask("x"), { ...turnedAway("x"), from: "127.0.0.66" }],
    endsLoose: true,
  },
];

export const endingCases: readonly TcpCase[] = [
  ...orderly,
  ...resets,
  ...connects,
  ...queues,
  ...times,
];
