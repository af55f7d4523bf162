import {
  ask,
  close,
  delivered,
  end,
  halfClose,
  quiet,
  reset,
  send,
  type TcpCase,
  turnedAway,
} from "../case.ts";

export const connectingCases: readonly TcpCase[] = [
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
